import type { HomeView, KnownBlock } from '@slack/types';
import type { AccessConfig, Config } from '../../../src/config/config';
import { renderFailure } from '../../../src/render/slack/failure';
import { renderHomeNotice } from '../../../src/features/home/home.message';
import { contextOf, type SlackServices } from '../../../src/slack/define';
import type { ListenerServices } from '../../../src/app/listeners';
import { loadHome } from '../../../src/features/home/load';
import type { RedisClient } from '../../../src/redis/redis';
import { createReports } from '../../../src/features/history/reports.store';
import { describeWith } from '../../lab/binaries';
import { waitFor } from '../../lab/process';
import { type RedisServer, startRedis } from '../../lab/redis';
import { expectView, outline } from '../../render/slack/held';
import { nameOf, reportOn, ring, storeReports } from '../../slack/stored';
import { actorOf, requestBy, clusterOf, configOf, fakeTools } from '../../slack/support';
import { sealer } from '../../sealer';
import { connectTestRedis } from '../../redis-client';

const open: AccessConfig = { restrict: false, grants: [] };
const only = (clusters: readonly string[]): AccessConfig => ({
  restrict: true,
  grants: [{ allow: ['check'], users: ['UMEMBER'], clusters }],
});

const at = (n: number): string => new Date(Date.now() - n * 60_000).toISOString();

