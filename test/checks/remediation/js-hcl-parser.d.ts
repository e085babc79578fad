declare module 'js-hcl-parser' {
  /** HCL 1 → JSON text, or the text of the error. */
  export const parse: (hcl: string) => string;
}
