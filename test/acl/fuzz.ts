import { parseArgs } from 'node:util';
import { startConsul } from '../lab/consul';
import { compareMany, prepareCatalog } from './differential';

/**
 * `npm run fuzz:acl -- --count N --seed S`: the comparison of the differential test, for as many tokens as asked.
 * Consul keeps everything in memory, so every 5,000 tokens get servers of their own, and a seed of their own.
 */

const chunk = 5000;

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { count: { type: 'string', default: '10000' }, seed: { type: 'string' } },
  });
  const count = Number(values.count);
  const first = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(first)) {
    throw new Error('--count takes a number above 0, --seed a whole number');
  }
  for (let done = 0; done < count; done += chunk) {
    const seed = first + done / chunk;
    const tokens = Math.min(chunk, count - done);
    const agents = await Promise.all([startConsul({ acl: 'deny' }), startConsul({ acl: 'allow' })]);
    try {
      await Promise.all(agents.map(prepareCatalog));
      await compareMany(agents, { tokens, seed });
    } finally {
      await Promise.all(agents.map((agent) => agent.stop()));
    }
    process.stdout.write(`${done + tokens} of ${count} tokens agree; seed ${seed}\n`);
  }
};

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
