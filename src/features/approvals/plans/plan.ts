import { digestOf } from '../../../signing/sign';
import type { ExportedServices } from '../../../consul/wire';
import { findPeerNameProblem } from '../../../consul/peer-name';
import { failure, type Result, success } from '../../../result';

/**
 * Plans the changes of a request from facts alone, so that they can be planned again right before each write. The rules
 * come from a real Consul 1.20.1: a token for an ACTIVE peering lets its holder replace that peer; generating again
 * voids the unused token; a name used as a dialer is refused; a failed establish onto an existing peering overwrites its
 * PeerID. The sentences are signed with requests, so they never change.
 */

/** The facts of a peering that a plan needs. */
export interface PeeringFact {
  readonly id: string;
  readonly state: string;
  /** True if it has server addresses of the other side. */
  readonly dialer: boolean;
  /** Id of the request that made it, from its `Meta`. */
  readonly madeBy: string | null;
  /** Changes with each token generated for it. */
  readonly modifyIndex: number;
  /** Its id on the other side; only a dialer knows it. */
  readonly peerId: string;
  /** True if its `Meta` says that Kubernetes manages it. */
  readonly managed: boolean;
}

/** The facts of one cluster as of now. */
export interface ClusterFacts {
  readonly name: string;
  readonly address: string;
  /** Empty if neither the clusters file nor the agent names it. */
  readonly datacenter: string;
  /** The datacenter that answers at the address; absent if it is the configured one or not visible. */
  readonly answeringDatacenter?: string;
  readonly partition: string;
  /** Of its service mesh CA. The datacenters of a WAN federation share that of their primary. */
  readonly trustDomain: string;
  readonly peeringEnabled: boolean;
  /** True if the write token grants what the request needs: `peering:write`, or `mesh:write` for exports. */
  readonly mayWrite: boolean;
  /** The peering of the requested name, if there is one. */
  readonly peering: PeeringFact | null;
  /** The exported-services entry, null if there is none; absent if the request is not about it. */
  readonly entry?: { readonly entry: ExportedServices; readonly index: number } | null;
}

export interface Plan {
  /** The changes to come, a sentence each. */
  readonly changes: readonly string[];
  /** Hash of all facts that approval depends on. */
  readonly digest: string;
}

/** Returns why the bot cannot change peerings of a cluster. */
export const cannotWrite = (facts: ClusterFacts): string | undefined => {
  if (!facts.peeringEnabled)
    return `peering is disabled on ${facts.name}: set peering.enabled = true on its servers`;
  // Consul ignores the datacenter of calls about peerings (seen on 1.20.1).
  if (facts.answeringDatacenter !== undefined)
    return `the clusters file says datacenter ${facts.datacenter} for ${facts.name}, but ${facts.answeringDatacenter} answers at its address, and peerings would be changed there`;
  if (!facts.mayWrite) return `the peering_token of ${facts.name} does not grant peering = "write"`;
  return undefined;
};

const lastingFacts = ({ id, state, dialer, madeBy, modifyIndex }: PeeringFact) => ({
  id,
  state,
  dialer,
  madeBy,
  modifyIndex,
});

const digest = (changes: readonly string[], facts: readonly ClusterFacts[], request: unknown): string =>
  digestOf({
    changes,
    // oxlint-disable-next-line plain-english/words -- part of the digests of stored requests
    asked: request,
    // With the index of the peering, which each token that is generated for it increases, also while it is ACTIVE, and
    // heartbeats do not (measured on 1.20.1): a request that was put back in Redis gives no second token.
    facts: facts.map(({ mayWrite: _, peering, ...lasting }) => ({
      ...lasting,
      peering: peering && lastingFacts(peering),
    })),
  });

/**
 * Plans a token of one cluster for a peer. With `replace` the requester accepts that the cluster that uses the token
 * becomes that peer; without it, a peering that has been used is not changed. A failure is the reason of the refusal.
 */
