/** Whether an origin is this machine by its name alone: no other host hears what is sent there. */
export const isLoopback = (origin: string): boolean =>
  /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/.test(new URL(origin).hostname);

/** Plain HTTP to anything but this machine: a token can be read on its way. */
export const isExposed = (origin: string): boolean => origin.startsWith('http:') && !isLoopback(origin);
