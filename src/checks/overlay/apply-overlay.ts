import { rowsOf } from '../../snapshot/section';
import { protocolOfUpstream } from '../../consul/upstream-protocol';
import type { Snapshot } from '../../snapshot/snapshot';
import { mergeCentral } from './merge-central';
import type { OverlayChange } from './overlay-change';
import { changedNames, recompileChains, recompileExportedChains } from './overlay-chains';
import { resolveExports, streamExports, streamToOtherSides } from './overlay-exports';
import { overlayHealth } from './overlay-health';
import { overlayRoutes } from './overlay-routes';
import { changesKinds, overlaySections, registrationsIn } from './overlay-sections';
import { omitUndefined } from '../../omit-undefined';

/**
 * Lays changes over a snapshot: config entries and registrations, and what Consul derives from them. It merges central
 * configuration into sidecars, compiles discovery chains, resolves exports and updates the streams.
 *
 * @param before the snapshot of the cluster as it is
 * @param basis a snapshot of the same cluster that was read with the changes applied, so that it has more rows;
 * `before` if there is none
 */
export const applyOverlay = (
  before: Snapshot,
  basis: Snapshot,
  changes: readonly OverlayChange[],
): Snapshot => {
  const services = registrationsIn(changes);
  const step = (snapshot: Snapshot, sections: Partial<Snapshot['sections']>): Snapshot => ({
    ...snapshot,
    sections: { ...snapshot.sections, ...sections },
  });
  let after = step(basis, overlaySections(basis, changes));
  const { sidecars } = after.sections;
  if (sidecars.visibility !== 'hidden') {
    const fresh = new Set(services.map(({ ID }) => ID));
    after = step(after, {
      sidecars: { ...sidecars, value: mergeCentral(sidecars.value, before, after, fresh) },
    });
  }
  after = step(after, overlayRoutes(after, changes));
  const changed = changedNames(changes, after);
  if (changed.size > 0) {
    const called = rowsOf(after.sections.sidecars)
      .flatMap(({ proxy }) => proxy.Upstreams)
      .filter(
        ({ DestinationPeer, DestinationType }) =>
          DestinationPeer === '' && DestinationType !== 'prepared_query',
      )
      .map((upstream) => ({
        service: upstream.DestinationName,
        protocol: protocolOfUpstream(upstream),
        ...omitUndefined({ datacenter: upstream.Datacenter === '' ? undefined : upstream.Datacenter }),
      }));
    after = step(after, {
      discoveryChains: recompileChains(after.sections.discoveryChains, after, changed, called),
      exportedChains: recompileExportedChains(
        after.sections.exportedChains,
        after,
        changes,
        'without filters',
      ),
    });
  }
  after = step(after, {
    exportedHealth: overlayHealth(after.sections.exportedHealth, before, after, services),
  });
  if (changesKinds(changes, ['exported-services', 'sameness-group'])) {
    const resolvedExports =
      after.sections.resolvedExports.visibility === 'visible'
        ? resolveExports(after)
        : after.sections.resolvedExports;
    after = step(after, { resolvedExports });
    after = step(after, { peerings: streamExports(after, resolveExports(after)) });
    after = step(after, { otherSides: streamToOtherSides(after, before) });
  }
  return after;
};
