import { X509Certificate } from 'node:crypto';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace } from '../../sandbox/workspace/workspace';
import { manifest, startBotProcess } from '../e2e/support';
import { describeWith } from '../lab/binaries';
import { startConsul } from '../lab/consul';
import { readPeering, startPeeredPair } from '../lab/pair';
import { waitFor } from '../lab/process';
import { startRedis } from '../lab/redis';
import { sampleIn } from './support';

jest.setTimeout(120_000);

interface Line {
  readonly msg: string;
  readonly request?: string;
  readonly healthPort?: number;
  readonly method?: string;
}

describeWith(['consul', 'redis'], 'the whole bot, seen by its operator', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  it('shows a command in its metrics, and in its log under one request id from Slack to Consul', async () => {
    const consul = await startConsul();
    ends.push(consul.stop);
    const redis = await startRedis();
    ends.push(redis.stop);
    const slack = await startWorkspace({ manifest });
    ends.push(slack.stop);
    const bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `clusters: { prod-east: { address: '${consul.address}', token: { env: EAST_TOKEN } } }`,
      env: { EAST_TOKEN: consul.token, HEALTH_PORT: '0', LOG_LEVEL: 'debug' },
    });
    ends.push(() => bot.end('SIGKILL'));
    const lines = (): Line[] =>
      bot
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as Line);
    const { healthPort } = await waitFor('ready', () => lines().find(({ msg }) => msg === 'ready'));
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${healthPort}${path}`);
    expect((await get('/readyz')).status).toBe(200);

    await slack.typeCommand(people.requester.id, channels.platform, '/peering check prod-east');
    const { request } = await waitFor('the request', () =>
      lines().find((line) => line.msg === 'request' && line.request),
    );
    await waitFor(
      'its end',
      () => lines().some((line) => line.msg === 'job ended' && line.request === request),
      {
        timeoutMs: 60_000,
      },
    );

    for (const msg of ['called Consul', 'called Slack', 'job ended']) {
      const ids = lines().filter((line) => line.msg === msg && line.method !== 'apps.connections.open');
      // Who the bot is was asked before any command.
      const requests = new Set(ids.map(({ request }) => request).filter(Boolean));
      expect([msg, [...requests]]).toEqual([msg, [request]]);
    }
    expect(lines().filter(({ msg, request }) => msg === 'called Consul' && !request)).toEqual([]);

    const text = await (await get('/metrics')).text();
    expect(
      sampleIn(text, 'peering_bot_consul_calls_total{cluster="prod-east",outcome="ok"}'),
    ).toBeGreaterThan(5);
    expect(
      sampleIn(text, 'peering_bot_slack_calls_total{method="chat.postMessage",outcome="ok"}'),
    ).toBeGreaterThan(0);
    expect(text).toMatch(/peering_bot_job_duration_seconds_count\{name="check-cluster",outcome="[\w-]+"\} 1/);
    expect(text).toMatch(/peering_bot_verdict\{cluster="prod-east",verdict="[\w-]+"\} 1/);
    expect(sampleIn(text, 'peering_bot_slack_connected')).toBe(1);
    expect(text).not.toContain(consul.token);

    // The workspace goes away, and so does the connection.
    await slack.stop();
    const unready = await waitFor('the loss', async () => {
      const response = await get('/readyz');
      return response.status === 503 && response.text();
    });
    expect(unready).toContain('"what":"slack"');
    expect((await get('/livez')).status).toBe(200);
  });

  it('shows each peering as Consul has it, and no longer once it is deleted', async () => {
    const pair = await startPeeredPair();
    ends.push(pair.stop);
    const redis = await startRedis();
    ends.push(redis.stop);
    const slack = await startWorkspace({ manifest });
    ends.push(slack.stop);
    const { east, west } = pair;
    const bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `clusters:
  east: { address: '${east.agent.address}', token: { env: EAST_TOKEN }, peers: { ${east.peer}: west } }
  west: { address: '${west.agent.address}', token: { env: WEST_TOKEN }, peers: { ${west.peer}: east } }
`,
      env: {
        EAST_TOKEN: east.agent.token,
        WEST_TOKEN: west.agent.token,
        HEALTH_PORT: '0',
        LOG_LEVEL: 'info',
      },
    });
    ends.push(() => bot.end('SIGKILL'));
    const port = /"healthPort":(\d+)/.exec(bot.output())?.[1] ?? '';
    const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const jobs = (): number => bot.output().split('"msg":"job ended"').length - 1;
    const check = async (cluster: string): Promise<string> => {
      const before = jobs();
      await slack.typeCommand(people.requester.id, channels.platform, `/peering check ${cluster}`);
      await waitFor('the check', () => jobs() > before, { timeoutMs: 60_000 });
      return metrics();
    };

    const [text, peering] = [await check('west'), await readPeering(west.agent, west.peer)];
    const labels = `cluster="west",peer="${west.peer}"`;
    const sample = (name: string, more = '') =>
      sampleIn(text, `peering_bot_peering_${name}{${labels}${more}}`);
    expect(sample('state', `,state="${peering.State}"`)).toBe(1);
    expect(sample('imported_services')).toBe(peering.StreamStatus?.ImportedServices?.length);
    expect(sample('exported_services')).toBe(peering.StreamStatus?.ExportedServices?.length ?? 0);
    expect(sample('heartbeat_age_seconds')).toBeLessThan(45);
    const expiries = (peering.PeerCAPems ?? []).map(
      (pem) => Date.parse(new X509Certificate(pem).validTo) / 1000,
    );
    expect(sample('ca_expiry_timestamp_seconds')).toBe(Math.max(...expiries));
    const paths = ['pass', 'fail', 'unknown'].map((state) => sample('paths', `,state="${state}"`) ?? 0);
    expect(paths.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);

    await west.agent.call('DELETE', `/v1/peering/${west.peer}`);
    await waitFor('the end of the peering', async () => {
      const { body } = await west.agent.request<readonly object[]>('GET', '/v1/peerings');
      return body.length === 0;
    });
    expect(await check('west')).not.toContain('peer="');
  });

  it('ends with one line where the port is taken', async () => {
    const redis = await startRedis();
    ends.push(redis.stop);
    const slack = await startWorkspace({ manifest });
    ends.push(slack.stop);
    const bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `clusters: { prod-east: { address: 'http://127.0.0.1:1' } }`,
      env: { HEALTH_PORT: String(redis.port) },
    }).catch((error: unknown) => String(error));
    expect(bot).toMatch(/peering-bot: port \d+ is in use: set HEALTH_PORT/);
  });
});
