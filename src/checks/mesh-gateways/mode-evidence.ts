import type { Evidence } from '../../report/report';
import { evidence } from '../evidence';
import type { GatewayMode } from '../model';

/** Tells whether the specification allows a mode between peers. */
export const isAllowed = (mode: string): boolean => mode === 'remote' || mode === 'local';

export const localModes = (modes: readonly GatewayMode[]): readonly GatewayMode[] =>
  modes.filter(({ mode }) => mode === 'local');

export const noLocalMode = 'no sidecar has an upstream to a peer in local mode';

/** Maximum proxies in evidence. */
const maxProxies = 5;

/** Shows the values that set modes, and the first of the upstreams that have them. */
export const modeEvidence = (modes: readonly GatewayMode[]): readonly Evidence[] => {
  const all = modes.flatMap(({ setBy, upstream, layer }) => [
    ...(setBy ? [setBy] : []),
    ...(upstream && layer !== 'upstream' ? [evidence(upstream.at, '', upstream.upstream)] : []),
  ]);
  const unique = new Map(all.map((item) => [`${item.endpoint} ${item.path}`, item]));
  return [...unique.values()].slice(0, maxProxies + 1);
};

/** Names the proxies with a mode: `web-sidecar-proxy`, `web-sidecar-proxy and 2 more`, or all transparent proxies. */
export const usersOf = (modes: readonly GatewayMode[]): string => {
  const proxies = [...new Set(modes.flatMap(({ sidecar }) => (sidecar ? [sidecar.service] : [])))];
  const [first] = proxies;
  if (first === undefined) return 'transparent proxies';
  return proxies.length === 1 ? first : `${first} and ${proxies.length - 1} more`;
};

/** The answer of the catalog where no mesh gateway is registered. */
export const noGatewayEvidence: Evidence = {
  endpoint: `/v1/catalog/services?filter=${encodeURIComponent('ServiceKind == "mesh-gateway"')}`,
  path: '',
  value: {},
};
