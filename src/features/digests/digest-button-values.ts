/** The buttons of a digest; their value is its id. */
export const digestActionIds = {
  run: 'digest:run',
  // On App Home alone: their ids stay, since views that are open hold them.
  pause: 'home:digest-pause',
  resume: 'home:digest-resume',
} as const;

/** Reads the id of a digest; nothing where it is none. */
export const decodeDigest = (value: string | undefined): { readonly id: string } | undefined =>
  value !== undefined && /^[a-z0-9]{4,12}$/.test(value) ? { id: value } : undefined;
