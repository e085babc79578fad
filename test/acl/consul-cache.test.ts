import { evaluate } from '../../src/acl/evaluate';
import { rightsOfExpanded } from '../../src/acl/token';
import { ExpandedToken } from '../../src/consul/wire';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { ask } from './support';

/**
 * The comparison with Consul gives no policy to two tokens, for this reason: Consul 1.20.1 keeps parsed policies and, when a
 * token has several, writes the merged level of a service rule into the first of them (`PolicyMerger`). From then
 * on that policy grants as much to every token that is linked to it. See docs/acl.md.
 */
describeWith(['consul'], 'a policy that two tokens share', () => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startConsul({ acl: 'deny' });
  }, 60_000);
  afterAll(() => agent.stop());

  const makePolicy = async (name: string, level: string): Promise<string> => {
    const body = { Name: name, Rules: `service "web" { policy = "${level}" } # ${name}` };
    return (await agent.call<{ ID: string }>('PUT', '/v1/acl/policy', body)).ID;
  };

  const makeToken = (...ids: readonly string[]): Promise<{ AccessorID: string; SecretID: string }> =>
    agent.call('PUT', '/v1/acl/token', { Policies: ids.map((ID) => ({ ID })) });

  const consulAllows = async (secret: string): Promise<boolean> => {
    const body = [{ Resource: 'service', Access: 'write', Segment: 'web' }];
    const rows = await agent.call<{ Allow: boolean }[]>('POST', '/v1/internal/acl/authorize', body, secret);
    return rows[0]?.Allow === true;
  };

  /** Policies are merged in the order of their ids: tries until the weaker one comes first. */
  const inOrder = async (): Promise<readonly [weak: string, strong: string]> => {
    for (let attempt = 0; ; attempt += 1) {
      const weak = await makePolicy(`weak-${attempt}`, 'read');
      const strong = await makePolicy(`strong-${attempt}`, 'write');
      if (weak < strong) return [weak, strong];
    }
  };

  it('is evaluated by its rules, although Consul ignores them', async () => {
    const [weak, strong] = await inOrder();
    const both = await makeToken(weak, strong);
    const only = await makeToken(weak);
    expect(await consulAllows(both.SecretID)).toBe(true);
    expect(await consulAllows(only.SecretID)).toBe(true);

    const expanded = await agent.call('GET', `/v1/acl/token/${only.AccessorID}?expanded=true`);
    const rights = rightsOfExpanded(ExpandedToken.parse(expanded), 'dc1');
    expect(rights.ok && evaluate(rights.value.rights, ask('service:write:web')).allowed).toBe(false);
  });
});
