/** Writes `host:port`, with the brackets of IPv6. */
export const formatAddress = (host: string, port: number | string): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
