import { findPeerNameProblem } from '../../../consul/peer-name';
import { failure, type Result, success } from '../../../result';
import { digestOf } from '../../../signing/sign';
import { cannotWrite, type ClusterFacts, findSameCluster, type PeeringFact, type Plan } from './plan';

/**
 * Plans changes of a peering that two configured clusters already have. Both need the same peering: only the dialer knows the id
 * of the other side, and a name can be that of another cluster. The sentences are signed with requests, so they never
 * change.
 */

interface PairNames {
  readonly peer: string;
  readonly dialerPeer: string;
}

const dials = (one: PeeringFact, other: PeeringFact): boolean => one.dialer && one.peerId === other.id;

/** Tells whether two peerings are the two sides of one. */
const arePaired = (one: PeeringFact, other: PeeringFact): boolean => dials(one, other) || dials(other, one);

const impossible = (
  one: ClusterFacts,
  other: ClusterFacts,
  { peer, dialerPeer }: PairNames,
): string | undefined =>
  findPeerNameProblem(peer) ??
  findPeerNameProblem(dialerPeer) ??
  cannotWrite(one) ??
  cannotWrite(other) ??
  findSameCluster(one, other) ??
  managedByKubernetes(one, peer) ??
  managedByKubernetes(other, dialerPeer);

const managedByKubernetes = ({ name, peering }: ClusterFacts, peer: string): string | undefined =>
  peering?.managed === true
    ? `Kubernetes manages the peering ${peer} on ${name}, so the bot does not write to it`
    : undefined;

/** Hashes facts that approval depends on. The state of a peering is not one of them: it changes by itself. */
const digest = (changes: readonly string[], facts: readonly ClusterFacts[], request: object): string =>
  digestOf({
    changes,
    request,
    facts: facts.map(({ mayWrite: _, peering, ...lasting }) => ({
      ...lasting,
      peering: peering && { id: peering.id, dialer: peering.dialer },
    })),
  });

/** States in which a peering does not work, and never will without a new token: nobody loses it. */
const isOver = ({ state }: PeeringFact): boolean => state === 'TERMINATED' || state === 'PENDING';

/** Plans to delete a peering on both sides, or what is left of it. A failure is the reason of the refusal. */
export const planDisconnect = (one: ClusterFacts, other: ClusterFacts, names: PairNames): Result<Plan> => {
  const wrong = impossible(one, other, names);
  if (wrong !== undefined) return failure(wrong);
  const { peer, dialerPeer } = names;
  const sides = [
    { facts: one, name: peer, peering: one.peering },
    { facts: other, name: dialerPeer, peering: other.peering },
  ];
  if (one.peering === null && other.peering === null)
    return failure(`there is no peering ${peer} on ${one.name}, and none ${dialerPeer} on ${other.name}`);
  if (one.peering && other.peering && !arePaired(one.peering, other.peering)) {
    return failure(
      `the peerings ${peer} on ${one.name} and ${dialerPeer} on ${other.name} are not with each other`,
    );
  }
  for (const { facts, name, peering } of sides) {
    if (peering?.state === 'DELETING')
      return failure(`the peering ${name} on ${facts.name} is being deleted`);
    if (peering && (one.peering === null || other.peering === null) && !isOver(peering)) {
      return failure(
        `the peering ${name} on ${facts.name} is ${peering.state} and has no other side here, so it may be with another cluster`,
      );
    }
  }
  const changes = sides.map(({ facts, name, peering }) =>
    peering === null
      ? `changes nothing on ${facts.name}, which has no peering ${name}`
      : `deletes peering ${name} on ${facts.name}`,
  );
  return success({ changes, digest: digest(changes, [one, other], { kind: 'disconnect', ...names }) });
};

/**
 * Plans a new token for a peering that exists, used by its present dialer: new secret, CA and addresses, and the same ids on
 * both sides. A failure is the reason of the refusal.
 */
export const planRenew = (acceptor: ClusterFacts, dialer: ClusterFacts, names: PairNames): Result<Plan> => {
  const wrong = impossible(acceptor, dialer, names);
  if (wrong !== undefined) return failure(wrong);
  const { peer, dialerPeer } = names;
  const missing = [
    { facts: acceptor, name: peer },
    { facts: dialer, name: dialerPeer },
  ].find(({ facts }) => facts.peering === null);
  if (missing !== undefined)
    return failure(`${missing.facts.name} has no peering ${missing.name}: connect the clusters instead`);
  const [one, other] = [acceptor.peering, dialer.peering];
  if (one === null || other === null) throw new Error('both sides have a peering here');
  if (dials(one, other))
    return failure(
      `${acceptor.name} dials this peering, so ${dialer.name} must generate the token: run renew ${dialer.name} ${acceptor.name}`,
    );
  if (!dials(other, one)) {
    return failure(
      `the peerings ${peer} on ${acceptor.name} and ${dialerPeer} on ${dialer.name} are not with each other, so a new token would replace a peer`,
    );
  }
  const over = [one, other].find(({ state }) => state === 'DELETING' || state === 'TERMINATED');
  if (over !== undefined)
    return failure(`a side of the peering is ${over.state}: disconnect the clusters, and connect them again`);
  const changes = [
    `generates a new token for the peering ${peer} on ${acceptor.name}`,
    `establishes the same peering ${dialerPeer} on ${dialer.name} again with it`,
    'no person sees the token',
  ];
  // Each token increases the index of the acceptor's peering, so a request that was put back in Redis gives no second one.
  const request = { kind: 'renew', ...names, index: one.modifyIndex };
  return success({ changes, digest: digest(changes, [acceptor, dialer], request) });
};
