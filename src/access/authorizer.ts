import type { WebClient } from '@slack/web-api';
import type { CommandName } from '../config/commands';
import type { AccessConfig } from '../config/config';
import { type AccessDecision, groupsThatDecide, type Home, type KnownActor, may } from './access';
import type { Actor } from './actor';
import { callSlack, type SlackAnswer } from '../slack/api/call';

/** The right to run a command for clusters; no clusters: a command that needs none. */
export interface Permission {
  readonly command: CommandName;
  readonly clusters: readonly string[];
}

/** Decides for all clusters of a permission at once, with cached facts or with those that Slack returns. */
export interface Authorizer {
  /** Decides at once, from cached facts; `unsure` if only Slack can tell. */
  readonly decide: (actor: Actor, permission: Permission) => AccessDecision;
  /** Decides, and asks Slack if necessary. If Slack fails, nothing is allowed. */
  readonly authorize: (actor: Actor, permission: Permission) => Promise<SlackAnswer<AccessDecision>>;
}

export interface AuthorizerParts {
  readonly client: Pick<WebClient, 'users' | 'usergroups'>;
  readonly access: AccessConfig;
  readonly home: Home;
  /** Lifetime of cached answers from Slack, in ms. A person who was removed can act until it ends. */
  readonly keepMs?: number;
}

export const createAuthorizer = ({ client, access, home, keepMs = 60_000 }: AuthorizerParts): Authorizer => {
  const members = createCache<boolean>(keepMs);
  const groups = createCache<ReadonlySet<string>>(keepMs);
  const aboutOf = ({ clusters }: Permission): readonly (string | undefined)[] =>
    clusters.length === 0 ? [undefined] : clusters;
  const groupsFor = (actor: Actor, permission: Permission): readonly string[] =>
    groupsThatDecide(access, actor, permission.command, aboutOf(permission));

  const decideFor = (actor: KnownActor, permission: Permission): AccessDecision => {
    const { command } = permission;
    const decisions = aboutOf(permission).map((cluster) => may(access, home, actor, command, cluster));
    return (
      decisions.find(({ kind }) => kind === 'denied') ??
      decisions.find(({ kind }) => kind === 'unsure') ?? { kind: 'allowed' }
    );
  };

  const isMember = async (user: string): Promise<SlackAnswer<boolean>> => {
    const cached = members.get(user);
    if (cached !== undefined) return { ok: true, value: cached };
    const answer = await callSlack(() => client.users.info({ user }));
    if (answer.ok) return { ok: true, value: members.keep(user, isFullMember(answer.value.user, home)) };
    // A person whom Slack does not show to the bot is no member of this workspace.
    return refusedWith(answer, 'user_not_found', 'user_not_visible')
      ? { ok: true, value: members.keep(user, false) }
      : answer;
  };

  const membersOf = async (usergroup: string): Promise<SlackAnswer<ReadonlySet<string>>> => {
    const cached = groups.get(usergroup);
    if (cached !== undefined) return { ok: true, value: cached };
    const answer = await callSlack(() => client.usergroups.users.list({ usergroup }));
    if (answer.ok) return { ok: true, value: groups.keep(usergroup, new Set(answer.value.users)) };
    // A group that no longer exists grants nothing; the others still do.
    return refusedWith(answer, 'no_such_subteam', 'subteam_not_found')
      ? { ok: true, value: groups.keep(usergroup, new Set<string>()) }
      : answer;
  };

  return {
    decide: (actor, permission) => {
      const member = members.get(actor.user);
      const known = groupsFor(actor, permission).map((group) => [group, groups.get(group)] as const);
      const usergroups = known.flatMap(([group, users]) => (users?.has(actor.user) ? [group] : []));
      const allKnown = known.every(([, users]) => users);
      return decideFor(
        { ...actor, member, usergroups: allKnown ? new Set(usergroups) : undefined },
        permission,
      );
    },

    authorize: async (actor, permission) => {
      // A person of another team is always refused, so Slack is not asked.
      const atOnce = decideFor(actor, permission);
      if (atOnce.kind === 'denied') return { ok: true, value: atOnce };
      const member = await isMember(actor.user);
      if (!member.ok) return member;
      const known = { ...actor, member: member.value };
      const withoutGroups = decideFor(known, permission);
      if (withoutGroups.kind !== 'unsure') return { ok: true, value: withoutGroups };
      const usergroups = new Set<string>();
      for (const group of groupsFor(actor, permission)) {
        const users = await membersOf(group);
        if (!users.ok) return users;
        if (users.value.has(actor.user)) usergroups.add(group);
      }
      return { ok: true, value: decideFor({ ...known, usergroups }, permission) };
    },
  };
};

/** The fields of a Slack user that are used. */
interface SlackUser {
  readonly team_id?: string;
  readonly deleted?: boolean;
  readonly is_restricted?: boolean;
  readonly is_ultra_restricted?: boolean;
  readonly is_stranger?: boolean;
  readonly is_bot?: boolean;
  readonly enterprise_user?: { readonly enterprise_id?: string; readonly teams?: readonly string[] };
}

/** Guests are `is_restricted`; people of another organization are `is_stranger`, or belong to another team. */
const isFullMember = (user: SlackUser | undefined, home: Home): boolean => {
  if (user === undefined) return false;
  const { enterprise_user: inOrganisation } = user;
  const belongs =
    user.team_id === home.team ||
    inOrganisation?.teams?.includes(home.team) === true ||
    (home.organisation !== undefined && inOrganisation?.enterprise_id === home.organisation);
  const less =
    user.deleted || user.is_restricted || user.is_ultra_restricted || user.is_stranger || user.is_bot;
  return belongs && !less;
};

const refusedWith = (answer: SlackAnswer<unknown>, ...codes: readonly string[]): boolean =>
  !answer.ok && answer.error.kind === 'refused' && codes.includes(answer.error.code);

/** Maximum entries of a cache; when it is full, it starts again empty. */
const maxCached = 10_000;

const createCache = <T>(keepMs: number) => {
  const kept = new Map<string, { readonly until: number; readonly value: T }>();
  return {
    get: (key: string): T | undefined => {
      const entry = kept.get(key);
      return entry !== undefined && entry.until > Date.now() ? entry.value : undefined;
    },
    keep: (key: string, value: T): T => {
      if (kept.size >= maxCached) kept.clear();
      kept.set(key, { until: Date.now() + keepMs, value });
      return value;
    },
  };
};
