import { confirmApproval } from '../features/approvals/confirm-modal';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { audit } from '../../src/cli/commands/audit';
import { check } from '../../src/cli/commands/check';
import { clusters } from '../../src/cli/commands/clusters';
import { snapshot } from '../../src/cli/commands/snapshot';
import { approvalButtons } from '../../src/features/approvals/cards/buttons';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { runInProcess } from '../cli/support';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { freePorts, temporaryFolder, waitFor } from '../lab/process';
import { planted, plantWords } from '../lab/plant';
import { type Recorder, startRecorder } from '../lab/recorder';
import { type RedisServer, startRedis } from '../lab/redis';
import { foundIn } from '../lab/search';
import { type BotProcess, manifest, startBotProcess } from './support';

/**
 * One run of everything about peering tokens, with errors provoked, and then a search for every secret in whatever
 * was written anywhere. A recorder before each cluster knows all tokens that were made.
 */

jest.setTimeout(180_000);

const { requester: robin, lead: noa, approver: avery } = people;
const key = 'canary-key-of-at-least-32-characters';
/** The head of the trail is kept in a key of Consul, whose answers are planted too. */
const anchor = 'consul:prod-east/peering-bot/audit';
/** A peer whose name stands wherever something is written. The bot itself gets only the id of its request. */
const plant = 'plant-of-the-search';
const inEach = (sink: string): string => ({ bot: '"msg":"stopped"', metrics: 'prod-east' })[sink] ?? plant;

/** With `acl = "write"` Consul gives every token's SecretID to who reads it. */
const reads = `
acl = "write"
operator = "read"
mesh = "read"
peering = "read"
node_prefix "" { policy = "read" }
service_prefix "" { policy = "read" intentions = "read" }
agent_prefix "" { policy = "read" }
key "peering-bot/audit" { policy = "write" }
`;

const secretIn = (token: string): string =>
  (JSON.parse(Buffer.from(token, 'base64').toString()) as { EstablishmentSecret: string })
    .EstablishmentSecret;

/** That part of a token, as it is, which is its secret. */
const halfOf = (token: string): string => {
  const at = Buffer.from(token, 'base64').indexOf(secretIn(token));
  return token.slice(Math.ceil(at / 3) * 4, Math.floor((at + 36) / 3) * 4);
};

/** Forms in which a secret might be written. */
const disguises: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => encodeURIComponent(JSON.stringify({ text: secret })),
  (secret) => Buffer.from(`{"a":"${secret}"}`).toString('base64'),
  (secret) => gzipSync(secret).toString('latin1'),
  (secret) => `"${[...gzipSync(secret)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}"`,
  (secret) => deflateSync(secret).toString('base64'),
  (secret) => JSON.stringify({ packed: gzipSync(JSON.stringify({ secret })).toString('base64') }),
  (secret) => secret.slice(0, 100),
];

/** Records everything that is sent to Redis. */
const listen = async ({ port }: RedisServer): Promise<{ text: () => string; socket: Socket }> => {
  let heard = '';
  const socket = connect(port, '127.0.0.1');
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1');
  });
  socket.write('MONITOR\r\n');
  await waitFor('MONITOR', () => heard.startsWith('+OK'));
  return { text: () => heard, socket };
};

/** Registrations and config entries of each kind that checks read, for words to be planted in. */
const fillCluster = async (agent: ConsulAgent): Promise<void> => {
  const upstream = { DestinationName: 'api', DestinationPeer: plant, LocalBindPort: 9191, Config: {} };
  const sidecar = { Proxy: { Upstreams: [upstream], Config: { protocol: 'http' } } };
  const services = [
    { Name: 'web', Port: 80, Tags: ['v1'], Meta: { version: '1' }, Connect: { SidecarService: sidecar } },
    { Name: 'api', Port: 81, Connect: { SidecarService: {} } },
    { Kind: 'mesh-gateway', Name: 'mesh-gateway', Port: 8443, Proxy: { Config: {} } },
  ];
  for (const service of services) await agent.call('PUT', '/v1/agent/service/register', service);
  const entries = [
    { Kind: 'proxy-defaults', Name: 'global', Config: { protocol: 'http' }, MeshGateway: { Mode: 'none' } },
    { Kind: 'service-defaults', Name: 'api', Protocol: 'http' },
    {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Peer: 'wset' }] }],
    },
    { Kind: 'service-resolver', Name: 'billing', Redirect: { Service: 'billing', Peer: 'wset' } },
    { Kind: 'service-intentions', Name: 'api', Sources: [{ Name: 'web', Peer: 'wset', Action: 'deny' }] },
    { Kind: 'mesh', Peering: { PeerThroughMeshGateways: false } },
  ];
  for (const entry of entries) await agent.call('PUT', '/v1/config', entry);
};