export const planToken = (
  facts: ClusterFacts,
  { peer, replace }: { readonly peer: string; readonly replace: boolean },
): Result<Plan> => {
  const impossible = findPeerNameProblem(peer) ?? cannotWrite(facts);
  if (impossible) return failure(impossible);
  const { peering, name } = facts;
  if (peering?.dialer) {
    return failure(`${name} dials the peering ${peer} itself, so the other cluster must generate the token`);
  }
  if (peering !== null && ['DELETING', 'TERMINATED'].includes(peering.state)) {
    return failure(
      `the peering ${peer} on ${name} is ${peering.state}: delete it first (consul peering delete -name ${peer})`,
    );
  }
  const used = peering !== null && peering.state !== 'PENDING';
  if (used && !replace) {
    return failure(
      `the peering ${peer} on ${name} is ${peering.state}, and a cluster that uses a new token replaces its peer: add "replace" to request that`,
    );
  }
  const changes = used
    ? // oxlint-disable-next-line plain-english/words -- signed with stored requests
      [`generates a token for ${peer} on ${name}, which is ${peering.state}: whoever uses it becomes ${peer}`]
    : peering === null
      ? [`creates peering ${peer} on ${name} (none exists)`]
      : [
          `generates a new token for the PENDING peering ${peer} on ${name}`,
          `voids the unused token made for it`,
        ];
  return success({ changes, digest: digest(changes, [facts], { kind: 'token', peer, replace }) });
};

/**
 * Returns why two configured clusters are not two clusters for Consul, or may not be. It names a cluster by trust domain and
 * datacenter: it refuses a token of its own, and peers the datacenters of one federation, and clusters whose datacenters have
 * one name (seen on 1.20.1). Partitions of one cluster (Enterprise) can be peered with each other.
 */
export const findSameCluster = (one: ClusterFacts, other: ClusterFacts): string | undefined => {
  const same = `${one.name} and ${other.name} are the same cluster`;
  if (one.name === other.name) return same;
  if (one.partition !== other.partition) return undefined;
  if (one.address === other.address) return same;
  if (one.trustDomain === '' || one.trustDomain !== other.trustDomain) return undefined;
  const unknown = [one, other].find(({ datacenter }) => datacenter === '');
  if (unknown !== undefined)
    return `${one.name} and ${other.name} share a trust domain, so they are one cluster or datacenters of one federation: set datacenter for ${unknown.name} in the clusters file`;
  return one.datacenter.toLowerCase() === other.datacenter.toLowerCase() ? same : undefined;
};

/**
 * Plans a peering between two configured clusters. Refused if either already uses the name: a failed
 * establish would damage the existing peering. A failure is the reason of the refusal.
 */
export const planConnect = (
  acceptor: ClusterFacts,
  dialer: ClusterFacts,
  names: { readonly peer: string; readonly dialerPeer: string },
): Result<Plan> => {
  const impossible =
    findPeerNameProblem(names.peer) ??
    findPeerNameProblem(names.dialerPeer) ??
    cannotWrite(acceptor) ??
    cannotWrite(dialer) ??
    findSameCluster(acceptor, dialer);
  if (impossible) return failure(impossible);
  if (dialer.peering !== null) {
    return failure(
      `${dialer.name} already has a peering ${names.dialerPeer} (${dialer.peering.state}), and establishing it again could damage it`,
    );
  }
  if (acceptor.peering !== null && (acceptor.peering.dialer || acceptor.peering.state !== 'PENDING')) {
    return failure(`${acceptor.name} already has a peering ${names.peer} (${acceptor.peering.state})`);
  }
  const changes = [
    acceptor.peering === null
      ? `creates peering ${names.peer} on ${acceptor.name} (none exists)`
      : `uses the PENDING peering ${names.peer} on ${acceptor.name}, and voids the unused token made for it`,
    `creates peering ${names.dialerPeer} on ${dialer.name} (none exists)`,
    'no person sees the token',
  ];
  return success({ changes, digest: digest(changes, [acceptor, dialer], { kind: 'connect', ...names }) });
};
