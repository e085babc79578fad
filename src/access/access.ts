import { type CommandName, openCommands } from '../config/commands';
import type { Access, Grant } from '../config/config';
import { matchesGlob } from '../config/glob';

/** The workspace (or organisation) that the bot is installed in. */
export interface Home {
  readonly team: string;
  /** Set where the bot is installed for a whole Enterprise organisation. */
  readonly organisation?: string;
}

/** Who acts, where. What has not been looked up is absent, and then nothing is decided that depends on it. */
export interface Actor {
  readonly user: string;
  readonly team: string;
  readonly organisation?: string;
  readonly channel: string;
  /** A full member of the workspace: no guest, no stranger of a shared channel, no bot. */
  readonly member?: boolean;
  readonly usergroups?: ReadonlySet<string>;
}

export type Decision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'denied'; readonly because: 'other-team' | 'not-a-member' | 'not-granted' }
  /** Depends on facts that are not at hand: look them up and ask again. */
  | { readonly kind: 'unsure' };

const allowed: Decision = { kind: 'allowed' };
const unsure: Decision = { kind: 'unsure' };

/**
 * Whether a person may give a command for a cluster (`undefined`: one that is about no cluster). The one rule for
 * commands and for buttons, which count as the command that they stand for. Pure: facts come with the actor.
 */
export const may = (
  access: Access,
  home: Home,
  actor: Actor,
  command: CommandName,
  cluster: string | undefined,
): Decision => {
  if (!isHome(home, actor)) return { kind: 'denied', because: 'other-team' };
  if (actor.member === false) return { kind: 'denied', because: 'not-a-member' };
  const right = rightOf(access, actor, command, cluster);
  if (right.kind !== 'allowed') return right;
  return actor.member === undefined ? unsure : allowed;
};

const isHome = (home: Home, actor: Actor): boolean =>
  actor.team === home.team || (home.organisation !== undefined && actor.organisation === home.organisation);

const rightOf = (
  access: Access,
  actor: Actor,
  command: CommandName,
  cluster: string | undefined,
): Decision => {
  if (openCommands.has(command) && !access.restrict) return allowed;
  const grants = access.grants.filter((grant) => applies(grant, actor, command, cluster));
  // `*` is every full member: whoever calls this asks for that as well.
  if (grants.some(({ users }) => users?.includes(actor.user) || users?.includes('*'))) return allowed;
  const groups = grants.flatMap(({ usergroups }) => usergroups ?? []);
  if (groups.length === 0) return { kind: 'denied', because: 'not-granted' };
  if (actor.usergroups === undefined) return unsure;
  return groups.some((group) => actor.usergroups?.has(group))
    ? allowed
    : { kind: 'denied', because: 'not-granted' };
};

const applies = (grant: Grant, actor: Actor, command: string, cluster: string | undefined): boolean =>
  (grant.allow.includes(command) || grant.allow.includes('*')) &&
  (grant.channels === undefined || grant.channels.includes(actor.channel)) &&
  (cluster === undefined ||
    grant.clusters === undefined ||
    grant.clusters.some((glob) => matchesGlob(glob, cluster)));

/** The user groups that any grant names. */
export const groupsNamed = (access: Access): readonly string[] => [
  ...new Set(access.grants.flatMap(({ usergroups }) => usergroups ?? [])),
];
