/** The result of a part of the demo: its value, or one line that says what is wrong and what to do. */
export type Step<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

export const done = <T>(value: T): Step<T> => ({ ok: true, value });
export const failed = (message: string): { readonly ok: false; readonly message: string } => ({
  ok: false,
  message,
});

export type Environment = Readonly<Record<string, string | undefined>>;

/** Something that runs until it is stopped. */
export interface Running {
  readonly stop: () => Promise<void>;
}
