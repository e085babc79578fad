export interface GlossaryRow {
  readonly concept: string;
  readonly say: string;
  readonly not: string;
}

export const glossary: readonly GlossaryRow[];
export function findInText(text: string): readonly string[];
export function findInName(name: string): readonly string[];
export function findInOpening(comment: string): string | undefined;
