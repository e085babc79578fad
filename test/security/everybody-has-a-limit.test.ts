import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { manageDigest } from '../../src/features/digests/manage-digest';
import { homeButtons } from '../../src/features/home/home-buttons';
import { subscribeTo } from '../../src/features/subscriptions/change-subscription';
import { inputAction } from '../../src/render/slack/form';
import { admit } from '../../src/slack/admission';
import { contextOf } from '../../src/slack/define';
import { useStage } from '../features/digests/stage';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { startBotOn } from '../slack/bot';
import { actorOf, configOf, fakeTools, requestBy } from '../slack/support';
import { connectTestRedis } from '../redis-client';

jest.setTimeout(60_000);

const { requester, lead } = people;

describeWith(['redis'], 'App Home', () => {
  let server: RedisServer;
  let slack: Workspace;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    const redis = connectTestRedis(server.url, 'asking');
    await waitFor('redis', () => redis.status === 'ready');
    await redis.flushall();
    redis.disconnect();
    slack = await startWorkspace();
    ends.push(slack.stop);
    const uses = { roles: ['bot'], queues: [] } as const;
    ends.push(await startBotOn(slack, server.url, configOf(), { uses }));
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const published = (): number => slack.traffic.calls('views.publish').length;
  const openUntilShown = async (user: string): Promise<void> => {
    const before = published();
    await slack.openHome(user);
    await slack.until(() => published() > before, 'App Home');
  };

  it('is loaded at most 20 times a minute for one person', async () => {
    for (let at = 0; at < 20; at += 1) await openUntilShown(requester.id);
    await slack.openHome(requester.id);
    await slack.openHome(requester.id);
    await openUntilShown(lead.id);
    expect(published()).toBe(21);
  });

  it('has beside it forms that are searched at most 120 times a minute by one person', async () => {
    const search = async (user: string): Promise<boolean> => {
      const { ack } = await slack.deliver('interactive', {
        type: 'block_suggestion',
        user: { id: user, team_id: slack.teamId },
        team: { id: slack.teamId },
        view: { type: 'modal', callback_id: 'form:check', private_metadata: '[1,"C1",null]' },
        action_id: inputAction,
        block_id: 'cluster',
        value: 'prod-east',
      });
      return JSON.stringify(ack).includes('prod-east');
    };
    for (let at = 0; at < 120; at += 1) expect(await search(requester.id)).toBe(true);
    expect([await search(requester.id), await search(lead.id)]).toEqual([false, true]);
  });

  it('is not loaded for clicks beyond ten a minute, while commands count with them', async () => {
    await openUntilShown(requester.id);
    for (let at = 0; at < 10; at += 1) {
      const before = published();
      await slack.click(requester.id, 'home', homeButtons.refresh.id);
      await slack.until(() => published() > before, 'App Home after a click');
    }
    const before = published();
    await slack.click(requester.id, 'home', homeButtons.refresh.id);
    const { ack } = await slack.typeCommand(requester.id, channels.platform, '/peering help');
    expect(String(ack?.['text'])).toContain('more than 10 commands');
    await openUntilShown(lead.id);
    expect(published()).toBe(before + 1);
  });

  it.each([
    ['a member', requester.id, channels.platform],
    ['a person of another organization', people.stranger.id, channels.partners],
  ])(
    'and mentions of %s are answered ten times a minute, and once more that they are too many',
    async (_, user, channel) => {
      for (let at = 0; at < 30; at += 1) await slack.mention(user, channel, 'help');
      await slack.mention(lead.id, channel, 'help');
      await slack.until(() => slack.ephemerals(lead.id, channel).length > 0, 'the answer to another person');
      await slack.until(() => slack.ephemerals(user, channel).length >= 11, 'eleven answers');
      expect(slack.ephemerals(user, channel)).toHaveLength(11);
    },
  );
});

describeWith(['redis'], 'digests', () => {
  const stage = useStage();

  it('are at most 50 of one person, in all channels together', async () => {
    const here = await stage();
    for (let n = 0; n < 50; n += 1) await here.add({ channel: `C0OTHER${n}` });
    const change = {
      kind: 'add',
      clusters: ['all'],
      when: { cron: '0 9 * * *', words: 'daily' },
      zone: 'UTC',
      onlyChanges: false,
    };
    const add = (user: string) =>
      here.run(manageDigest, { change, channel: channels.platform, user, team: here.slack.teamId });
    expect(await add(requester.id)).toEqual({ kind: 'done', as: 'refused' });
    expect(await add(people.approver.id)).toEqual({ kind: 'done', as: 'added' });
    expect(await here.tools.digests.all()).toHaveLength(51);
  });
});

describe('subscriptions', () => {
  it('are at most 100 of one person, in all channels together', async () => {
    const { tools } = fakeTools();
    const filters = {
      severity: 'error',
      check: null,
      peer: null,
      everyMs: 300_000,
      broadcast: true,
    } as const;
    const subscribe = async (cluster: string, user: string, channel: string): Promise<void> => {
      const request = requestBy(actorOf(user, 'T1', channel));
      await subscribeTo(cluster, filters, contextOf(request, tools));
    };
    for (let n = 0; n < 100; n += 1) await subscribe('prod-east', 'UMEMBER', `C${n}`);
    const count = async (): Promise<number> => (await tools.subscriptions.all()).length;
    await subscribe('prod-west', 'UMEMBER', 'C1');
    expect(await count()).toBe(100);
    // A change of one that is there is no further one.
    await subscribe('prod-east', 'UMEMBER', 'C1');
    expect(await count()).toBe(100);
    await subscribe('prod-west', 'UOTHER', 'C1');
    expect(await count()).toBe(101);
  });
});

describe('a click that is refused', () => {
  it('counts as well', async () => {
    const { tools } = fakeTools({ config: configOf({ restrict: true, grants: [] }) });
    let counted = 0;
    const permission = { command: 'check', clusters: ['prod-east'] } as const;
    const refused = await admit(
      requestBy(actorOf('USTRANGER', 'T2')),
      { decidedBy: 'listener', permission },
      tools,
      async () => {
        counted += 1;
        return undefined;
      },
    );
    expect([refused.ok, counted]).toEqual([false, 1]);
  });
});
