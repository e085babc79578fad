import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { type RedisServer, startRedis } from '../lab/redis';
import { manifest, startBotProcess } from './support';

jest.setTimeout(120_000);

interface RecordingProxy {
  readonly address: string;
  /** The hosts of tunnels, and anything else that was requested. */
  readonly seen: () => readonly string[];
  readonly stop: () => void;
}

/** A forward proxy that opens tunnels, and records to where. */
const startRecordingProxy = async (): Promise<RecordingProxy> => {
  const seen: string[] = [];
  const sockets = new Set<{ destroy: () => unknown }>();
  const server = createServer((request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(405).end();
  });
  server.on('connect', ({ url = '' }, socket, head) => {
    seen.push(url);
    const { hostname, port } = new URL(`http://${url}`);
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => [socket, onward].forEach((one) => one.destroy()));
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => seen,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

describeWith(['consul', 'redis'], 'an outbound proxy', () => {
  let agent: ConsulAgent;
  let redis: RedisServer;
  let slack: Workspace;
  let proxy: RecordingProxy;
  const ends: (() => unknown)[] = [];

  beforeEach(async () => {
    agent = await startConsul();
    ends.push(agent.stop);
    redis = await startRedis();
    ends.push(redis.stop);
    slack = await startWorkspace({ manifest });
    ends.push(slack.stop);
    proxy = await startRecordingProxy();
    ends.push(proxy.stop);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const checkOnce = async (env: Readonly<Record<string, string>>): Promise<void> => {
    const bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `clusters:\n  prod: { address: '${agent.address}', token: { env: TOKEN } }\n`,
      env: { TOKEN: agent.token, LOG_LEVEL: 'debug', ...env },
    });
    ends.push(() => bot.end('SIGKILL'));
    const { id } = people.requester;
    await slack.typeCommand(id, channels.platform, '/peering check prod');
    await slack.until(
      () => slack.messages(channels.platform).some(({ text }) => /ready for peering/.test(text)),
      'the answer',
      30_000,
    );
    // A refusal is answered through the address that came with the command.
    await slack.typeCommand(id, channels.platform, '/peering mute prod mesh-* for 7d x');
    await slack.until(() => slack.ephemerals(id).length > 0, 'the refusal', 30_000);
    expect(bot.output()).not.toContain('hunter2');
  };
  const hosts = (): ReadonlySet<string> => new Set(proxy.seen());
  const viaProxy = (): Record<string, string> => {
    const address = proxy.address.replace('//', '//someone:hunter2@');
    return { HTTPS_PROXY: address, HTTP_PROXY: address };
  };

  it('sees calls to Slack, Socket Mode included, and none to Consul', async () => {
    await checkOnce(viaProxy());
    expect([...hosts()]).toEqual([new URL(slack.apiUrl).host]);
    // More than the connections of Socket Mode.
    expect(proxy.seen().length).toBeGreaterThan(2);
  });

  it('is not used for the hosts of NO_PROXY', async () => {
    await checkOnce({ ...viaProxy(), NO_PROXY: '127.0.0.1,localhost' });
    expect([...hosts()]).toEqual([]);
  });
});
