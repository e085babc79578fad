/** Config entries that rows write. */

export const resolver = (Name: string, rest: object): object => ({ Kind: 'service-resolver', Name, ...rest });

export const redirect = (Name: string, Service: string, Peer?: string): object =>
  resolver(Name, { Redirect: { Service, ...(Peer === undefined ? {} : { Peer }) } });

export const failover = (Name: string, ...Targets: readonly object[]): object =>
  resolver(Name, { Failover: { '*': { Targets } } });

export const splitter = (Name: string, ...Services: readonly string[]): object => ({
  Kind: 'service-splitter',
  Name,
  Splits: Services.map((Service) => ({ Weight: 100 / Services.length, Service })),
});

export const router = (Name: string, PathPrefix: string, Service: string): object => ({
  Kind: 'service-router',
  Name,
  Routes: [{ Match: { HTTP: { PathPrefix } }, Destination: { Service } }],
});

export const protocol = (Name: string, Protocol: string): object => ({
  Kind: 'service-defaults',
  Name,
  Protocol,
});

export const proxyDefaults = (rest: object): object => ({ Kind: 'proxy-defaults', Name: 'global', ...rest });
export const mode = (Mode: string): object => proxyDefaults({ MeshGateway: { Mode } });

/** An intention source of the peer west. */
export const source = (Name: string, Action: string, Peer: string | undefined = 'west'): object => ({
  Name,
  Action,
  ...(Peer === undefined ? {} : { Peer }),
});

/** An intention source of a peer with L7 permissions: each a path prefix and an action. */
export const permissionsOf = (
  Name: string,
  Peer: string,
  ...list: readonly (readonly [string, string])[]
): object => ({
  Name,
  Peer,
  Permissions: list.map(([PathPrefix, Action]) => ({ Action, HTTP: { PathPrefix } })),
});

/** An intention source of the peer west with L7 permissions. */
export const permissions = (Name: string, ...list: readonly (readonly [string, string])[]): object =>
  permissionsOf(Name, 'west', ...list);
