import type { Channel, Team, User, Usergroup } from './model';

/** The cast: who is in the workspace, and where. Ids are spoken so that tests and the page read well. */

export const team: Team = { id: 'T0PLATFORM', name: 'Platform', domain: 'platform' };
export const partnerTeam: Team = { id: 'T0PARTNER', name: 'Partner', domain: 'partner' };

const person = (id: string, name: string, realName: string, tz: string, more: Partial<User> = {}): User => ({
  id,
  teamId: team.id,
  name,
  realName,
  tz,
  isBot: false,
  isRestricted: false,
  isUltraRestricted: false,
  deleted: false,
  ...more,
});

export const people = {
  requester: person('U0REQUESTER', 'robin', 'Robin Vega', 'Europe/Berlin'),
  approver: person('U0APPROVER', 'avery', 'Avery Chen', 'America/New_York'),
  lead: person('U0LEAD', 'noa', 'Noa Lindqvist', 'Europe/Stockholm'),
  guest: person('U0GUEST', 'sam', 'Sam Okafor', 'Africa/Lagos', { isRestricted: true }),
  stranger: person('U0STRANGER', 'kit', 'Kit Moreau', 'Europe/Paris', { teamId: partnerTeam.id }),
  bot: person('U0BOT', 'peering', 'Peering', 'UTC', { isBot: true }),
  /** Says what Slack itself has to say, such as that a command failed. */
  slackbot: person('USLACKBOT', 'slackbot', 'Slackbot', 'UTC', { isBot: true }),
} as const;

export const appId = 'A0PEERING';
export const botId = 'B0PEERING';

/** Fresh copies, so that no test sees what another changed. */
export const defaultUsers = (): User[] => Object.values(people).map((user) => ({ ...user }));

const everyone = [people.requester.id, people.approver.id, people.lead.id];

const channel = (
  id: string,
  name: string,
  members: readonly string[],
  more: Partial<Channel> = {},
): Channel => ({
  id,
  name,
  kind: 'public',
  shared: false,
  archived: false,
  members: new Set(members),
  ...more,
});

export const channels = {
  platform: 'C0PLATFORM',
  approvals: 'C0APPROVALS',
  partners: 'C0PARTNERS',
  /** Private, and the bot is in. */
  leads: 'C0LEADS',
  /** Public, and the bot is not in. */
  random: 'C0RANDOM',
  /** Private, and the bot is not in. */
  secret: 'C0SECRET',
  archived: 'C0ARCHIVED',
} as const;

export const defaultChannels = (): Channel[] => [
  channel(channels.platform, 'platform', [...everyone, people.guest.id, people.bot.id]),
  channel(channels.approvals, 'peering-approvals', [...everyone, people.bot.id]),
  channel(channels.partners, 'partners', [...everyone, people.stranger.id, people.bot.id], { shared: true }),
  channel(channels.leads, 'platform-leads', [people.approver.id, people.lead.id, people.bot.id], {
    kind: 'private',
  }),
  channel(channels.random, 'random', [...everyone, people.guest.id]),
  channel(channels.secret, 'secret', [people.lead.id, people.requester.id], { kind: 'private' }),
  channel(channels.archived, 'old-migration', [...everyone, people.bot.id], { archived: true }),
];

export const usergroups = { leads: 'S0LEADS', oncall: 'S0ONCALL' } as const;

export const defaultUsergroups = (): Usergroup[] => [
  {
    id: usergroups.leads,
    handle: 'platform-leads',
    name: 'Platform leads',
    users: [people.approver.id, people.lead.id],
  },
  { id: usergroups.oncall, handle: 'oncall', name: 'On call', users: [people.lead.id] },
];
