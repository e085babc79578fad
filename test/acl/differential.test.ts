import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { compareMany, prepareCatalog } from './differential';

describeWith(['consul'], 'the evaluator and a real Consul', () => {
  let agents: ConsulAgent[] = [];

  beforeAll(async () => {
    agents = await Promise.all([startConsul({ acl: 'deny' }), startConsul({ acl: 'allow' })]);
    await Promise.all(agents.map(prepareCatalog));
  }, 60_000);

  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.stop()));
  });

  it('agree on 2,000 random tokens, 20 questions each', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    process.stdout.write(`seed ${seed}\n`);
    await compareMany(agents, { tokens: 2000, seed });
  }, 300_000);
});
