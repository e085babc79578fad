import type { NeededYes } from '../../../config/owners';
import type { NewYes } from '../store/approvals';
import { permittedClusters, type PermittedClusters } from '../approvers/permit';
import { requestClusters } from '../requests/clusters';
import type { ApprovalRecord, GivenYes } from '../requests/request';
import type { ApprovalServices, SealedContext } from '../jobs/sealed-job';
import { assignYeses, countGiven, type NeededWithYes, yesesNeededBy } from '../approvers/yeses';

type Tools = Pick<ApprovalServices, 'config'> &
  Pick<SealedContext<unknown>, 'tokens' | 'id' | 'attempt' | 'attempts' | 'log'>;

/** The yeses to a request, with the one that is given now. */
interface Weighed {
  readonly kind: 'weighed';
  /** Each yes that the request needs, with the one that counts for it. */
  readonly needed: readonly NeededWithYes[];
  /** The earlier yeses that still count. */
  readonly kept: readonly GivenYes[];
  /** People whose earlier yes no longer counts. */
  readonly dropped: readonly string[];
  readonly yes: NewYes;
  /** True if the yes adds to the earlier ones, or if they are enough. */
  readonly adds: boolean;
}

/**
 * Weighs each yes to a request with the configuration and the user groups as they are now: those of people who no longer
 * may approve do not count, also if they did when they were given.
 */
export const weighYeses = async (
  { request, yeses }: ApprovalRecord,
  person: Omit<NewYes, 'clusters'>,
  context: Tools,
): Promise<Weighed | Exclude<PermittedClusters, { kind: 'clusters' }>> => {
  const { config, tokens } = context;
  const clusters = requestClusters(request);
  const now: GivenYes[] = [];
  for (const { by, team, organisation, at } of [
    ...yeses.filter((yes) => yes.by !== person.by),
    // Times of Redis begin later: it marks the yes that is not stored yet.
    { ...person, at: 0 },
  ]) {
    const actor = { user: by, team, organisation, channel: '' };
    const may = await permittedClusters(actor, request.kind, clusters, tokens.approvers, context);
    if (may.kind !== 'clusters') {
      // The person who clicks is examined before this; it is an earlier yes that no longer counts.
      if (may.kind === 'refused' && may.sure) continue;
      return may;
    }
    now.push({ by, team, clusters: may.clusters, at, ...(organisation && { organisation }) });
  }
  const required: readonly NeededYes[] = yesesNeededBy(request, config) ?? [];
  const kept = now.filter(({ at }) => at !== 0);
  const own = now.find(({ at }) => at === 0);
  const { at: _, ...yes } = own ?? { ...person, clusters: [], at: 0 };
  const needed = assignYeses(required, now);
  const isEnough = needed.length > 0 && countGiven(needed) === needed.length;
  const isNew = own !== undefined && yeses.every(({ by }) => by !== person.by);
  return {
    kind: 'weighed',
    needed,
    kept,
    dropped: yeses.map(({ by }) => by).filter((by) => now.every((one) => one.by !== by)),
    yes,
    adds: isEnough || (isNew && countGiven(needed) > countGiven(assignYeses(required, kept))),
  };
};
