import { evaluate } from './evaluate';
import type { Rights } from './rights';
import type { TokenRightsResult } from './token';
import { searchTokens, type TokenSearch } from './token-search';

/** The tokens of a cluster that could belong to sidecars of certain services. */
export interface ServiceWriters {
  /** The services that some token may write. Their sidecars may use that token, or another. */
  readonly writable: readonly string[];
  /** Number of tokens that were searched, without management tokens. */
  readonly searched: number;
  readonly management: number;
  /** Tokens whose rules cannot be read. */
  readonly unreadable: number;
}

/** Returns the services that a token may write, among those that no token before it may. */
const writableBy = (rights: Rights, services: ReadonlySet<string>): readonly string[] => {
  const rules = rights.named.get('service');
  // Most tokens name one service, so that not every token is asked about every service.
  const isGeneral = rights.defaultPolicy === 'allow' || (rules?.prefix.size ?? 0) > 0;
  const named = isGeneral
    ? [...services]
    : [...(rules?.exact.keys() ?? [])].filter((name) => services.has(name));
  return named.filter(
    (segment) => evaluate(rights, { resource: 'service', access: 'write', segment }).allowed,
  );
};

/**
 * Finds the services that some token grants `service:write` on. A sidecar cannot do without: its token must grant that on
 * the service that it stands for, or it gets neither its configuration nor a certificate. The token needs nothing else to
 * read imported services: Consul shows them to every token that may write some service.
 * Management tokens do not count.
 */
export const findServiceWriters = (search: TokenSearch, services: readonly string[]): ServiceWriters => {
  const left = new Set(services);
  const kinds = searchTokens(search, (result: TokenRightsResult) => {
    if (!result.ok) return 'unreadable';
    if (result.value.isManagement) return 'management';
    for (const name of writableBy(result.value.rights, left)) left.delete(name);
    return 'searched';
  });
  const count = (kind: (typeof kinds)[number]['derived']): number =>
    kinds.filter(({ derived }) => derived === kind).length;
  return {
    writable: services.filter((name) => !left.has(name)),
    searched: count('searched'),
    management: count('management'),
    unreadable: count('unreadable'),
  };
};
