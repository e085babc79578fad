import { findNearestName } from '../../find-nearest-name';
import type { Export, RemoteUpstream } from '../model';
import { serviceKey } from '../names';

/**
 * Finds the peering that an unknown consumer stands for: the one with the nearest name, else the one from which a
 * configured other side calls what is exported. Any other guess could export to the wrong peer.
 */
export const intendedPeer = (
  unknown: string,
  exports: readonly Export[],
  peerNames: readonly string[],
  callers: readonly RemoteUpstream[],
): string | undefined => {
  const exported = new Set(exports.map(({ service, namespace }) => serviceKey(service, namespace)));
  const all = exports.some(({ wildcard }) => wildcard);
  return (
    findNearestName(unknown, peerNames) ??
    callers.find(
      ({ service, target, peering }) =>
        peerNames.includes(peering) && (all || exported.has(serviceKey(service, target.namespace))),
    )?.peering
  );
};
