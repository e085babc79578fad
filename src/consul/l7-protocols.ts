/** Protocols for which routers, splitters and L7 permissions count. For all others Consul leaves them out. */
export const l7Protocols: ReadonlySet<string> = new Set(['http', 'http2', 'grpc']);
