import type { Config } from '../config/config';
import { neededYeses, ownerOf } from '../config/owners';
import type { ListedApproval } from './lists';

/** Requests about one cluster, and about two. */
const kindsOfOne = ['token', 'export', 'unexport'];
const kindsOfTwo = ['connect', 'disconnect', 'renew'];

const listApproval = (config: Config, clusters: readonly string[]): ListedApproval => {
  const kinds = clusters.length === 1 ? kindsOfOne : kindsOfTwo;
  const yeses = neededYeses(config, clusters);
  const isEach = yeses !== undefined && yeses.length > 1;
  return {
    kinds,
    clusters,
    yeses: (yeses ?? []).map((yes) => ({
      clusters: yes.clusters,
      from: yes.clusters.some((name) => ownerOf(config, name) !== undefined) ? 'owner' : 'approvals',
      channels: yes.channels,
      users: yes.approvers.users,
      usergroups: yes.approvers.usergroups,
    })),
    samePerson: isEach && yeses.every(({ samePerson }) => samePerson),
    problem:
      yeses === undefined
        ? `nobody can approve: ${clusters.filter((name) => neededYeses(config, [name]) === undefined).join(' and ')} has no owner, and there is no approvals`
        : null,
  };
};

/** Lists who would be asked about requests for one cluster, or for two: about each, and about both. */
export const listApprovals = (config: Config, clusters: readonly string[]): readonly ListedApproval[] => [
  ...clusters.map((name) => listApproval(config, [name])),
  ...(clusters.length > 1 ? [listApproval(config, clusters)] : []),
];

/** Renders who would be asked as lines for a terminal. */
export const renderApprovals = (list: readonly ListedApproval[]): string =>
  list
    .map(({ kinds, clusters, yeses, samePerson, problem }) =>
      [
        `${kinds.join(', ')}: ${clusters.join(' and ')}`,
        ...yeses.map(({ clusters: covered, from, channels, users, usergroups }) => {
          const whom = [
            ...(usergroups.length > 0 ? [`members of ${usergroups.join(', ')}`] : []),
            ...(users.length > 0 ? [users.join(', ')] : []),
          ].join(', or ');
          return `  one yes for ${covered.join(' and ')} (${from}): ${whom}, in ${channels.join(' and ')}`;
        }),
        ...(yeses.length > 1
          ? [`  one person ${samePerson ? 'may say yes for both' : 'counts for one of them'}`]
          : []),
        ...(problem === null ? [] : [`  problem: ${problem}`]),
      ].join('\n'),
    )
    .join('\n');
