/**
 * The outcome of something whose failure is expected: a value at the boundary, never a throw.
 *
 * @example
 * const read = await client.peerings.list();
 * if (!read.ok) return report(read.error);
 * use(read.value);
 */
export type Result<T, E = string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export const success = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export const failure = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error });
