import { createConsulClient } from '../../src/consul/client';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';

jest.setTimeout(60_000);

describeWith(['consul'], 'keys of a real Consul', () => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startConsul();
  });
  afterAll(() => agent.stop());

  it('are written by check-and-set, with no more rights than their path', async () => {
    const { secret } = await agent.tokenWith('key "peering-bot/audit" { policy = "write" }');
    const client = createConsulClient({
      cluster: 'one',
      address: agent.address,
      token: secret,
      tls: {},
      allowPlainHttp: false,
    });
    const path = 'peering-bot/audit';
    try {
      expect(await client.readKey(path)).toEqual({ ok: true, value: undefined });
      expect(await client.writeKey(path, { seq: 1 }, 0)).toMatchObject({ ok: true, value: true });
      expect(await client.writeKey(path, { seq: 2 }, 0)).toMatchObject({ ok: true, value: false });
      const read = await client.readKey(path);
      expect(read).toMatchObject({ ok: true, value: { text: '{"seq":1}' } });
      const index = read.ok ? (read.value?.index ?? 0) : 0;
      expect(await client.writeKey(path, { seq: 2 }, index)).toMatchObject({ ok: true, value: true });
      expect(await client.readKey(path)).toMatchObject({ value: { text: '{"seq":2}' } });
      expect(await client.readKey('other')).toMatchObject({ ok: false });
    } finally {
      client.close();
    }
  });
});