/** Calls that bring an answer to a command. */
const answers: ReadonlySet<string> = new Set(['chat.postMessage', 'chat.update', 'response_url']);

/** Tells an answer from a message that only says what is being done. */
const ended = (request: string): boolean => !/reading|starting|waiting/i.test(request);

/** The capabilities that Slack hands out with a request: addresses for answers, and triggers for modals. */
const capabilitiesIn = (requests: string): Readonly<Record<string, string>> => {
  const found = [requests, decodeURIComponent(requests.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'))].flatMap(
    (text) => [...text.matchAll(/(?:response_url|trigger_id)"?[:=]\s*"?([^"&\s\\]+)/g)],
  );
  return Object.fromEntries(found.map(([name, value = '']) => [name, value]));
};

describeWith(['consul', 'redis'], 'no secret', () => {
  let east: ConsulAgent;
  let west: ConsulAgent;
  let recorders: Readonly<Record<'east' | 'west', Recorder>>;
  let redis: RedisServer;
  let slack: Workspace;
  let monitor: Awaited<ReturnType<typeof listen>>;
  let bots: readonly BotProcess[];
  let environment: Readonly<Record<string, string>>;
  let file: string;
  let ports: readonly number[];
  const ends: (() => unknown)[] = [];
  const printed: string[] = [];

  beforeAll(async () => {
    [east, west, redis, slack] = await Promise.all([
      startConsul({ datacenter: 'east' }),
      startConsul({ datacenter: 'west' }),
      startRedis({ appendOnly: true }),
      startWorkspace({ manifest, messageRate: { perSecond: 100, burst: 100 } }),
    ]);
    ends.push(east.stop, west.stop, redis.stop, slack.stop);
    const [one, other] = await Promise.all([
      startRecorder(east.address, plantWords),
      startRecorder(west.address, plantWords),
    ]);
    recorders = { east: one, west: other };
    ends.push(one.stop, other.stop);
    monitor = await listen(redis);
    ends.push(() => monitor.socket.destroy());
    await fillCluster(east);
    const gateway = await east.tokenWith('mesh = "write"');
    const tokens = await Promise.all(
      [east, west].flatMap((agent) => [agent.tokenWith(reads), agent.tokenWith('peering = "write"')]),
    );
    const [READ_EAST = '', WRITE_EAST = '', READ_WEST = '', WRITE_WEST = ''] = tokens.map(
      ({ secret }) => secret,
    );
    const text = `
clusters:
  prod-east:
    address: '${one.address}'
    token: { env: READ_EAST }
    peering_token: { env: WRITE_EAST }
    gateway_tokens: [{ gateway: mesh-gateway, accessor: ${gateway.accessor} }]
    peers: { west: prod-west }
  prod-west:
    address: '${other.address}'
    token: { env: READ_WEST }
    peering_token: { env: WRITE_WEST }
    peers: { east: prod-east }
access:
  - { allow: ['*'], users: [${robin.id}, ${noa.id}] }
approvals: { channel: ${channels.approvals}, approvers: { users: [${avery.id}] } }
`;
    const folder = await temporaryFolder('canaries');
    ends.push(folder.remove);
    file = join(folder.path, 'clusters.yml');
    await writeFile(file, text);
    environment = { READ_EAST, WRITE_EAST, READ_WEST, WRITE_WEST, GATEWAY: gateway.secret };
    ports = await freePorts(2);
    const start = (args: readonly string[], port: number | undefined): Promise<BotProcess> =>
      startBotProcess({
        slack,
        redisUrl: redis.url,
        clusters: text,
        args,
        env: {
          ...environment,
          PEERING_SIGNING_KEY: key,
          PEERING_AUDIT_ANCHOR: anchor,
          LOG_LEVEL: 'trace',
          HEALTH_PORT: String(port),
        },
      });
    bots = await Promise.all([start(['--role', 'bot'], ports[0]), start(['--role', 'worker'], ports[1])]);
    ends.push(...bots.map((bot) => () => bot.end('SIGKILL')));
  }, 120_000);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  const cardOf = (peer: string) =>
    slack.messages(channels.approvals).find(({ blocks }) => JSON.stringify(blocks).includes(peer));
  const says = (peer: string, word: string | RegExp): Promise<unknown> =>
    slack.until(
      () => JSON.stringify(cardOf(peer)?.blocks ?? '').match(word),
      `${word} on the card of ${peer}`,
      30_000,
    );
  const press = async (who: string, peer: string, action: keyof typeof approvalButtons): Promise<void> => {
    await says(peer, approvalButtons[action].id);
    await slack.click(who, cardOf(peer)?.ts ?? '', approvalButtons[action].id);
    if (action === 'approve') await confirmApproval(slack, who);
  };
  const shows = (word: string): Promise<unknown> =>
    slack.until(
      () => slack.views(robin.id).some(({ content }) => JSON.stringify(content).includes(word)),
      `${word} in a modal`,
      30_000,
    );
  /** Asks for a token, has it approved, and clicks Reveal. */
  const reveal = async (peer: string, who: string = robin.id): Promise<void> => {
    await slack.typeCommand(who, channels.platform, `/peering token prod-east ${peer} because of ${peer}`);
    await press(avery.id, peer, 'approve');
    await press(who, peer, 'reveal');
  };
  const close = async (): Promise<void> => {
    for (const { id } of [robin, noa]) while (slack.views(id).length > 0) await slack.closeView(id);
  };
  const tokenIn = (answer: string): string => {
    try {
      return (JSON.parse(answer) as { PeeringToken: string }).PeeringToken;
    } catch {
      return '';
    }
  };
  const made = (): readonly string[] =>
    recorders.east
      .calls()
      .filter(({ line }) => line === 'POST /v1/peering/token')
      .map(({ answer }) => tokenIn(answer));
  const command = async (line: string): Promise<void> => {
    const env = {
      ...environment,
      REDIS_URL: redis.url,
      PEERING_SIGNING_KEY: key,
      PEERING_AUDIT_ANCHOR: anchor,
      PEERING_CLUSTERS: file,
    };
    const { out, err } = await runInProcess([check, snapshot, audit, clusters], line.split(' '), { env });
    printed.push(out, err);
  };

  it('is found in any place that something is written to', async () => {
    const generation = 'POST /v1/peering/token';

    // As it should be.
    await reveal(plant);
    await shows('PEERING_TOKEN');
    await says(plant, 'was shown');
    await close();

    // Consul did it, and says 500 and everything that it made.
    recorders.east.answer(
      generation,
      500,
      (real) => `rpc error: ${tokenIn(real)} ${secretIn(tokenIn(real))}`,
    );
    await reveal('echo-of-token');
    await says('echo-of-token', approvalButtons.void.id);
    await close();
    recorders.east.answer(generation, 500, (real) => secretIn(tokenIn(real)));
    await press(robin.id, 'echo-of-token', 'void');
    await says('echo-of-token', 'voided');

    // Then an answer that is not of the expected shape.
    recorders.east.answer(generation, 200, (real) => real.slice(0, -9));
    await reveal('cut-short', noa.id);
    await says('cut-short', approvalButtons.void.id);
    await close();
    recorders.east.answer(generation, 200, (real) =>
      JSON.stringify({ PeeringToken: { [tokenIn(real)]: 1 } }),
    );
    await reveal('other-shape', noa.id);
    await says('other-shape', approvalButtons.void.id);
    await close();

    // Slack does not show it.
    recorders.east.during(generation, recorders.east.count(generation) + 1, 'before', () =>
      slack.faults.next('views.update', { kind: 'error', error: 'invalid_arguments' }),
    );
    await reveal('not-shown', noa.id);
    await says('not-shown', approvalButtons.void.id);
    await close();

    // A connect, in which the dialer repeats what it received and whom it trusts.
    recorders.west.answer(
      'POST /v1/peering/establish',
      500,
      () => `cannot ${made().at(-1)} for ${environment['WRITE_WEST']}`,
    );
    await slack.typeCommand(robin.id, channels.platform, '/peering connect prod-east prod-west together now');
    await press(avery.id, 'together now', 'approve');
    await says('together now', 'ACTIVE');

    // Everything else that writes something down.
    recorders.east.answer('GET /v1/peerings', 500, () => `not for ${environment['READ_EAST']}`);
    await slack.typeCommand(robin.id, channels.platform, '/peering check prod-east');
    await slack.until(
      () => slack.messages(channels.platform).some(({ text }) => /ready for peering|could not/i.test(text)),
      'a report',
      30_000,
    );
    await slack.typeCommand(robin.id, channels.platform, '/peering acl prod-east');
    for (const line of ['check prod-east', 'trace prod-east web api', 'impact prod-east api']) {
      const before = slack.traffic.all.length;
      await slack.typeCommand(robin.id, channels.platform, `/peering ${line}`);
      await slack.until(
        () =>
          slack.traffic.all.slice(before).some(({ what, request }) => answers.has(what) && ended(request)),
        `an answer to ${line}`,
        30_000,
      );
    }
    await slack.typeCommand(robin.id, channels.platform, '/peering digest add prod-east daily 09:00');
    await slack.typeCommand(robin.id, channels.platform, '/peering audit');
    await slack.openHome(robin.id);
    for (const line of [
      'check prod-east --format json',
      'check prod-east',
      'check prod-east --verbose',
      'snapshot prod-east',
      'clusters',
      'audit --format jsonl --verify',
      'audit',
    ]) {
      await command(line);
    }
    recorders.east.answer('GET /v1/catalog/nodes', 500, () => `not for ${environment['READ_EAST']}`);
    await command('snapshot prod-east');
    const metrics = await Promise.all(
      ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
    );
    for (const bot of bots) await bot.end('SIGTERM');

    expect(recorders.east.calls().some(({ line }) => line.startsWith('GET /v1/kv/peering-bot'))).toBe(true);
    const tokens = made();
    const shown = tokens.map((token) => slack.traffic.find(token).map(({ what }) => what));
    expect(tokens.length).toBeGreaterThanOrEqual(7);
    const views = new Set(tokens.flatMap((token) => slack.traffic.find(token)));
    // One delivered, one that Slack refused: each in its one call.
    expect(shown.filter((calls) => calls.length > 0)).toEqual([['views.update'], ['views.update']]);

    const sinks: Readonly<Record<string, string>> = {
      bot: bots[0]?.output() ?? '',
      worker: bots[1]?.output() ?? '',
      monitor: monitor.text(),
      aof: readdirSync(redis.folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.includes('.aof'))
        .map((name) => readFileSync(join(redis.folder, name)).toString('latin1'))
        .join(''),
      slack: slack.traffic.all
        .filter((exchange) => !views.has(exchange))
        .map(({ request, response }) => `${request}\n${response}`)
        .join('\n'),
      printed: printed.join('\n'),
      metrics: metrics.join('\n'),
    };
    const secrets: Readonly<Record<string, string>> = {
      ...environment,
      key,
      botToken: slack.botToken,
      appToken: slack.appToken,
      signingSecret: slack.signingSecret,
      management: east.token,
      planted,
      ...Object.fromEntries(
        tokens.flatMap((token, at) => [
          [`token ${at}`, token],
          [`secret of ${at}`, secretIn(token)],
          [`half of token ${at}`, halfOf(token)],
        ]),
      ),
    };
    const capabilities = capabilitiesIn(slack.traffic.all.map(({ request }) => request).join('\n'));
    expect(Object.keys(capabilities).length).toBeGreaterThan(20);
    const found = Object.entries(sinks).map(([sink, text]) => [
      sink,
      // Slack gets back what it gave.
      foundIn(text, sink === 'slack' ? secrets : { ...secrets, ...capabilities }),
    ]);
    expect(found).toEqual(Object.keys(sinks).map((sink) => [sink, []]));

    // Each place is one that the run has written to, and in which a secret would be found, however it is written.
    const written = Object.entries(sinks).map(([sink, text]) => [
      sink,
      foundIn(text, { known: inEach(sink) }),
    ]);
    expect(written).toEqual(Object.keys(sinks).map((sink) => [sink, ['known']]));
    for (const [sink, text] of Object.entries(sinks)) {
      for (const secret of [secrets['token 0'], secrets['half of token 0'], environment['WRITE_EAST']]) {
        const missed = disguises.filter(
          (disguise) =>
            foundIn(`${text}\n${disguise(secret ?? '')}\n`, { secret: secret ?? '' }).length === 0,
        );
        expect([sink, missed.map(String)]).toEqual([sink, []]);
      }
    }
  });
});
