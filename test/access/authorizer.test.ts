import { WebClient } from '@slack/web-api';
import { pino } from 'pino';
import type { AccessConfig } from '../../src/config/config';
import type { Actor } from '../../src/access/actor';
import { type Authorizer, createAuthorizer } from '../../src/access/authorizer';
import { manifest } from '../local-manifest';
import { channels, people, usergroups } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { sdkLogger } from '../../src/slack/sdk-logger';

const open: AccessConfig = { restrict: false, grants: [] };
const toLeads: AccessConfig = {
  restrict: true,
  grants: [
    { allow: ['check'], users: [people.requester.id] },
    { allow: ['token'], usergroups: [usergroups.leads], clusters: ['prod-*'] },
    { allow: ['token'], usergroups: [usergroups.oncall] },
  ],
};

describe('the authorizer', () => {
  let slack: Workspace;
  beforeEach(async () => {
    slack = await startWorkspace({ manifest });
  });
  afterEach(() => slack.stop());

  const authorizer = (access: AccessConfig, keepMs?: number): Authorizer =>
    createAuthorizer({
      client: new WebClient(slack.botToken, {
        slackApiUrl: slack.apiUrl,
        retryConfig: { retries: 0 },
        timeout: 500,
        logger: sdkLogger(pino({ level: 'silent' }), 'web-api'),
      }),
      access,
      home: { team: slack.teamId },
      ...(keepMs === undefined ? {} : { keepMs }),
    });
  const actor = (person: { id: string; teamId: string }, team = person.teamId): Actor => ({
    user: person.id,
    team,
    channel: channels.platform,
  });
  const check = { command: 'check', clusters: ['prod-east'] } as const;
  const token = { command: 'token', clusters: ['prod-east'] } as const;
  const calls = (method: string): number => slack.traffic.calls(method).length;
  const word = async (one: Authorizer, who: Actor, request: typeof check | typeof token): Promise<string> => {
    const answer = await one.authorize(who, request);
    if (!answer.ok) return `failure: ${answer.error.kind}`;
    return answer.value.kind === 'denied' ? answer.value.because : answer.value.kind;
  };

  it('tells members, guests, strangers and people whom Slack does not know', async () => {
    const one = authorizer(open);
    expect(await word(one, actor(people.requester), check)).toBe('allowed');
    expect(await word(one, actor(people.guest), check)).toBe('not-a-member');
    expect(await word(one, actor(people.stranger), check)).toBe('other-team');
    // A request that names the bot's own team for somebody of another one.
    expect(await word(one, actor(people.stranger, slack.teamId), check)).toBe('not-a-member');
    expect(await word(one, actor({ id: 'U0NOBODY', teamId: slack.teamId }), check)).toBe('not-a-member');
    expect(await word(one, actor(people.bot), check)).toBe('not-a-member');
  });

  it('asks Slack for user groups only where they decide', async () => {
    const one = authorizer(toLeads);
    expect(await word(one, actor(people.requester), check)).toBe('allowed');
    expect(calls('usergroups.users.list')).toBe(0);
    expect(await word(one, actor(people.requester), token)).toBe('not-granted');
    expect(await word(one, actor(people.approver), token)).toBe('allowed');
    expect(await word(one, actor(people.lead), token)).toBe('allowed');
    expect(calls('usergroups.users.list')).toBe(2);
  });

  it('needs the right for every cluster of a request', async () => {
    const one = authorizer(toLeads);
    const both = { command: 'token', clusters: ['prod-east', 'lab'] } as const;
    expect((await one.authorize(actor(people.approver), both)).ok).toBe(true);
    expect(await one.authorize(actor(people.approver), both)).toMatchObject({ value: { kind: 'denied' } });
    expect(await one.authorize(actor(people.lead), both)).toMatchObject({ value: { kind: 'allowed' } });
  });

  it('decides at once from what it remembers, and remembers only for a while', async () => {
    const one = authorizer(open, 150);
    expect(one.decide(actor(people.requester), check).kind).toBe('unsure');
    expect(calls('users.info')).toBe(0);
    await one.authorize(actor(people.requester), check);
    expect(one.decide(actor(people.requester), check).kind).toBe('allowed');
    await one.authorize(actor(people.requester), check);
    expect(calls('users.info')).toBe(1);
    const robin = slack.state.users.get(people.requester.id);
    if (robin) slack.state.users.set(robin.id, { ...robin, isRestricted: true });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(one.decide(actor(people.requester), check).kind).toBe('unsure');
    expect(await word(one, actor(people.requester), check)).toBe('not-a-member');
    expect(one.decide(actor(people.requester), check)).toEqual({ kind: 'denied', because: 'not-a-member' });
  });

  it('refuses people of another team without asking', async () => {
    const one = authorizer(open);
    expect(one.decide(actor(people.stranger), check)).toEqual({ kind: 'denied', because: 'other-team' });
    expect(await word(one, actor(people.stranger), check)).toBe('other-team');
    expect(calls('users.info')).toBe(0);
  });

  it.each([
    ['users.info', { kind: 'status', status: 500 }, 'failure: lost'],
    ['users.info', { kind: 'error', error: 'missing_scope' }, 'failure: refused'],
    ['usergroups.users.list', { kind: 'hang' }, 'failure: lost'],
    ['usergroups.users.list', { kind: 'error', error: 'missing_scope' }, 'failure: refused'],
  ] as const)('lets nobody in where %s fails', async (method, fault, expected) => {
    slack.faults.next(method, fault, 2);
    expect(await word(authorizer(toLeads), actor(people.lead), token)).toBe(expected);
  });

  it('takes a group that is gone for an empty one', async () => {
    slack.faults.next('usergroups.users.list', { kind: 'error', error: 'no_such_subteam' });
    expect(await word(authorizer(toLeads), actor(people.lead), token)).toBe('allowed');
  });

  it('knows a member of an organisation by its workspaces', async () => {
    const info = (user: object) => ({ users: { info: async () => ({ ok: true, user }) } });
    const decide = async (user: object, home: object) => {
      const one = createAuthorizer({
        client: { ...info(user), usergroups: {} } as never,
        access: open,
        home: { team: 'T1', ...home },
      });
      const answer = await one.authorize({ user: 'U1', team: 'T1', channel: 'C1' }, check);
      return answer.ok && answer.value.kind;
    };
    expect(
      await decide({ team_id: 'T2', enterprise_user: { enterprise_id: 'E1', teams: ['T1', 'T2'] } }, {}),
    ).toBe('allowed');
    expect(await decide({ team_id: 'T2', enterprise_user: { enterprise_id: 'E1', teams: ['T2'] } }, {})).toBe(
      'denied',
    );
    expect(
      await decide(
        { team_id: 'T2', enterprise_user: { enterprise_id: 'E1', teams: ['T2'] } },
        { organisation: 'E1' },
      ),
    ).toBe('allowed');
    expect(await decide({ team_id: 'T1', is_stranger: true }, {})).toBe('denied');
    expect(await decide({ team_id: 'T1', deleted: true }, {})).toBe('denied');
    expect(await decide({ team_id: 'T1', is_ultra_restricted: true }, {})).toBe('denied');
  });
});
