import { randomBytes } from 'node:crypto';
import type { Fields } from './blocks/schema';
import type { Deliver } from './delivery';
import type { Channel, User } from './model';
import { appId, team } from './people';
import type { Settings } from './settings';
import type { ResponseUrl, State } from './state';

/** Shared parts of everything that people do. */

export interface DriverOptions {
  readonly state: State;
  readonly settings: Settings;
  readonly deliver: Deliver;
  readonly origin: string;
  /** Aborted when the workspace stops. */
  readonly signal: AbortSignal;
}

export interface Acting extends DriverOptions {
  readonly userOf: (id: string) => User;
  readonly channelOf: (id: string) => Channel;
  /** A one-time permission to open a view. */
  readonly newTrigger: (user: string, view?: string) => string;
  readonly newResponseUrl: (to: Omit<ResponseUrl, 'createdAt' | 'posts'>) => {
    readonly url: string;
    readonly entry: ResponseUrl;
  };
  /** Fields of all interaction payloads. */
  readonly common: (user: User) => Fields;
}

/** The value; throws where there is none, which is a mistake of the caller. */
export const present = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`the workspace has no ${what}`);
  return value;
};

export const createActing = (options: DriverOptions): Acting => {
  const { state, origin } = options;

  const userOf = (id: string): User => present(state.users.get(id), `user ${id}`);
  const channelOf = (id: string): Channel => present(state.channels.get(id), `channel ${id}`);

  const newTrigger = (user: string, view?: string): string => {
    const id = `${Date.now()}.${randomBytes(4).readUInt32BE()}.${randomBytes(16).toString('hex')}`;
    state.triggers.set(id, { user, createdAt: state.now(), used: false, ...(view ? { view } : {}) });
    return id;
  };

  const newResponseUrl = (
    to: Omit<ResponseUrl, 'createdAt' | 'posts'>,
  ): { url: string; entry: ResponseUrl } => {
    const key = randomBytes(16).toString('hex');
    const entry: ResponseUrl = { ...to, createdAt: state.now(), posts: 0 };
    state.responseUrls.set(key, entry);
    return { url: `${origin}/response/${key}`, entry };
  };

  const common = (user: User): Fields => ({
    token: 'legacy',
    api_app_id: appId,
    enterprise: null,
    is_enterprise_install: false,
    // The team that the app is installed in, also when someone of another team acts.
    team: { id: team.id, domain: team.domain },
    user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId },
  });

  return { ...options, userOf, channelOf, newTrigger, newResponseUrl, common };
};
