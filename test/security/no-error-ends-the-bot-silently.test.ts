import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startWorkspace } from '../../sandbox/workspace/workspace';
import { startBotProcess } from '../e2e/support';
import { describeWith } from '../lab/binaries';
import { temporaryFolder, waitFor } from '../lab/process';
import { startRedis } from '../lab/redis';

jest.setTimeout(120_000);

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

describeWith(['redis'], 'an error that nothing catches', () => {
  it.each([
    ['a rejected promise', 'Promise.reject(new TypeError("planted"))'],
    ['a thrown error', 'setTimeout(() => { throw new TypeError("planted"); })'],
  ])('is logged, and the bot stops as it always does: %s', async (_, mistake) => {
    const server = await startRedis();
    ends.push(server.stop);
    const slack = await startWorkspace();
    ends.push(slack.stop);
    const folder = await temporaryFolder('planted');
    ends.push(folder.remove);
    const plant = join(folder.path, 'plant.cjs');
    writeFileSync(plant, `process.once("SIGUSR2", () => { ${mistake}; });`);
    const bot = await startBotProcess({
      slack,
      redisUrl: server.url,
      clusters: 'clusters: { prod-east: { address: "http://127.0.0.1:1" } }\n',
      env: { NODE_OPTIONS: `--require ${plant}` },
    });
    ends.push(() => bot.end('SIGKILL'));
    process.kill(bot.pid, 'SIGUSR2');
    await waitFor('the end of the bot', () => !bot.running(), { timeoutMs: 60_000 });
    const lines = bot.output().split('\n').filter(Boolean);
    const messages = lines.flatMap((line): string[] => (line.startsWith('{') ? [JSON.parse(line).msg] : []));
    expect(messages.slice(messages.indexOf('stopping'))).toEqual(['stopping', 'stopped']);
    const fatal = lines.find((line) => line.includes('"level":"fatal"'));
    expect(JSON.parse(fatal ?? '{}').err).toMatchObject({ name: 'TypeError', message: 'planted' });
    // The status of a failure.
    expect(lines.at(-1)).toMatch(/^peering-bot: stopped after an unexpected error/);
  });
});
