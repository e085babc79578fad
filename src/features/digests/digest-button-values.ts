/** The button that runs a digest now; its value is the digest's id. */
export const digestActionIds = { run: 'digest:run' } as const;

/** Reads the id of a digest; nothing where it is none. */
export const decodeDigest = (value: string | undefined): { readonly id: string } | undefined =>
  value !== undefined && /^[a-z0-9]{4,12}$/.test(value) ? { id: value } : undefined;
