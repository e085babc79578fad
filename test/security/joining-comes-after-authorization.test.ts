import { createClusterSlots } from '../../src/clusters/cluster-slots';
import { checkCluster } from '../../src/features/check/check-cluster';
import { createCheckLocks } from '../../src/features/check/check-locks.store';
import type { CheckContext } from '../../src/features/check/check-request';
import { commands } from '../../src/app/listeners';
import type { RedisClient } from '../../src/redis/redis';
import { renderFailure } from '../../src/render/slack/failure';
import type { NewContent } from '../../src/slack/api/outbox/delivery';
import { handleCommand } from '../../src/slack/handle-command';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { actorOf, configOf, fakeTools, noLimit, requestBy } from '../slack/support';
import { connectTestRedis } from '../redis-client';

const restricted = configOf({
  restrict: true,
  grants: [{ allow: ['check'], clusters: ['prod-east'], users: ['UMEMBER'] }],
});

const type = async (user: string, { tools }: Pick<ReturnType<typeof fakeTools>, 'tools'>) =>
  (await handleCommand('check prod-east', requestBy(actorOf(user)), commands, tools, noLimit)).reply;

describe('a command', () => {
  it('of somebody whom Slack has not been asked about joins nothing', async () => {
    const { tools, queued } = fakeTools({ config: restricted });
    await type('UMEMBER', { tools });
    expect(queued).toMatchObject([{ job: 'check-cluster', key: undefined }]);
    await tools.authorizer.authorize(actorOf('UMEMBER'), { command: 'check', clusters: ['prod-east'] });
    await type('UMEMBER', { tools });
    expect(queued[1]).toMatchObject({ job: 'check-cluster', key: 'C1/prod-east//by/UMEMBER' });
  });
});

describeWith(['redis'], 'a job', () => {
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

  /** The first message of the first job, once it is posted. */
  let shown: object | undefined;

  const run = async (id: string, allowed: boolean, check: () => Promise<unknown>): Promise<unknown[]> => {
    const messages: unknown[] = [];
    const context = {
      id,
      since: Date.now(),
      attempt: 1,
      attempts: 3,
      signal: new AbortController().signal,
      payload: { cluster: 'prod-east', peer: null, channel: 'C1', user: 'U1', team: 'T1' },
      config: configOf(),
      checkLocks: createCheckLocks(redis),
      clusterSlots: createClusterSlots(5),
      reports: { find: async () => undefined, save: async () => undefined },
      messageRefs: { find: async () => undefined, posted: async () => undefined },
      authorizer: {
        authorize: async () => ({
          ok: true,
          value: allowed ? { kind: 'allowed' } : { kind: 'denied', because: 'not-granted' },
        }),
      },
      poster: { tryEdit: async () => undefined },
      outbox: {
        unanswered: { list: async () => [], nameNotes: async () => [] },
        find: async (name: string) => (name === 'first' ? shown : undefined),
        put: async (_: unknown, { renderings, final }: NewContent) => {
          if (final) messages.push(renderings[0]?.message);
          return { ref: { channel: 'C1', ts: '1' }, seq: 1 };
        },
        deliver: async () => undefined,
      },
      isHeld: async () => true,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      check,
      botName: 'bot',
    };
    const { kind } = await checkCluster.handle(context as unknown as CheckContext);
    return kind === 'delay' ? [...messages, kind] : messages;
  };

  it('of somebody without access neither learns of a check nor keeps others from theirs', async () => {
    let finish = (): void => undefined;
    const failed = { ok: false, error: { cause: 'forbidden', message: 'no', temporary: false } };
    let isChecking = false;
    const first = run('first', true, () => {
      isChecking = true;
      return new Promise((done) => (finish = () => done(failed)));
    });
    await waitFor('the check', () => isChecking);
    const joined = renderFailure({ kind: 'joined', cluster: 'prod-east' });
    // Until its message is in the channel, its answer may reach only the person who requested it.
    expect(await run('second', true, async () => failed)).toEqual(['delay']);
    shown = { way: 'channel', ref: null, final: false };
    expect(await run('second', true, async () => failed)).toEqual(['delay']);
    const ref = { channel: 'C1', ts: '1' };
    shown = { way: 'response-url', ref, final: false };
    expect(await run('second', true, async () => failed)).toEqual(['delay']);
    shown = { way: 'channel', ref, final: false };
    // It says so, and waits until that answer is in the channel.
    expect(await run('second', true, async () => failed)).toEqual([joined, 'delay']);
    const refused = await run('third', false, async () => failed);
    expect(refused).toHaveLength(1);
    expect(refused).not.toEqual([joined]);
    finish();
    await first;
    // The refused one holds nothing, and the first has let go.
    expect(await run('fourth', true, async () => failed)).not.toContainEqual(joined);
  });
});
