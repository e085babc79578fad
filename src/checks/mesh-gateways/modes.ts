import type { Evidence } from '../../report/report';
import { evidence } from '../evidence';
import type { GatewayMode } from '../views/modes';

/** What the checks about mesh gateway modes share. */

/** Between peers; no other mode is. */
export const isAllowed = (mode: string): boolean => mode === 'remote' || mode === 'local';

export const localModes = (modes: readonly GatewayMode[]): readonly GatewayMode[] =>
  modes.filter(({ mode }) => mode === 'local');

export const noLocalMode = 'no sidecar has a way to a peer in local mode';

/** How many proxies of many are shown as evidence. */
const shown = 5;

/** Where modes are set, and the first of the upstreams that have them. */
export const modeEvidence = (modes: readonly GatewayMode[]): readonly Evidence[] => {
  const all = modes.flatMap(({ seen, upstream, layer }) => [
    ...(seen ? [seen] : []),
    ...(upstream && layer !== 'upstream' ? [evidence(upstream.at, '', upstream.upstream)] : []),
  ]);
  const unique = new Map(all.map((item) => [`${item.endpoint} ${item.path}`, item]));
  return [...unique.values()].slice(0, shown + 1);
};

/** Who uses a mode: `web-sidecar-proxy`, `web-sidecar-proxy and 2 more`, or all transparent proxies. */
export const usersOf = (modes: readonly GatewayMode[]): string => {
  const proxies = [...new Set(modes.flatMap(({ sidecar }) => (sidecar ? [sidecar.service] : [])))];
  const [first] = proxies;
  if (first === undefined) return 'transparent proxies';
  return proxies.length === 1 ? first : `${first} and ${proxies.length - 1} more`;
};
