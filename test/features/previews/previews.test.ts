import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace, type WorkspaceOptions } from '../../../sandbox/workspace/workspace';
import type { AccessConfig, Config } from '../../../src/config/config';
import { createReports } from '../../../src/features/history/reports.store';
import { runButtons } from '../../../src/features/history/run-buttons';
import type { RedisClient } from '../../../src/redis/redis';
import type { RunReport } from '../../../src/report/cluster-state';
import { manifest } from '../../local-manifest';
import { describeWith } from '../../lab/binaries';
import { waitFor } from '../../lab/process';
import { type RedisServer, startRedis } from '../../lab/redis';
import { connectTestRedis } from '../../redis-client';
import { missingPeer, reportOf } from '../../render/reports';
import { sealer } from '../../sealer';
import { startBotOn } from '../../slack/bot';
import { clusterOf, ownedBy } from '../../slack/support';

jest.setTimeout(60_000);

const { requester, guest } = people;
const robin = requester.id;
const { platform, partners, random } = channels;
const open: AccessConfig = { restrict: false, grants: [] };

const uiOf = (cluster: string): string => `https://${cluster}.consul.example.com/ui`;

const configOf = (access: AccessConfig): Config => {
  const peers: Readonly<Record<string, string>> = { west: 'west' };
  const names = ['east', 'west', 'new'];
  const owners = ownedBy(Object.fromEntries(names.map((name) => [name, { name }])));
  return {
    clusters: new Map(
      names.map((name) => [name, { ...clusterOf(name), peers: name === 'east' ? peers : {} }]),
    ),
    owners: new Map([...owners].map(([name, owner]) => [name, { ...owner, ui: uiOf(name) }])),
    access,
    history: { reports: 100, maxAgeMs: 86_400_000 },
  };
};

const reportOn = (name: string, over: Partial<RunReport> = {}): RunReport => ({
  ...reportOf([{ id: 'upstream-destination-peer', findings: [missingPeer] }]),
  startedAt: new Date(Date.now() - 60_000).toISOString(),
  cluster: { name, datacenter: `dc-${name}`, consulVersion: '1.20.1' },
  peers: [{ name: 'west', state: 'FAILING', lastHeardAt: '2026-01-02T03:04:05Z' }],
  otherSides: [],
  ...over,
});

