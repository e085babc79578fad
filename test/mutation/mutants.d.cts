/** One mistake in a file. */
export interface Mutant {
  /** The path of the file and a number. */
  readonly id: string;
  /** It is run once, while the file is loaded. */
  readonly isStatic: boolean;
  readonly line: number;
  readonly column: number;
  readonly from: string;
  readonly to: string;
}

export function findMutants(
  source: string,
  file: string,
): { readonly mutants: readonly Mutant[]; readonly code: string };
