import { inspectCluster, inspectToken } from '../checks/acls/inspect';
import { reasonOf } from '../checks/reason';
import type { ClusterConfig } from '../config/config';
import type { ConsulErrorKind } from '../consul/answer';
import type { ExpandedToken } from '../consul/wire';
import type { AclReport } from '../report/acl';
import { type FoundToken, findToken } from '../snapshot/find-token';
import { gatherSnapshot } from '../snapshot/gather';
import type { Snapshot, Unseen } from '../snapshot/snapshot';
import type { createClients } from './clients';
import { whyUnreadable } from './run-check';

export interface ReadAcl {
  readonly clients: Pick<ReturnType<typeof createClients>, 'lease'>;
  readonly cluster: ClusterConfig;
  /** An accessor, or the unique beginning of one. Null: the bot's own token and those of gateways. */
  readonly accessor: string | null;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export type AclRead =
  | {
      readonly ok: true;
      readonly report: AclReport;
      readonly snapshot: Snapshot;
      /** The token that was asked for. */
      readonly token: ExpandedToken | undefined;
    }
  /** The cluster could not be read, or what is asked for may not be. */
  | {
      readonly ok: false;
      readonly kind: 'cannot-read';
      readonly cause: ConsulErrorKind;
      readonly message: string;
      /** Whether it can pass by itself. */
      readonly passes: boolean;
    }
  /** The accessor leads to no token, or to several. */
  | { readonly ok: false; readonly kind: 'accessor'; readonly problem: string };

/** What is said of a text that cannot be an accessor. */
export const accessorShape = (asked: string): string =>
  `"${asked.slice(0, 60)}" cannot be an accessor: expected a UUID, or at least its first 8 characters`;

const shown = 5;

const problemOf = (
  found: Extract<FoundToken, { kind: 'malformed' | 'unknown' | 'ambiguous' }>,
  asked: string,
  cluster: string,
): string => {
  const quoted = `"${asked.slice(0, 60)}"`;
  if (found.kind === 'malformed') return accessorShape(asked);
  if (found.kind === 'unknown') {
    return `no token of ${cluster} has the accessor ${quoted}: it was deleted, or it expired, since Consul deletes expired tokens`;
  }
  const more = found.accessors.length - shown;
  const list = `${found.accessors.slice(0, shown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${found.accessors.length} tokens have accessors that begin with ${quoted}: ${list}`;
};

const causeOf = ({ kind }: Unseen): ConsulErrorKind =>
  kind === 'anonymous' || kind === 'unsupported' || kind === 'not-gathered' ? 'forbidden' : kind;

/** Reads what an inspection of tokens needs, and inspects them. */
export const readClusterAcl = async ({
  clients,
  cluster,
  accessor,
  signal,
  onProgress,
}: ReadAcl): Promise<AclRead> => {
  const lease = clients.lease(cluster);
  if (!lease.ok)
    return { ok: false, kind: 'cannot-read', cause: 'forbidden', message: lease.message, passes: false };
  const { client } = lease;
  try {
    const { name, datacenter, partition, namespace, gatewayTokens } = cluster;
    const scope = { name, datacenter, partition, namespace, gatewayTokens };
    const [snapshot, found] = await Promise.all([
      gatherSnapshot({ cluster: scope, client, signal, onProgress }),
      accessor === null ? undefined : findToken(client, accessor, { signal }),
    ]);
    const unreadable = whyUnreadable(snapshot);
    if (unreadable) return { ...unreadable, kind: 'cannot-read' };
    if (!found) return { ok: true, report: inspectCluster(snapshot), snapshot, token: undefined };
    const { acl } = snapshot.sections;
    if (acl.seen !== 'none' && !acl.value.enabled) {
      return { ok: true, report: inspectCluster(snapshot), snapshot, token: undefined };
    }
    if (found.kind === 'unseen') {
      const { missing } = found;
      return {
        ok: false,
        kind: 'cannot-read',
        cause: causeOf(missing),
        message: reasonOf(missing),
        passes: false,
      };
    }
    if (found.kind !== 'found') {
      return { ok: false, kind: 'accessor', problem: problemOf(found, accessor ?? '', name) };
    }
    return { ok: true, report: inspectToken(snapshot, found.token), snapshot, token: found.token };
  } finally {
    lease.release();
  }
};
