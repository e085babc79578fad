import type { PathFacts } from './model';

/** True where an earlier hop is the reason that a peer offers no instances: they are not exported, or there is no gateway. */
export const isOfferPrevented = ({ exported, remoteGateway }: PathFacts): boolean =>
  (exported.visible && (exported.value.listed ?? exported.value.declared) === false) ||
  (remoteGateway.visible && remoteGateway.value.healthy === 0);
