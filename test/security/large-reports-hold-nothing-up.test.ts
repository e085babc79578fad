import { deliverReport } from '../../src/features/check/deliver-report';
import type { Rendering } from '../../src/slack/api/outbox/entry';
import { createOutboxStore } from '../../src/slack/api/outbox/outbox.store';
import type { RedisClient } from '../../src/redis/redis';
import { putAnswer } from '../../src/slack/api/outbox/outbox';
import { describeWith } from '../lab/binaries';
import { type RedisServer, startRedis } from '../lab/redis';
import { connectTestRedis } from '../redis-client';
import { huge } from '../render/reports';
import { sealer } from '../sealer';

/** Renders the answer to a check of a cluster with ten thousand findings. */
const renderHuge = async (): Promise<readonly Rendering[]> => {
  let finished: readonly Rendering[] = [];
  const reply = {
    requester: { user: 'U1' },
    finish: async (renderings: readonly Rendering[]) => {
      finished = renderings;
      return { kind: 'done', as: 'answered' };
    },
  };
  await deliverReport(huge, { id: 'run-1', reply, rationale: () => undefined, config: {} } as never);
  return finished;
};

afterEach(() => jest.restoreAllMocks());

describe('the answer to a check with ten thousand findings', () => {
  it('is rendered in slices, between which requests from Slack are served', async () => {
    // A clock that goes on by 1 ms whenever somebody looks.
    let nowMs = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => (nowMs += 1));
    let served = 0;
    let isRendering = true;
    const serve = (): void => {
      served += 1;
      if (isRendering) setImmediate(serve);
    };
    setImmediate(serve);
    const [first] = await renderHuge();
    isRendering = false;
    const lines = first?.file?.content.split('\n').length ?? 0;
    expect(lines).toBeGreaterThan(10_000);
    expect(served).toBeGreaterThan(lines / 20);
  });

  it('has one file, whichever way its messages are shown', async () => {
    const files = (await renderHuge()).map(({ file }) => file);
    expect(files).toHaveLength(3);
    expect(new Set(files).size).toBe(1);
  });
});

describeWith(['redis'], 'an answer with a large file', () => {
  let server: RedisServer;
  let redis: RedisClient;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'working');
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  it('is stored with its file once, and read with it in every rendering', async () => {
    const file = { filename: 'a.txt', title: 'a', content: 'x' };
    const other = { ...file, filename: 'b.txt' };
    const renderings = [file, undefined, file, other].map((one) => ({
      message: { text: 'a', blocks: [] },
      file: one,
    }));
    const target = { name: 'run', since: Date.now(), channel: 'C1', user: 'U1' };
    await putAnswer(createOutboxStore(redis, sealer), target, { renderings, final: true });
    // Another process remembers nothing.
    const read = (await createOutboxStore(redis, sealer).find('run')).entry?.renderings ?? [];
    expect(read.map((rendering) => rendering.file)).toEqual([file, undefined, file, other]);
    expect(read[2]?.file).toBe(read[0]?.file);
  });
});
