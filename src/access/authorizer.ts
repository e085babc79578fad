import type { WebClient } from '@slack/web-api';
import type { CommandName } from '../config/commands';
import type { Access } from '../config/config';
import { type Actor, type Decision, groupsNamed, type Home, may } from './access';
import { callSlack, type SlackAnswer } from '../slack/api/call';

/** What somebody wants to do: a command, and the clusters that it is about. */
export interface Wish {
  readonly command: CommandName;
  readonly clusters: readonly string[];
}

/** The question of `may` for all clusters of a wish, with the facts that this process remembers or Slack tells. */
export interface Authorizer {
  /** Decides at once, from what is remembered here; `unsure` where Slack would have to be asked. */
  readonly decide: (actor: Actor, wish: Wish) => Decision;
  /** Decides after asking Slack where necessary. A failure is Slack's, and then nothing is allowed. */
  readonly authorize: (actor: Actor, wish: Wish) => Promise<SlackAnswer<Decision>>;
}

export interface AuthorizerParts {
  readonly client: Pick<WebClient, 'users' | 'usergroups'>;
  readonly access: Access;
  readonly home: Home;
  /** How long an answer of Slack counts, in ms: so long may someone act who was just removed. */
  readonly keepMs?: number;
}

export const createAuthorizer = ({ client, access, home, keepMs = 60_000 }: AuthorizerParts): Authorizer => {
  const members = createMemory<boolean>(keepMs);
  const groups = createMemory<ReadonlySet<string>>(keepMs);
  const named = groupsNamed(access);

  const decideFor = (actor: Actor, { command, clusters }: Wish): Decision => {
    const about = clusters.length === 0 ? [undefined] : clusters;
    const decisions = about.map((cluster) => may(access, home, actor, command, cluster));
    return (
      decisions.find(({ kind }) => kind === 'denied') ??
      decisions.find(({ kind }) => kind === 'unsure') ?? { kind: 'allowed' }
    );
  };

  const isMember = async (user: string): Promise<SlackAnswer<boolean>> => {
    const remembered = members.recall(user);
    if (remembered !== undefined) return { ok: true, value: remembered };
    const answer = await callSlack(() => client.users.info({ user }));
    if (answer.ok) return { ok: true, value: members.keep(user, isFullMember(answer.value.user, home)) };
    // Somebody whom Slack does not show to the bot is no member here.
    return refusedWith(answer, 'user_not_found', 'user_not_visible')
      ? { ok: true, value: members.keep(user, false) }
      : answer;
  };

  const membersOf = async (usergroup: string): Promise<SlackAnswer<ReadonlySet<string>>> => {
    const remembered = groups.recall(usergroup);
    if (remembered !== undefined) return { ok: true, value: remembered };
    const answer = await callSlack(() => client.usergroups.users.list({ usergroup }));
    if (answer.ok) return { ok: true, value: groups.keep(usergroup, new Set(answer.value.users)) };
    // A group that is gone grants nothing; the others still do.
    return refusedWith(answer, 'no_such_subteam', 'subteam_not_found')
      ? { ok: true, value: groups.keep(usergroup, new Set<string>()) }
      : answer;
  };

  return {
    decide: (actor, wish) => {
      const member = members.recall(actor.user);
      const known = named.map((group) => [group, groups.recall(group)] as const);
      const usergroups = known.flatMap(([group, users]) => (users?.has(actor.user) ? [group] : []));
      return decideFor(
        {
          ...actor,
          ...(member === undefined ? {} : { member }),
          ...(known.every(([, users]) => users) ? { usergroups: new Set(usergroups) } : {}),
        },
        wish,
      );
    },

    authorize: async (actor, wish) => {
      // Somebody of another team is refused whatever Slack would say of them.
      const atOnce = decideFor(actor, wish);
      if (atOnce.kind === 'denied') return { ok: true, value: atOnce };
      const member = await isMember(actor.user);
      if (!member.ok) return member;
      const known = { ...actor, member: member.value };
      const withoutGroups = decideFor(known, wish);
      if (withoutGroups.kind !== 'unsure') return { ok: true, value: withoutGroups };
      const usergroups = new Set<string>();
      for (const group of named) {
        const users = await membersOf(group);
        if (!users.ok) return users;
        if (users.value.has(actor.user)) usergroups.add(group);
      }
      return { ok: true, value: decideFor({ ...known, usergroups }, wish) };
    },
  };
};

/** What Slack says of a person, as far as it is read. */
interface SlackUser {
  readonly team_id?: string;
  readonly deleted?: boolean;
  readonly is_restricted?: boolean;
  readonly is_ultra_restricted?: boolean;
  readonly is_stranger?: boolean;
  readonly is_bot?: boolean;
  readonly enterprise_user?: { readonly enterprise_id?: string; readonly teams?: readonly string[] };
}

/** Guests are restricted; people of another organisation are strangers, or belong to another team. */
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
  !answer.ok && answer.failure.kind === 'refused' && codes.includes(answer.failure.code);

/** At most so many entries; then the memory starts anew. */
const mostKept = 10_000;

const createMemory = <T>(keepMs: number) => {
  const kept = new Map<string, { readonly until: number; readonly value: T }>();
  return {
    recall: (key: string): T | undefined => {
      const entry = kept.get(key);
      return entry !== undefined && entry.until > Date.now() ? entry.value : undefined;
    },
    keep: (key: string, value: T): T => {
      if (kept.size >= mostKept) kept.clear();
      kept.set(key, { until: Date.now() + keepMs, value });
      return value;
    },
  };
};
