import type { WebClient } from '@slack/web-api';
import {
  type Authorizer,
  type AuthorizerParts,
  createAuthorizer,
  type Permission,
} from '../../../access/authorizer';
import type { ApproverSet, Config } from '../../../config/config';
import { failure, success } from '../../../result';
import { callSlack, type SlackAnswer } from '../../../slack/api/call';
import { requestKinds } from '../plans/kinds';

/** Stands for all clusters without an owner, also those that are no longer configured. No cluster has this name. */
const unowned = 'all';

/**
 * Creates the authorizer of approvers. They have their own permission, so that one rule decides about requesters and
 * approvers: the owner's approvers for its clusters, and those of `approvals` for all others.
 */
export const createApprovers = (
  { owners = new Map(), approvals }: Pick<Config, 'owners' | 'approvals'>,
  parts: Omit<AuthorizerParts, 'access'>,
): Authorizer => {
  const allow = Object.keys(requestKinds);
  const grant = (cluster: string, { users, usergroups }: ApproverSet) => ({
    allow,
    clusters: [cluster],
    users,
    usergroups,
  });
  const authorizer = createAuthorizer({
    ...parts,
    access: {
      restrict: true,
      grants: [
        ...[...owners].map(([cluster, { approvers }]) => grant(cluster, approvers)),
        ...(approvals === undefined ? [] : [grant(unowned, approvals.approvers)]),
      ],
    },
  });
  const byOwner = ({ command, clusters }: Permission): Permission => ({
    command,
    clusters: clusters.map((cluster) => (owners.has(cluster) ? cluster : unowned)),
  });
  return {
    decide: (actor, permission) => authorizer.decide(actor, byOwner(permission)),
    authorize: (actor, permission) => authorizer.authorize(actor, byOwner(permission)),
  };
};

/** Reads the members of a user group; none if it no longer exists. */
export const readMembers = async (
  client: Pick<WebClient, 'usergroups'>,
  usergroup: string,
): Promise<SlackAnswer<readonly string[]>> => {
  const answer = await callSlack(() => client.usergroups.users.list({ usergroup }));
  if (answer.ok) return success(answer.value.users ?? []);
  const { error } = answer;
  const isGone = error.kind === 'refused' && ['no_such_subteam', 'subteam_not_found'].includes(error.code);
  return isGone ? success([]) : failure(error);
};
