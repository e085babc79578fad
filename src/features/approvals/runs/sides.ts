import type { Config } from '../../../config/config';
import type { ConsulClient } from '../../../consul/client';
import type { ApprovalRequest, PeeringMark } from '../requests/request';
import type { PeeringState } from '../../../consul/wire';
import { factOf, readPeering } from '../plans/facts';
import type { PeeringFact } from '../plans/plan';
import { failure, type Result, success } from '../../../result';
import type { TokenServices } from '../jobs/services';

/** One cluster of a request, to read and write. */
export interface Side {
  readonly cluster: string;
  /** Its name for the other one. */
  readonly name: string;
  readonly client: ConsulClient;
}

export interface Sides {
  readonly acceptor: Side;
  /** Absent for requests about one cluster. */
  readonly dialer: Side | undefined;
}

/** Returns the other cluster of a request about two. */
export const dialerOf = ({ dialer }: Sides): Side => {
  if (dialer === undefined) throw new Error('a request about one cluster');
  return dialer;
};

/** Runs `work` with the clusters of a request. A failure says which of them cannot be written to any more. */
export const withSides = async <T>(
  { acceptor, dialer, peer, dialerPeer }: ApprovalRequest,
  { config, tokens }: { readonly config: Config; readonly tokens: Pick<TokenServices, 'clients'> },
  work: (sides: Sides) => Promise<T>,
): Promise<Result<T>> => {
  const releases: (() => void)[] = [];
  const open = (cluster: string, name: string): Result<Side> => {
    const configured = config.clusters.get(cluster);
    if (configured === undefined) return failure(`${cluster} is no longer configured`);
    const lease = tokens.clients.lease(configured);
    if (!lease.ok) return lease;
    releases.push(lease.value.release);
    return success({ cluster, name, client: lease.value.client });
  };
  try {
    const first = open(acceptor, peer);
    if (!first.ok) return first;
    const second = dialer === null ? success(undefined) : open(dialer, dialerPeer ?? '');
    if (!second.ok) return second;
    return success(await work({ acceptor: first.value, dialer: second.value }));
  } finally {
    for (const release of releases) release();
  }
};

/** Reads the present peering of a side; null if there is none. A failure is one sentence that names the cluster. */
export const readSide = async (
  side: Side,
  signal?: AbortSignal,
): Promise<Result<(PeeringFact & Pick<PeeringState, 'Meta'>) | null>> => {
  const read = await readPeering(side.client, side.name, signal);
  if (!read.ok) return failure(`"${side.cluster}" could not be read: ${read.error.message}`);
  const { value: peering } = read;
  return success(peering === null ? null : { ...factOf(peering), Meta: peering.Meta });
};

export const markOf = (fact: PeeringFact | null): PeeringMark | null =>
  fact === null ? null : { id: fact.id, state: fact.state, modifyIndex: fact.modifyIndex };
