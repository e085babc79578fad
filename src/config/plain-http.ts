/** Tells that an origin is this machine by its name alone: requests to it never leave the host. */
export const isLoopback = (origin: string): boolean =>
  /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/.test(new URL(origin).hostname);

/** Tells that an origin is plain HTTP on another machine, which exposes a token. */
export const isExposed = (origin: string): boolean => origin.startsWith('http:') && !isLoopback(origin);
