import { rowsOf } from '../../snapshot/section';
import { protocolOfUpstream } from '../../consul/upstream-protocol';
import type { Snapshot } from '../../snapshot/snapshot';
import { mergeCentral } from './merge-central';
import type { OverlayChange } from './overlay-change';
import { recompileChains } from './overlay-chains';
import { resolveExports, streamExports, streamToOtherSides } from './overlay-exports';
import { overlayHealth } from './overlay-health';
import { changesKinds, overlaySections, registrationsIn } from './overlay-sections';
import { omitUndefined } from '../../omit-undefined';

const chainKinds = [
  'service-resolver',
  'service-router',
  'service-splitter',
  'service-defaults',
  'proxy-defaults',
  'sameness-group',
] as const;

/** Names of services, in lower case, whose discovery chain may change. */
const changedNames = (changes: readonly OverlayChange[], snapshot: Snapshot): ReadonlySet<string> => {
  const all = changesKinds(changes, ['proxy-defaults', 'sameness-group']);
  const { serviceResolvers, serviceRouters, serviceSplitters } = snapshot.sections;
  const touched = [serviceResolvers, serviceRouters, serviceSplitters].flatMap((section) =>
    rowsOf<{ readonly entry: { readonly Name: string } }>(section).map(({ entry }) => entry.Name),
  );
  const named = changes.flatMap((change) =>
    change.type !== 'register' && (chainKinds as readonly string[]).includes(change.kind)
      ? [change.name]
      : [],
  );
  return new Set([...named, ...(all ? touched : [])].map((name) => name.toLowerCase()));
};

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
    const exported = rowsOf(after.sections.exportedServices).flatMap(({ entry }) =>
      entry.Services.map(({ Name }) => ({ service: Name.toLowerCase(), protocol: '' })),
    );
    after = step(after, {
      discoveryChains: recompileChains(after.sections.discoveryChains, after, changed, called),
      exportedChains: recompileChains(after.sections.exportedChains, after, changed, exported),
    });
  }
  after = step(after, { exportedHealth: overlayHealth(after.sections.exportedHealth, after, services) });
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
