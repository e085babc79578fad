import { defineHop, fail, pass } from '../define-hop';
import type { TlsRange } from '../model';
import { farName } from '../words';

const versions = ['TLSv1_0', 'TLSv1_1', 'TLSv1_2', 'TLSv1_3'];

/** The position of a version among all, from the oldest; undefined where it sets no limit. */
const rank = (version: string): number | undefined => {
  const position = versions.indexOf(version);
  return position === -1 ? undefined : position;
};

const meet = (one: TlsRange, other: TlsRange): boolean => {
  const min = Math.max(rank(one.min) ?? 0, rank(other.min) ?? 0);
  const max = Math.min(rank(one.max) ?? versions.length, rank(other.max) ?? versions.length);
  return min <= max;
};

const rangeWords = ({ min, max }: TlsRange): string =>
  [min ? `from ${min}` : '', max ? `up to ${max}` : ''].filter(Boolean).join(' ') || 'any version';

/** TLS versions that the mesh entries of both sides allow. */
export const tlsHop = defineHop({
  name: 'tls',
  end: 'destination',
  fact: 'tls',
  check: { consumer: 'peering-two-sided', destination: 'peering-two-sided' },
  evaluate: ({ outgoing, incoming }, route) =>
    meet(outgoing, incoming)
      ? pass(`${rangeWords(outgoing)} meets ${rangeWords(incoming)}`)
      : fail(
          `the mesh entry of ${route.consumer.cluster} allows TLS ${rangeWords(outgoing)} for outgoing calls, and that of ${farName(route)} ${rangeWords(incoming)} for incoming ones`,
        ),
});
