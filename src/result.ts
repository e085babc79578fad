/**
 * The outcome of an operation whose failure is expected: a value, never a throw.
 *
 * @example
 * const read = await client.peerings.list();
 * if (!read.ok) return report(read.error);
 * use(read.value);
 */
export type Result<T, E = string> = Success<T> | Failure<E>;

export interface Success<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Failure<E> {
  readonly ok: false;
  readonly error: E;
}

export const success = <T>(value: T): Success<T> => ({ ok: true, value });

export const failure = <E>(error: E): Failure<E> => ({ ok: false, error });
