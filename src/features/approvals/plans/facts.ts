import type { ClusterConfig } from '../../../config/config';
import type { Answer, ConsulError } from '../../../consul/answer';
import type { ConsulClient } from '../../../consul/client';
import { peeringState } from '../../../consul/peering-state';
import type { ExportedServices, PeeringState } from '../../../consul/wire';
import { type Result, success } from '../../../result';
import type { ClusterFacts, PeeringFact } from './plan';

/** The part of a cluster that a plan needs. */
export type FactSource = 'peering' | 'exported-services';

/** Under this key a peering's `Meta` carries the id of the request that made it. */
export const metaKey = 'peering-bot-request';

/** consul-k8s writes such keys to what it creates, but to no peering: there, only people do. */
const isManaged = (meta: PeeringState['Meta']): boolean =>
  meta['external-source'] === 'kubernetes' ||
  Object.keys(meta).some((key) => key.startsWith('consul.hashicorp.com/') || key.startsWith('k8s-'));

export const factOf = (peering: PeeringState): PeeringFact => ({
  id: peering.ID,
  state: peeringState(peering),
  dialer: peering.PeerServerAddresses.length > 0,
  madeBy: peering.Meta[metaKey] ?? null,
  modifyIndex: peering.ModifyIndex,
  peerId: peering.PeerID,
  managed: isManaged(peering.Meta),
});

/** Reads the present peering of a name; null if there is none. */
export const readPeering = async (
  client: Pick<ConsulClient, 'peeringState'>,
  peer: string,
  signal?: AbortSignal,
): Promise<Result<PeeringState | null, ConsulError>> => {
  const answer = await client.peeringState(peer, { signal });
  if (answer.ok) return answer;
  return answer.error.kind === 'not-found' && answer.error.cause === undefined ? success(null) : answer;
};

/** Reads the exported-services entry of a partition from the leader; null if there is none. */
export const readEntry = async (
  client: Pick<ConsulClient, 'configEntries'>,
  partition: string,
  signal?: AbortSignal,
): Promise<Result<{ readonly entry: ExportedServices; readonly index: number } | null, ConsulError>> => {
  const answer = await client.configEntries('exported-services', { signal });
  if (!answer.ok) return answer;
  const entry = answer.value.find(({ Name }) => Name === partition);
  return success(entry === undefined ? null : { entry, index: Number(entry['ModifyIndex']) });
};

/**
 * Reads the facts of a plan with the write token. Such a token may have no more than `peering = "write"`, or `mesh = "write"`
 * for exports, which does not show the agent: then the datacenter is the configured one.
 */
export const readFacts = async (
  client: ConsulClient,
  cluster: ClusterConfig,
  { peer, reads }: { readonly peer: string; readonly reads: FactSource },
  signal?: AbortSignal,
): Promise<Result<ClusterFacts, ConsulError>> => {
  const call = { signal };
  const partition = cluster.partition ?? 'default';
  const aboutExports = reads === 'exported-services';
  const [self, roots, peering, rights, entry] = await Promise.all([
    client.agentSelf(call),
    client.caRoots(call),
    aboutExports ? success(null) : readPeering(client, peer, signal),
    client.authorize([{ Resource: aboutExports ? 'mesh' : 'peering', Access: 'write' }], call),
    aboutExports ? readEntry(client, partition, signal) : undefined,
  ]);
  const disabled = !peering.ok && peering.error.cause === 'peering-disabled';
  const failed = [tolerating(self, 'permission-denied'), roots, tolerating(rights, 'acl-disabled')].find(
    (answer) => !answer.ok,
  );
  if (failed?.ok === false) return failed;
  if (!peering.ok && !disabled) return peering;
  if (entry?.ok === false) return entry;
  const agent = self.ok ? self.value.Config : undefined;
  const answering = agent?.Datacenter ?? '';
  const datacenter = cluster.datacenter ?? answering;
  const isElsewhere = answering !== '' && answering.toLowerCase() !== datacenter.toLowerCase();
  return success({
    name: cluster.name,
    address: cluster.address,
    datacenter,
    ...(isElsewhere && { answeringDatacenter: answering }),
    partition: cluster.partition ?? agent?.Partition ?? 'default',
    trustDomain: roots.ok ? roots.value.TrustDomain : '',
    peeringEnabled: !disabled,
    mayWrite: rights.ok ? rights.value.every(({ Allow }) => Allow) : true,
    peering: peering.ok && peering.value !== null ? factOf(peering.value) : null,
    ...(entry && { entry: entry.value }),
  });
};

const tolerating = <T>(answer: Answer<T>, cause: ConsulError['cause']): Answer<T> | { readonly ok: true } =>
  answer.ok || answer.error.cause === cause ? { ok: true } : answer;
