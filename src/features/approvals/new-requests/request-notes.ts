import type { Actor } from '../../../access/actor';
import { consumerWords, effectWords } from '../../../render/impact-words';
import { count } from '../../../render/words';
import type { Impact } from '../../../report/impact';
import type { ClusterFacts } from '../plans/plan';
import { type NoteSource, requestKinds } from '../plans/kinds';
import { findOtherSide } from '../jobs/find-other-side';
import type { PlannedRequest } from '../requests/request';
import type { ApprovalServices } from '../jobs/sealed-job';
import type { TokenServices } from '../jobs/services';
import { tokenAddressNotes } from './token-addresses';
import type { JobRun } from '../../../queue/define';
import type { ReadSides } from '../runs/examine';

type Tools = Pick<ApprovalServices, 'config' | 'findImpact' | 'authorizer'> & {
  readonly tokens: Pick<TokenServices, 'readers'>;
  readonly requester: Actor;
};

type Notes = (
  request: PlannedRequest,
  sides: ReadSides,
  tools: Tools,
  run: Pick<JobRun, 'id' | 'signal'>,
) => Promise<readonly string[]>;

/** Maximum paths that a card lists. */
const maxPaths = 12;

/** Lists the paths that end with a peering. */
const describeImpact = ({ paths, notVisible }: Impact): readonly string[] => {
  const lines = paths.map((path) => `ends: ${consumerWords(path)} ${effectWords(path)}`);
  const left = lines.length - maxPaths;
  return [
    ...(lines.length === 0 ? ['no known service calls another one through this peering'] : []),
    ...lines.slice(0, maxPaths),
    ...(left > 0 ? [`ends: ${count(left, 'more path')}, which peering-bot impact lists`] : []),
    ...notVisible.slice(0, 3).map((words) => `not visible: ${words}`),
  ];
};

/**
 * Time for reads that only add notes, in ms. Without `peering:read`, an agent retries by itself and takes 1 to 8 s to refuse
 * (measured on 1.20.1, with a weak token and with none). The card does not wait for that.
 */
const notesMs = 1000;
const soonOf = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(notesMs)]);

/** True if a cluster does not list its peerings soon. Any other failure is named by the read that follows. */
const answersLate = async (
  name: string,
  { config, tokens }: Pick<Tools, 'config' | 'tokens'>,
  signal: AbortSignal,
): Promise<boolean> => {
  const cluster = config.clusters.get(name);
  const lease = cluster && tokens.readers.lease(cluster);
  if (!lease?.ok) return false;
  const soon = soonOf(signal);
  try {
    const read = await lease.value.client.peerings({ signal: soon });
    return !read.ok && soon.aborted;
  } finally {
    lease.value.release();
  }
};

/** Reads the impact from one side that has the peering or exports the service; the other side is read with it. */
const impactNotes: Notes = async (request, { acceptor }, tools, { id, signal }) => {
  const { config, findImpact, requester } = tools;
  const { peer, dialerPeer, service } = request;
  const atDialer = request.dialer !== null && acceptor.peering === null;
  const name = atDialer ? (request.dialer ?? '') : request.acceptor;
  const cluster = config.clusters.get(name);
  const hidden = (why: string) => [`the calls that end are not visible: ${why}`];
  if (cluster === undefined || findImpact === undefined) return hidden('this worker reads no clusters');
  const other = atDialer
    ? request.acceptor
    : (request.dialer ?? (await findOtherSide(request, requester, tools)));
  if (other === undefined) return hidden('the cluster at this peer is not one that the requester may check');
  const slow = await Promise.all([name, other].map((one) => answersLate(one, tools, signal)));
  const late = [name, other].filter((_, at) => slow[at]);
  if (late.length > 0) return hidden(`the peerings of ${late.join(' and ')} are not visible`);
  const part = service === undefined ? `peer/${atDialer ? (dialerPeer ?? '') : peer}` : `service/${service}`;
  const read = await findImpact(cluster, { requestId: id, signal, otherSides: [other], part });
  if (!read.ok) return hidden(read.error.message);
  if (!read.value.ok) return hidden(read.value.error);
  const impact = read.value.value;
  // Of a service, only the calls from the peer end.
  const paths = impact.paths.filter(({ consumer }) => service === undefined || consumer.cluster === other);
  return describeImpact({ ...impact, paths });
};

/** Warns of a service or a peer that does not exist, as far as the token for checks sees. */
const nameNotes: Notes = async ({ acceptor, service = '', peer }, _, { config, tokens }, { signal }) => {
  const cluster = config.clusters.get(acceptor);
  const lease = cluster && tokens.readers.lease(cluster);
  if (!lease?.ok) return [];
  const soon = soonOf(signal);
  try {
    const { client } = lease.value;
    const [services, peerings] = await Promise.all([
      client.catalogServices({ signal: soon }),
      client.peerings({ signal: soon }),
    ]);
    const notes: string[] = [];
    if (!services.ok) notes.push(`not visible: the services of ${acceptor}`);
    else if (!services.value.includes(service))
      notes.push(`Warning: no service ${service} is visible on ${acceptor}`);
    if (!peerings.ok) notes.push(`not visible: the peerings of ${acceptor}`);
    else if (!peerings.value.some(({ Name }) => Name === peer))
      notes.push(`Warning: no peering ${peer} is visible on ${acceptor}`);
    return notes;
  } finally {
    lease.value.release();
  }
};

/** consul-k8s leaves no mark on a peering, so approvers are asked where a cluster has nodes of Kubernetes. */
const kubernetesNotes: Notes = async (request, { acceptor, dialer }, { config, tokens }, { signal }) => {
  const note = async (facts: ClusterFacts, peer: string): Promise<readonly string[]> => {
    const cluster = config.clusters.get(facts.name);
    const lease = cluster && tokens.readers.lease(cluster);
    if (!lease?.ok || facts.peering === null) return [];
    try {
      const filter = '"synthetic-node" in Meta or "pod-name" in Meta';
      const nodes = await lease.value.client.catalogNodes({ filter, signal });
      if (!nodes.ok || nodes.value.length === 0) return [];
      const kind = facts.peering.dialer ? 'PeeringDialer' : 'PeeringAcceptor';
      return [
        `${facts.name} runs on Kubernetes. If a ${kind} ${peer} made the peering, change that resource instead: otherwise Kubernetes makes the peering again`,
      ];
    } finally {
      lease.value.release();
    }
  };
  const notes = await Promise.all([
    note(acceptor, request.peer),
    dialer === undefined ? [] : note(dialer, request.dialerPeer ?? ''),
  ]);
  return notes.flat();
};

const sources: Readonly<Record<NoteSource, Notes>> = {
  'token addresses': (request, _, tools, { signal }) => tokenAddressNotes(request, tools, signal),
  impact: impactNotes,
  Kubernetes: kubernetesNotes,
  names: nameNotes,
};

/** Reads the facts that the approvers of a request need beside its plan, a sentence each. */
export const requestNotes: Notes = async (request, sides, tools, run) => {
  const notes = await Promise.all(
    requestKinds[request.kind].notes.map((source) => sources[source](request, sides, tools, run)),
  );
  return notes.flat();
};
