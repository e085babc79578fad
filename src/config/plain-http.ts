/** Tells whether an origin is this machine, by its name alone: requests to it never leave the host. */
export const isLoopback = (origin: string): boolean =>
  /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/.test(new URL(origin).hostname);

/**
 * Tells whether an origin is plain HTTP on another machine, which exposes a token.
 *
 * @param proxy origin of a forward proxy: on another machine, it resolves `localhost` to that machine
 */
export const isExposed = (origin: string, proxy: string = origin): boolean =>
  new URL(origin).protocol === 'http:' && !(isLoopback(origin) && isLoopback(proxy));

/** Tells whether a password of Redis would be sent to another machine in plain text. */
export const exposesPassword = ({
  hosts,
  tls,
  password,
  sentinelPassword,
}: {
  readonly hosts: readonly { readonly host: string }[];
  readonly tls: boolean;
  readonly password?: string;
  readonly sentinelPassword?: string;
}): boolean =>
  !tls &&
  (password ?? sentinelPassword) !== undefined &&
  hosts.some(({ host }) => !isLoopback(`http://${host.includes(':') ? `[${host}]` : host}`));
