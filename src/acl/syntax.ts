/**
 * The syntax of ACL rules: HCL 1, or JSON. Written against Consul's own parser (hashicorp/hcl v1.0.0), its
 * leniencies included, because the rules in a cluster are those that Consul accepted.
 */

/** Position in the text; line and column count from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

export interface Key {
  readonly name: string;
  /** Offset in the text. */
  readonly at: number;
}

export interface Literal {
  readonly kind: 'string' | 'heredoc' | 'number' | 'float' | 'bool' | 'null';
  /** As written, quotes and escapes included. */
  readonly raw: string;
  readonly at: number;
}

interface Block {
  readonly kind: 'object';
  readonly items: readonly Item[];
  readonly at: number;
}

export interface List {
  readonly kind: 'list';
  readonly values: readonly Value[];
  readonly at: number;
}

export type Value = Literal | Block | List;

/** `a = …`, `a { … }`, or `a "b" { … }` with all its keys. */
export interface Item {
  readonly keys: readonly Key[];
  readonly value: Value;
}

/** Thrown inside this folder only, and turned into a value at its edge. */
export class SyntaxProblem extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Deeper nesting than any rule needs; it keeps hostile text from exhausting the stack. */
export const maxDepth = 500;

/** Returns the line and column of an offset. */
export const positionAt = (text: string, at: number): TextPosition => {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: at - lineStart + 1 };
};
