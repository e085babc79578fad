/** The part of a route that says which requests it takes. */
export interface RouteMatch {
  readonly HTTP?:
    | {
        readonly PathExact?: unknown;
        readonly PathPrefix?: unknown;
        readonly PathRegex?: unknown;
        readonly Header?: unknown;
        readonly QueryParam?: unknown;
        readonly Methods?: unknown;
      }
    | null
    | undefined;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === '' ||
  (Array.isArray(value) && value.length === 0);

/** Tells whether a route takes every request: by the prefix of all paths, and nothing else. */
const takesAll = (match: RouteMatch | null | undefined): boolean => {
  const { PathPrefix, PathExact, PathRegex, Header, QueryParam, Methods } = match?.HTTP ?? {};
  return (
    (isEmpty(PathPrefix) || PathPrefix === '/') &&
    [PathExact, PathRegex, Header, QueryParam, Methods].every(isEmpty)
  );
};

/**
 * Leaves out the routes that no request reaches, behind one that takes all. Consul ends every router with a route to the
 * service itself, so that one is often among them.
 *
 * @param matchOf what a route matches; undefined where that is not visible, null where it matches all
 */
export const routesWithCalls = <T>(
  routes: readonly T[],
  matchOf: (route: T) => RouteMatch | null | undefined,
): readonly T[] => {
  const last = routes.findIndex((route) => {
    const match = matchOf(route);
    return match !== undefined && takesAll(match);
  });
  return last === -1 ? routes : routes.slice(0, last + 1);
};
