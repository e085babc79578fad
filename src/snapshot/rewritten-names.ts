import { rowsOf } from './section';
import type { Sections, Section } from './snapshot';

/** The sections of the entries that discovery chains are made of. */
export type RewritingSections = {
  readonly [K in 'serviceRouters' | 'serviceSplitters' | 'serviceResolvers']: Section<Sections[K]>;
};

/**
 * Finds the names, in lower case, whose discovery chain may end elsewhere than at all instances of the name: those of
 * routers and splitters, and of resolvers that redirect, fail over or have a default subset. Other resolvers set
 * timeouts and balancing, or define subsets.
 */
export const findRewrittenNames = ({
  serviceRouters,
  serviceSplitters,
  serviceResolvers,
}: RewritingSections): ReadonlySet<string> =>
  new Set(
    [
      ...rowsOf(serviceRouters).map(({ entry }) => entry.Name),
      ...rowsOf(serviceSplitters).map(({ entry }) => entry.Name),
      ...rowsOf(serviceResolvers)
        .filter(
          ({ entry: { Redirect, DefaultSubset, Failover } }) =>
            Redirect || DefaultSubset || Object.keys(Failover).length > 0,
        )
        .map(({ entry }) => entry.Name),
    ].map((name) => name.toLowerCase()),
  );
