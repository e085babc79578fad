/** Whether an origin is this machine by its name alone: no other host hears what is sent there. */
export const isLoopback = (origin: string): boolean =>
  /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/.test(new URL(origin).hostname);
