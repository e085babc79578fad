/** Extras of the page for the one who started the workspace. */
export interface PageOffer {
  /** Whole lines that the composer offers first, such as `/peering check prod-east`. */
  readonly suggestions: readonly string[];
  /** One sentence above every conversation. */
  readonly notice?: string;
  /** Runs code blocks of messages that the page may offer to run. */
  readonly runner?: {
    readonly clusters: readonly string[];
    /** Resolves to a sentence with the outcome. */
    readonly run: (cluster: string, text: string) => Promise<string>;
  };
}
