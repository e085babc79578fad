import type { ApproverSet, Config, OwnerConfig } from './config';
import { matchClusters } from './match-clusters';
import type { OnCallConfig } from './on-call';
import type { GivenOnCall } from './on-call-schema';
import type { GivenOwner, OwnerDefaults } from './owner-schema';
import { omitUndefined } from '../omit-undefined';

/**
 * Returns the owner of each cluster that has one. A usergroup of the cluster's own is another owner, which takes no
 * default: otherwise approvers of one team could come to decide about clusters of another. Without it, each field that the
 * cluster leaves out comes from the first entry of `owners` that matches it.
 */
export const resolveOwners = (
  clusters: Readonly<Record<string, { readonly owner?: GivenOwner | undefined }>>,
  defaults: OwnerDefaults = [],
): ReadonlyMap<string, OwnerConfig> =>
  new Map(
    Object.entries(clusters).flatMap(([name, { owner: own = {} }]) => {
      const found = defaults.find(
        (row) => matchClusters(row.clusters, [name], undefined).clusters.length > 0,
      );
      const merged: GivenOwner = own.usergroup === undefined ? { ...found, ...omitUndefined(own) } : own;
      const {
        usergroup,
        channel,
        approvers,
        labels,
        same_person,
        oncall,
        runbook,
        ui,
        name: called,
      } = merged;
      // The schema has reported an owner without either.
      if (usergroup === undefined || channel === undefined) return [];
      const { users = [], usergroups = [] } = approvers ?? { usergroups: [usergroup] };
      const resolved: OwnerConfig = {
        usergroup,
        channel,
        approvers: { users, usergroups },
        labels: labels ?? {},
        samePerson: same_person ?? false,
        ...omitUndefined({
          name: called,
          oncall: oncall === undefined ? undefined : toOnCall(oncall),
          runbook,
          ui,
        }),
      };
      return [[name, resolved] as const];
    }),
  );

const toOnCall = (given: GivenOnCall): OnCallConfig => {
  const {
    usergroup,
    severity = 'error',
    hours = [],
    zone = 'UTC',
  }: Exclude<GivenOnCall, string> = typeof given === 'string' ? { usergroup: given } : given;
  return { usergroup, severity, hours: Array.isArray(hours) ? hours : [hours], zone };
};

/** Default time limit of a request, in ms. */
export const defaultExpiryMs = 30 * 60_000;

type Owned = Pick<Config, 'owners' | 'approvals'>;

/** Returns the owner of a cluster; undefined if it has none. */
export const ownerOf = ({ owners }: Pick<Config, 'owners'>, cluster: string): OwnerConfig | undefined =>
  owners?.get(cluster);

/** One yes that a request needs: of one of these people, for these clusters. */
export interface NeededYes {
  readonly clusters: readonly string[];
  /** The channels in which they are asked; one, unless owners with the same approvers have several. */
  readonly channels: readonly string[];
  readonly approvers: ApproverSet;
  /** True if a person who also may give the other yes counts for both. */
  readonly samePerson: boolean;
}

/** Returns who approves changes of a cluster, and where: its owner, or else `approvals`. */
const approverOf = ({ owners, approvals }: Owned, cluster: string): NeededYes | undefined => {
  const found = owners?.get(cluster) ?? approvals;
  return (
    found && {
      clusters: [cluster],
      channels: [found.channel],
      approvers: found.approvers,
      samePerson: 'samePerson' in found && found.samePerson,
    }
  );
};

const keyOf = ({ approvers: { users, usergroups } }: NeededYes): string =>
  [...users, ...usergroups].toSorted().join();

/**
 * Returns each yes that a request about clusters needs: one of each owner, and one for all clusters with the same approvers.
 * Undefined if a cluster has neither an owner nor the default.
 */
export const neededYeses = (config: Owned, clusters: readonly string[]): readonly NeededYes[] | undefined => {
  const found = new Map<string, NeededYes>();
  for (const cluster of clusters) {
    const one = approverOf(config, cluster);
    if (one === undefined) return undefined;
    const before = found.get(keyOf(one));
    found.set(
      keyOf(one),
      before === undefined
        ? one
        : {
            ...before,
            clusters: [...before.clusters, cluster],
            channels: [...new Set([...before.channels, ...one.channels])],
            samePerson: before.samePerson && one.samePerson,
          },
    );
  }
  return [...found.values()];
};
