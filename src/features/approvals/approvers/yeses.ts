import type { Config } from '../../../config/config';
import { defaultExpiryMs, neededYeses, type NeededYes } from '../../../config/owners';
import { requestClusters } from '../requests/clusters';
import type { ApprovalRequest, GivenYes } from '../requests/request';

/** A request about clusters of two owners needs a yes of each. A person counts for one of them. */

/** A yes that a request needs, with the one that counts for it. */
export interface NeededWithYes extends NeededYes {
  readonly yes: GivenYes | null;
}

/** Splits a needed yes so that clusters that the signed request keeps apart stay apart. */
const splitBySides = (needed: NeededYes, sides: ApprovalRequest['sides'] = []): readonly NeededYes[] => {
  const parts = sides
    .map((side) => needed.clusters.filter((cluster) => side.includes(cluster)))
    .filter((clusters) => clusters.length > 0);
  return parts.length < 2 ? [needed] : parts.map((clusters) => ({ ...needed, clusters }));
};

/**
 * Returns each yes that a request needs as configured now, and never fewer than its signed sides. Undefined if
 * nobody approves for one of its clusters.
 */
export const yesesNeededBy = (
  request: Pick<ApprovalRequest, 'acceptor' | 'dialer' | 'sides'>,
  config: Pick<Config, 'owners' | 'approvals'>,
): readonly NeededYes[] | undefined =>
  neededYeses(config, requestClusters(request))?.flatMap((needed) => splitBySides(needed, request.sides));

const assign = (
  [next, ...rest]: readonly NeededYes[],
  given: readonly GivenYes[],
  mayRepeat: boolean,
): readonly NeededWithYes[] => {
  if (next === undefined) return [];
  const fitting = given.filter(({ clusters }) => next.clusters.every((one) => clusters.includes(one)));
  const ways = [...fitting, null].map((yes): readonly NeededWithYes[] => {
    const left = mayRepeat ? given : given.filter(({ by }) => by !== yes?.by);
    return [{ ...next, yes }, ...assign(rest, left, mayRepeat)];
  });
  return ways.reduce((best, way) => (countGiven(way) > countGiven(best) ? way : best));
};

/** Counts the needed yeses that were given. */
export const countGiven = (needed: readonly NeededWithYes[]): number =>
  needed.filter(({ yes }) => yes !== null).length;

/**
 * Assigns each yes to one of those that are needed, so that as many as possible are given. Nobody counts twice, unless every
 * owner allows that.
 */
export const assignYeses = (
  needed: readonly NeededYes[],
  given: readonly GivenYes[],
): readonly NeededWithYes[] =>
  assign(
    needed,
    given,
    needed.every(({ samePerson }) => samePerson),
  );

/** Returns the channels in which a request is decided, that of the acceptor first; at most two. */
export const approvalChannels = (
  request: Pick<ApprovalRequest, 'acceptor' | 'dialer'>,
  config: Pick<Config, 'owners' | 'approvals'>,
): readonly string[] => [
  ...new Set(
    requestClusters(request).flatMap((cluster) => neededYeses(config, [cluster])?.[0]?.channels ?? []),
  ),
];

/** Tells whether anybody approves requests for any cluster. */
export const isApprovalSetUp = ({ owners, approvals }: Pick<Config, 'owners' | 'approvals'>): boolean =>
  approvals !== undefined || (owners !== undefined && owners.size > 0);

/** Time limit of a request, in ms. */
export const expiryOf = ({ approvals }: Pick<Config, 'approvals'>): number =>
  approvals?.expiresMs ?? defaultExpiryMs;