describeWith(['redis'], 'a preview of a link', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let slack: Workspace;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'asking');
    await waitFor('redis', () => redis.status === 'ready');
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(() => redis.flushall());
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const begin = async (access = open, options: WorkspaceOptions = {}): Promise<void> => {
    slack = await startWorkspace({ manifest, ...options });
    ends.push(slack.stop);
    ends.push(
      await startBotOn(slack, server.url, configOf(access), { uses: { roles: ['bot'], queues: [] } }),
    );
  };
  const store = (run: string, report: RunReport): Promise<void> =>
    createReports(redis, sealer, { reports: 100, maxAgeMs: 86_400_000 }).save(run, report);
  const unfurls = () => slack.traffic.calls('chat.unfurl');
  const attachments = (channel = platform) => slack.messages(channel).flatMap((one) => one.attachments);
  const shown = async (channel = platform): Promise<string> =>
    slack.until(() => attachments(channel).length > 0 && JSON.stringify(attachments(channel)), 'the preview');
  /** Shares links that everyone may see, one after the other, until each has its own preview: what came before was dealt with. */
  const afterwards = async (): Promise<void> => {
    for (const text of [`${uiOf('new')}/last`, `${uiOf('new')}/very-last`]) {
      await slack.share(people.lead.id, platform, text);
      const isShown = () =>
        slack.messages(platform).some((one) => one.text === text && one.attachments.length > 0);
      await slack.until(isShown, 'the last preview');
    }
  };

  it('tells the newest result, the peering of the link, and offers to check', async () => {
    await store('1', reportOn('east'));
    await begin();
    await slack.share(robin, platform, `look: <${uiOf('east')}/dc-east/peers/west|the peering> please`);
    const text = await shown();
    expect(text).toMatch(/east is not ready/);
    expect(text).toMatch(/1 error/);
    expect(text).toMatch(/`west`: FAILING/);
    const [attachment] = attachments();
    expect(attachment).toMatchObject({ from_url: `${uiOf('east')}/dc-east/peers/west`, is_app_unfurl: true });
    expect(text).toContain(`"url":"${uiOf('east')}"`);
  });

  it('counts the findings that name the service of the link', async () => {
    await store('1', reportOn('east'));
    await begin();
    const [word = ''] = missingPeer.subject.name.split(/\s/);
    await slack.share(robin, platform, `${uiOf('east')}/dc-east/services/${word}`);
    expect(await shown()).toContain(`service \`${word}\`: named in 1 finding`);
  });

  it('has a button that starts a check by the person who clicks it', async () => {
    await begin();
    await slack.share(robin, platform, `${uiOf('new')}/dc1`);
    await shown();
    const [message] = slack.messages(platform);
    const { error } = await slack.click(people.lead.id, message?.ts ?? '', runButtons.runAgain.id);
    expect(error).toBeUndefined();
    // No worker runs, so the job waits; the message of the person stays as it is.
    await waitFor('the job', async () => (await redis.llen('{peering}:checks:wait')) === 1);
    expect(slack.messages(platform)[0]).toMatchObject({ text: `${uiOf('new')}/dc1` });
    expect(slack.traffic.calls('chat.update')).toEqual([]);
  });

  it('shows at most five links of a message, each once', async () => {
    await begin();
    const urls = Array.from({ length: 40 }, (_, n) => `${uiOf('new')}/dc/services/s${n}`);
    await slack.share(robin, platform, [...urls, ...urls].join(' '));
    await shown();
    expect(attachments().map((one) => one['from_url'])).toEqual(urls.slice(0, 5));
  });

  it('escapes what the link says', async () => {
    await store('1', reportOn('east'));
    await begin();
    await slack.share(robin, platform, `${uiOf('east')}/dc-east/peers/%3C!channel%3E%60*x*`);
    expect(await shown()).not.toContain('<!channel>');
    expect(slack.mentions()).toEqual([]);
  });

  it.each([
    ['another host', 'https://consul.example.com.evil.example/ui/dc1'],
    ['an unknown host of the domain', 'https://other.consul.example.com/ui/dc1'],
    ['a user before the host', 'https://east.consul.example.com@evil.example/ui/'],
    ['another path', 'https://east.consul.example.com/v1/kv'],
    ['another datacenter', `${uiOf('east')}/elsewhere/services`],
  ])('is not shown for %s', async (_, url) => {
    await store('1', reportOn('east'));
    await begin();
    await slack.share(robin, platform, url);
    await afterwards();
    expect(slack.messages(platform)[0]?.attachments).toEqual([]);
    expect(slack.ephemerals(robin)).toEqual([]);
    expect(unfurls()).toHaveLength(2);
  });

  it('is not shown to people of other organizations, nor for a link of a guest', async () => {
    await begin();
    await slack.share(robin, partners, `${uiOf('new')}/dc1`);
    await slack.share(guest.id, platform, `${uiOf('new')}/dc1`);
    await afterwards();
    expect(unfurls()).toHaveLength(2);
    expect(slack.ephemerals(guest.id)).toEqual([]);
  });

  it('is not shown while the message is written', async () => {
    await begin();
    await slack.compose(robin, `${uiOf('new')}/dc1`);
    await afterwards();
    expect(unfurls()).toHaveLength(2);
  });

  it('needs a right of everyone in that channel, not one of the person', async () => {
    const grants: AccessConfig['grants'] = [
      { allow: ['check'], users: [robin] },
      { allow: ['check'], clusters: ['new'], users: ['*'], channels: [platform] },
    ];
    await begin({ restrict: true, grants });
    await slack.share(robin, platform, `${uiOf('west')}/dc1`);
    await slack.share(robin, random, `${uiOf('new')}/dc1`);
    await afterwards();
    expect(unfurls()).toHaveLength(2);
  });

  it('hides a result that may be about a cluster that the channel may not see', async () => {
    await store('1', reportOn('east', { otherSides: ['west'] }));
    await begin({ restrict: true, grants: [{ allow: ['check'], clusters: ['east'], users: ['*'] }] });
    await slack.share(robin, platform, `${uiOf('east')}/dc-east/peers/west`);
    const text = await shown();
    expect(text).toMatch(/is not shown in this channel/);
    expect(text).not.toMatch(/FAILING|not ready|1 error/);
  });

  it('is shown for 20 messages of a person in a minute', async () => {
    await begin();
    for (let at = 0; at < 22; at += 1) await slack.share(robin, platform, `${uiOf('new')}/dc1?${at}`);
    await slack.until(() => unfurls().length >= 20, 'the previews');
    await afterwards();
    expect(unfurls()).toHaveLength(22);
  });

  it('is left out if Slack refuses it, with a bot that goes on', async () => {
    const scopes = manifest.scopes.filter((scope) => scope !== 'links:write');
    await begin(open, { manifest: { ...manifest, scopes } });
    await slack.share(robin, platform, `${uiOf('new')}/dc1`);
    await slack.until(() => unfurls().length === 1, 'the refused call');
    expect(attachments()).toEqual([]);
    expect(slack.ephemerals(robin)).toEqual([]);
  });
});
