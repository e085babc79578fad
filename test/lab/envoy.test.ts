import { describeWith } from './binaries';
import { startTrafficPair, type TrafficPair } from './envoy';
import { waitFor } from './process';

describeWith(['consul', 'envoy'], 'a pair with real Envoys', () => {
  let pair: TrafficPair;
  beforeAll(async () => {
    pair = await startTrafficPair();
  }, 120_000);
  afterAll(() => pair?.stop());

  const intend = (action: 'allow' | 'deny') =>
    pair.east.agent.call('PUT', '/v1/config', {
      Kind: 'service-intentions',
      Name: 'api',
      Sources: [{ Name: 'web', Peer: 'west', Action: action }],
    });

  it('lets HTTP through the peering, and stops it where an intention denies it', async () => {
    await waitFor('traffic', async () => (await pair.call()) === 200, { timeoutMs: 30_000 });
    await intend('deny');
    await waitFor('no traffic', async () => (await pair.call()) !== 200, { timeoutMs: 30_000 });
    await intend('allow');
    await waitFor('traffic again', async () => (await pair.call()) === 200, { timeoutMs: 30_000 });
  }, 120_000);
});
