import { type CommandName, openCommands } from '../config/commands';
import type { AccessConfig, Grant } from '../config/config';
import { matchesGlob } from '../config/match-glob';
import type { Actor } from './actor';

/** The workspace (or organisation) that the bot is installed in. */
export interface Home {
  readonly team: string;
  /** Set if the bot is installed for a whole Enterprise organization. */
  readonly organisation?: string | undefined;
}

/** An actor with facts from Slack. A fact that was not looked up is absent, and decides nothing. */
export interface KnownActor extends Actor {
  /** A full member of the workspace: no guest, no member of another organization in a shared channel, no bot. */
  readonly member?: boolean | undefined;
  readonly usergroups?: ReadonlySet<string> | undefined;
}

export type AccessDecision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'denied'; readonly because: 'other-team' | 'not-a-member' | 'not-granted' }
  /** Depends on facts that were not looked up. */
  | { readonly kind: 'unsure' };

const allowed: AccessDecision = { kind: 'allowed' };
const unsure: AccessDecision = { kind: 'unsure' };

/**
 * Decides whether an actor may run a command for a cluster (`undefined`: a command that needs no cluster). One
 * rule for commands and buttons; a button counts as its command. Pure: facts come with the actor.
 */
export const may = (
  access: AccessConfig,
  home: Home,
  actor: KnownActor,
  command: CommandName,
  cluster: string | undefined,
): AccessDecision => {
  if (!isHome(home, actor)) return { kind: 'denied', because: 'other-team' };
  if (actor.member === false) return { kind: 'denied', because: 'not-a-member' };
  const granted = decideByGrants(access, actor, command, cluster);
  if (granted.kind !== 'allowed') return granted;
  return actor.member === undefined ? unsure : allowed;
};

const isHome = (home: Home, actor: Actor): boolean =>
  actor.team === home.team || (home.organisation !== undefined && actor.organisation === home.organisation);

const decideByGrants = (
  access: AccessConfig,
  actor: KnownActor,
  command: CommandName,
  cluster: string | undefined,
): AccessDecision => {
  if (openCommands.has(command) && !access.restrict) return allowed;
  const grants = access.grants.filter((grant) => applies(grant, actor, command, cluster));
  // `*` stands for every full member; the caller checks the membership.
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

/** Returns the user groups that can decide whether an actor may run a command for clusters. */
export const groupsThatDecide = (
  access: AccessConfig,
  actor: Actor,
  command: CommandName,
  clusters: readonly (string | undefined)[],
): readonly string[] => [
  ...new Set(
    access.grants
      .filter((grant) => clusters.some((cluster) => applies(grant, actor, command, cluster)))
      .flatMap(({ usergroups }) => usergroups ?? []),
  ),
];