describeWith(['redis'], 'what App Home shows', () => {
  let server: RedisServer;
  let redis: RedisClient;
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

  const keeping = { reports: 100, maxAgeMs: 86_400_000 };
  const toolsOf = (config: Config): SlackServices & ListenerServices => ({
    ...fakeTools({ config }).tools,
    reports: createReports(redis, sealer, keeping),
  });
  const load = async (
    tools: SlackServices & ListenerServices,
    page = 0,
    actor = actorOf('UMEMBER', 'T1', ''),
  ): Promise<HomeView> => {
    const view = await loadHome(page, contextOf(requestBy(actor), tools));
    expectView(view);
    return view;
  };
  const textOf = (view: HomeView): string => outline(view.blocks as KnownBlock[]);
  const heads = (text: string): readonly string[] =>
    [...text.matchAll(/^(?:🔴|🟢|🟡|⚪|▫️) \*\d+ {2}([\w-]+)\*/gmu)].map(([, name = '']) => name);

  it('shows two hundred clusters on ten pages, the worst first, each once', async () => {
    const clusters = ring(200);
    await storeReports(createReports(redis, sealer, keeping), clusters, 1);
    const tools = toolsOf({ ...configOf(open), clusters });
    const pages = [];
    for (let page = 0; page < 10; page += 1) pages.push(heads(textOf(await load(tools, page))));
    expect(pages.map(({ length }) => length)).toEqual(Array.from({ length: 10 }, () => 20));
    const all = pages.flat();
    expect(all.toSorted()).toEqual([...clusters.keys()]);
    const broken = [...clusters.keys()].filter((_, n) => n % 7 === 0);
    expect(all.slice(0, broken.length)).toEqual(broken);
    expect(all.slice(broken.length)).toEqual([...clusters.keys()].filter((_, n) => n % 7 !== 0));
    expect(heads(textOf(await load(tools, 9999)))).toEqual(pages[9]);
  });

  it('reads no whole report', async () => {
    const clusters = ring(3);
    await storeReports(createReports(redis, sealer, keeping), clusters, 2);
    for (const key of await redis.keys('peering:report:*')) await redis.del(key);
    expect(heads(textOf(await load(toolsOf({ ...configOf(open), clusters }))))).toHaveLength(3);
  });

  it('tells each peering as both of its sides see it', async () => {
    const clusters = new Map([
      ['a', { ...clusterOf('a'), peers: { bee: 'b', see: 'c', dee: 'd' } }],
      ['b', { ...clusterOf('b'), peers: { ay: 'a' } }],
      ['c', { ...clusterOf('c'), peers: { ay: 'a' } }],
      ['d', clusterOf('d')],
    ]);
    const { save } = createReports(redis, sealer, keeping);
    const report = (name: string, peers: Readonly<Record<string, string>>) => ({
      ...reportOn(clusters.get(name) ?? clusterOf(name), 1, { startedAt: at(1) }),
      peers: Object.entries(peers).map(([peer, state]) => ({ name: peer, state })),
    });
    await save('1', report('a', { bee: 'ACTIVE', see: 'PENDING', other: 'FAILING' }));
    await save('2', report('b', { ay: 'ACTIVE' }));
    await save('3', report('c', {}));
    const text = textOf(await load(toolsOf({ ...configOf(open), clusters })));
    const rows = text.split('\n').filter((line) => /^ +\d [a-d] /.test(line));
    // `d` was never checked, so it comes first.
    expect(rows.map((row) => row.trim().split(/\s+/))).toEqual([
      ['1', 'd', '·'],
      ['2', 'a', '–', '·', '●', '◌', '+1', '(1', '✕)'],
      ['3', 'b', '●', '·'],
      ['4', 'c', '–', '·'],
    ]);
    expect(text).toContain(
      'bee (b) ACTIVE both ways · see (c) PENDING here, missing there · dee (d) missing',
    );
    expect(text).toContain('other FAILING');
  });

  it('shows a person only what that person may see, not even the names of what it peers with', async () => {
    const clusters = ring(40);
    await storeReports(createReports(redis, sealer, keeping), clusters, 1);
    const config = { ...configOf(only([nameOf(1), nameOf(2)])), clusters };
    const view = await load(toolsOf(config));
    expect(heads(textOf(view))).toEqual([nameOf(1), nameOf(2)]);
    // The peers that a cluster reports itself stay, without the names of their clusters here.
    const known = new Set([0, 1, 2, 3].map(nameOf));
    const named = JSON.stringify(view).match(/cluster-\d{3}/g) ?? [];
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    expect(textOf(view)).toContain('*2 clusters*');
    expect(textOf(view)).not.toContain(', there');
  });

  it('says so where that is nothing', async () => {
    const view = await load(toolsOf({ ...configOf(only(['elsewhere'])), clusters: ring(3) }));
    expect(textOf(view)).toContain('You do not have access to any cluster');
    expect(JSON.stringify(view)).not.toContain('cluster-0');
  });

  it.each([
    ['a guest', actorOf('UGUEST', 'T1', '')],
    ['a stranger', actorOf('USTRANGER', 'T1', '')],
    ['somebody of another team', actorOf('UMEMBER', 'T2', '')],
    ['somebody whom Slack does not know', actorOf('UNOBODY', 'T1', '')],
  ])('refuses %s, and reads nothing for them', async (_, actor) => {
    const tools = toolsOf({ ...configOf(open), clusters: ring(3) });
    const reads = jest.spyOn(tools.reports, 'latest');
    const refusals = [renderFailure({ kind: 'other-team' })].map(renderHomeNotice);
    expect(refusals).toContainEqual(await load(tools, 0, actor));
    expect(reads).not.toHaveBeenCalled();
  });

  it('offers to connect clusters only to those who may ask for it', async () => {
    const offered = async (allow: readonly string[]): Promise<boolean> => {
      const access: AccessConfig = { restrict: false, grants: [{ allow, users: ['UMEMBER'] }] };
      return textOf(await load(toolsOf(configOf(access)))).includes('home:connect');
    };
    expect([await offered(['connect']), await offered(['token'])]).toEqual([true, false]);
  });

  it('lets nobody see anything while Slack cannot tell who it is', async () => {
    const tools = toolsOf({ ...configOf(open), clusters: ring(3) });
    const authorizer: SlackServices['authorizer'] = {
      ...tools.authorizer,
      authorize: async () => ({ ok: false, error: { kind: 'lost', reason: 'no answer' } }),
    };
    const view = await load({ ...tools, authorizer });
    expect(view).toEqual(renderHomeNotice(renderFailure({ kind: 'unexpected', requestId: 'request-1' })));
  });

  it('says that Redis is away', async () => {
    const tools = toolsOf({ ...configOf(open), clusters: ring(3) });
    const away = async (): Promise<never> => {
      throw new Error('closed');
    };
    const view = await load({ ...tools, reports: { ...tools.reports, latest: away } });
    expect(textOf(view)).toContain('Redis does not answer');
  });
});
