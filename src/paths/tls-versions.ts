import type { TlsRange } from './model';

/** The TLS versions that both ends of a connection allow, with what Envoy adds where a mesh entry sets no limit. */

const versions = ['TLSv1_0', 'TLSv1_1', 'TLSv1_2', 'TLSv1_3'];

/** Envoy's own limits since 1.22. A caller stops at 1.2: it never offers 1.3 by itself (seen with real traffic). */
const envoyLimits = {
  calls: { min: 'TLSv1_2', max: 'TLSv1_2' },
  accepts: { min: 'TLSv1_2', max: 'TLSv1_3' },
} as const satisfies Readonly<Record<string, TlsRange>>;

type TlsRole = keyof typeof envoyLimits;

const isKnown = (version: string): boolean => versions.includes(version);

/** The position of a version among all, from the oldest. */
const rank = (version: string): number => versions.indexOf(version);

const numberOf = (version: string): string => version.replace('TLSv', '').replace('_', '.');

/** Fills in Envoy's limits where a mesh entry sets none. */
const effectiveRange = ({ min, max }: TlsRange, role: TlsRole): TlsRange => ({
  min: isKnown(min) ? min : envoyLimits[role].min,
  max: isKnown(max) ? max : envoyLimits[role].max,
});

/** The highest version, such as `1.3`, that a caller and the proxy that it connects to both take; undefined without any. */
export const agreedVersion = (caller: TlsRange, acceptor: TlsRange): string | undefined => {
  const [calls, accepts] = [effectiveRange(caller, 'calls'), effectiveRange(acceptor, 'accepts')];
  const lowest = Math.max(rank(calls.min), rank(accepts.min));
  const highest = Math.min(rank(calls.max), rank(accepts.max));
  return lowest <= highest ? numberOf(versions[highest] ?? '') : undefined;
};

/** Changes the range of a caller as little as possible, so that it meets that of the proxy that it connects to. */
export const rangeThatConnects = (caller: TlsRange, acceptor: TlsRange): TlsRange => {
  const [calls, accepts] = [effectiveRange(caller, 'calls'), effectiveRange(acceptor, 'accepts')];
  const min = rank(calls.min) > rank(accepts.max) ? accepts.max : caller.min;
  const lowest = Math.max(rank(isKnown(min) ? min : calls.min), rank(accepts.min));
  return { min, max: rank(calls.max) < lowest ? (versions[lowest] ?? '') : caller.max };
};

/** `TLS 1.3 only`, `TLS 1.2 to 1.3 (Envoy's default)`, or `no version (from TLS 1.3 up to 1.2)`. */
export const tlsWords = (range: TlsRange, role: TlsRole): string => {
  const { min, max } = effectiveRange(range, role);
  const byEnvoy = !isKnown(range.min) && !isKnown(range.max) ? " (Envoy's default)" : '';
  const upTo = isKnown(range.max) ? '' : ", Envoy's default";
  if (rank(min) > rank(max)) return `no TLS version (from ${numberOf(min)} up to ${numberOf(max)}${upTo})`;
  return min === max
    ? `TLS ${numberOf(min)} only${byEnvoy}`
    : `TLS ${numberOf(min)} to ${numberOf(max)}${byEnvoy}`;
};
