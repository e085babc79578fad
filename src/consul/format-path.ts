/** Path of a request, its parts not escaped yet. */
export interface RequestTarget {
  /** With placeholders: `/v1/peering/:name`. */
  readonly route: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
}

/**
 * Returns the escaped path and query. Undefined if no path can carry a name: it is empty, `.` or `..` (URLs resolve
 * these, escaped or not, and the request would go elsewhere), or not valid Unicode.
 */
export const formatPath = (
  { route, names = {}, query = {} }: RequestTarget,
  scope: Readonly<Record<string, string | undefined>>,
): string | undefined => {
  let path = route;
  for (const [placeholder, name] of Object.entries(names)) {
    if (/^\.{0,2}$|[\uD800-\uDFFF]/u.test(name)) return undefined;
    path = path.replace(`:${placeholder}`, () => encodeURIComponent(name));
  }
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...query, ...scope })) {
    if (value !== undefined) search.set(key, value);
  }
  return search.size === 0 ? path : `${path}?${search.toString()}`;
};
