import { actorOf } from '../../../access/actor';
import { consumerWords } from '../../../render/impact-words';
import type { ImpactedPath } from '../../../report/impact';
import type { JobRun } from '../../../queue/define';
import { findOtherSide } from '../jobs/find-other-side';
import type { ApprovalRequest } from '../requests/request';
import type { ApprovalServices } from '../jobs/sealed-job';

type Reached = Readonly<Record<ImpactedPath['reachable'], string>>;

const reached: Reached = {
  yes: 'calls arrive',
  no: 'calls do not arrive: /peering trace says why',
  unknown: 'it is not known whether calls arrive',
};

/** Words for the calls of a peering that was to end. */
const reachedAfterEnd: Reached = {
  ...reached,
  yes: 'calls still arrive',
  no: 'calls no longer arrive',
};

const pathFacts = (paths: readonly ImpactedPath[], words: Reached): readonly string[] =>
  paths
    .slice(0, maxPaths)
    .map((path) => `${consumerWords(path)} to ${path.destination.service}: ${words[path.reachable]}`);

type Tools = Pick<ApprovalServices, 'config' | 'findImpact' | 'authorizer'>;

/** Maximum paths that a card lists. */
const maxPaths = 8;

/**
 * Checks the calls from a peer to a service again, after its export was changed; a sentence for each. None if the requester may
 * not see the other side.
 */
export const checkPaths = async (
  request: ApprovalRequest,
  tools: Tools,
  { id, signal }: Pick<JobRun, 'id' | 'signal'>,
): Promise<readonly string[]> => {
  const { acceptor, service = '', requester } = request;
  const { config, findImpact } = tools;
  const cluster = config.clusters.get(acceptor);
  const other = await findOtherSide(request, actorOf({ ...request, user: requester }), tools);
  if (cluster === undefined || other === undefined || findImpact === undefined) return [];
  const part = `service/${service}`;
  const read = await findImpact(cluster, { requestId: id, signal, otherSides: [other], part });
  if (!read.ok || !read.value.ok) return ['the calls to it could not be checked again'];
  const paths = read.value.value.paths.filter(({ consumer }) => consumer.cluster === other);
  return pathFacts(paths, reached);
};

/**
 * Checks the calls between the two clusters of a peering again, after it was renewed or deleted; a sentence for each. Each cluster
 * tells of the calls of its own services. A peering that no service calls through has none.
 */
export const checkPairPaths = async (
  { kind, acceptor, dialer, peer, dialerPeer }: ApprovalRequest,
  { config, findImpact }: Tools,
  { id, signal }: Pick<JobRun, 'id' | 'signal'>,
): Promise<readonly string[]> => {
  if (findImpact === undefined || dialer === null || dialerPeer === null) return [];
  const sides = [
    { name: acceptor, other: dialer, part: `peer/${peer}` },
    { name: dialer, other: acceptor, part: `peer/${dialerPeer}` },
  ];
  const reads = await Promise.all(
    sides.map(async ({ name, other, part }) => {
      const cluster = config.clusters.get(name);
      const read =
        cluster && (await findImpact(cluster, { requestId: id, signal, otherSides: [other], part }));
      if (!read?.ok) return [`the calls of ${name} could not be checked again`];
      if (!read.value.ok) return [];
      const own = read.value.value.paths.filter(({ consumer }) => consumer.cluster === name);
      return pathFacts(own, kind === 'disconnect' ? reachedAfterEnd : reached);
    }),
  );
  return reads.flat();
};
