import { inspectCluster, inspectToken } from '../checks/acls/inspect';
import { reasonOf } from '../checks/reason';
import type { ClusterConfig } from '../config/config';
import type { ConsulErrorKind } from '../consul/answer';
import type { ExpandedToken } from '../consul/wire';
import type { AclReport } from '../report/acl';
import { type FoundToken, findToken } from '../snapshot/find-token';
import { gatherSnapshot } from '../snapshot/gather-snapshot';
import type { Snapshot, HiddenReason } from '../snapshot/snapshot';
import type { createClients } from './clients';
import { failure, type Result, success } from '../result';
import { type UnreadableCluster, whyUnreadable } from './unreadable';

interface ReadAclParts {
  readonly clients: Pick<ReturnType<typeof createClients>, 'lease'>;
  readonly cluster: ClusterConfig;
  /** An accessor, or a unique prefix of one. Null: the bot's own token and those of gateways. */
  readonly accessor: string | null;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  readonly onBug?: (section: string, error: unknown) => void;
}

export interface AclRead {
  readonly report: AclReport;
  readonly snapshot: Snapshot;
  /** The requested token. */
  readonly token: ExpandedToken | undefined;
}

export type AclReadError =
  /** The cluster could not be read, or the request is not permitted. */
  | ({ readonly kind: 'cannot-read' } & UnreadableCluster)
  /** The accessor matches no token, or several. */
  | { readonly kind: 'accessor'; readonly problem: string };

/** Explains that a text cannot be an accessor. */
export const accessorShape = (text: string): string =>
  `"${text.slice(0, 60)}" cannot be an accessor: expected a UUID, or at least its first 8 characters`;

/** Maximum accessors that an error lists. */
const maxListed = 5;

const problemOf = (
  found: Extract<FoundToken, { kind: 'malformed' | 'unknown' | 'ambiguous' }>,
  accessor: string,
  cluster: string,
): string => {
  const quoted = `"${accessor.slice(0, 60)}"`;
  if (found.kind === 'malformed') return accessorShape(accessor);
  if (found.kind === 'unknown') {
    return `no token of ${cluster} has the accessor ${quoted}: check the accessor. Consul deletes tokens that expire`;
  }
  const more = found.accessors.length - maxListed;
  const list = `${found.accessors.slice(0, maxListed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${found.accessors.length} tokens have accessors that begin with ${quoted}: ${list}`;
};

const causeOf = ({ kind }: HiddenReason): ConsulErrorKind =>
  kind === 'anonymous' || kind === 'unsupported' || kind === 'not-gathered' ? 'forbidden' : kind;

/** Gathers what an inspection of tokens needs, and inspects them. */
export const readClusterAcl = async ({
  clients,
  cluster,
  accessor,
  signal,
  onProgress,
  onBug,
}: ReadAclParts): Promise<Result<AclRead, AclReadError>> => {
  const lease = clients.lease(cluster);
  if (!lease.ok) {
    return failure({ kind: 'cannot-read', cause: 'forbidden', message: lease.error, temporary: false });
  }
  const { client, release } = lease.value;
  try {
    const { name, datacenter, partition, namespace, gatewayTokens } = cluster;
    const scope = { name, datacenter, partition, namespace, gatewayTokens };
    const [snapshot, found] = await Promise.all([
      gatherSnapshot({ cluster: scope, client, signal, onProgress, onBug }),
      accessor === null ? undefined : findToken(client, accessor, { signal }),
    ]);
    const unreadable = whyUnreadable(snapshot);
    if (unreadable) return failure({ ...unreadable, kind: 'cannot-read' });
    if (!found) return success({ report: inspectCluster(snapshot), snapshot, token: undefined });
    const { acl } = snapshot.sections;
    if (acl.visibility !== 'hidden' && !acl.value.enabled) {
      return success({ report: inspectCluster(snapshot), snapshot, token: undefined });
    }
    if (found.kind === 'hidden') {
      const { reason } = found;
      return failure({
        kind: 'cannot-read',
        cause: causeOf(reason),
        message: reasonOf(reason),
        temporary: false,
      });
    }
    if (found.kind !== 'found') {
      return failure({ kind: 'accessor', problem: problemOf(found, accessor ?? '', name) });
    }
    return success({ report: inspectToken(snapshot, found.token), snapshot, token: found.token });
  } finally {
    release();
  }
};
