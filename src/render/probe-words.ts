import type { ProbedAddress } from '../report/probed-address';

const uses: Readonly<Record<ProbedAddress['use'], string>> = {
  'peer-server': 'server of',
  'peer-gateway': 'mesh gateway of',
  gateway: 'mesh gateway',
  server: 'gRPC TLS port of a server',
};

const outcomes: Readonly<Record<ProbedAddress['outcome'], string>> = {
  tls: 'answers',
  connected: 'no TLS handshake',
  refused: 'refuses connections',
  timeout: 'no answer',
  unreachable: 'cannot be reached',
  unresolved: 'no address in DNS',
  forbidden: 'never probed: an address of this kind',
};

/** Says what the bot found at an address, in one line. */
export const describeProbedAddress = (probed: ProbedAddress): string => {
  const { use, address, peer, outcome, resolved, connectMs, handshakeMs, trustDomain, notAfter, second } =
    probed;
  const isName = !resolved.some((ip) => address.includes(ip));
  const found = [
    isName && resolved.length > 0 ? `resolves to ${resolved.join(', ')}` : '',
    connectMs === null ? '' : `connected in ${connectMs} ms`,
    handshakeMs === null ? '' : `TLS handshake in ${handshakeMs} ms`,
    outcome === 'tls' ? '' : outcomes[outcome],
    trustDomain ? `trust domain ${trustDomain}` : '',
    notAfter ? `certificate valid until ${notAfter}` : '',
    second ? `from ${second.from}: ${second.outcome === null ? 'not known' : outcomes[second.outcome]}` : '',
  ].filter((part) => part !== '');
  return `${address}, ${uses[use]}${peer === null ? '' : ` ${peer}`}: ${found.join(', ')}`;
};

/** Says how many addresses answer, in one line. */
export const summarizeProbes = (probes: readonly ProbedAddress[]): string => {
  const probed = probes.filter(({ outcome }) => outcome !== 'forbidden');
  const answering = probed.filter(({ outcome }) => outcome === 'tls' || outcome === 'connected');
  return `${answering.length} of ${probed.length} probed ${probed.length === 1 ? 'address answers' : 'addresses answer'}, as seen from the bot`;
};
