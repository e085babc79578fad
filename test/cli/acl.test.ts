import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { acl } from '../../src/cli/commands/acl';
import { gatewayRules } from '../../src/checks/examples/acl';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { temporaryFolder } from '../lab/process';
import { runInProcess } from './support';

/** Text that acts on a terminal, as the description of a token. */
const hostile = 'gateways \u001b]0;owned\u0007\u202e <!channel>\nnext';

describeWith(['consul'], 'peering-bot acl', () => {
  let agent: ConsulAgent;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let gateway = '';

  beforeAll(async () => {
    agent = await startConsul({ acl: 'deny' });
    folder = await temporaryFolder('acl');
    await agent.call('PUT', '/v1/catalog/register', {
      Node: 'gw-1',
      Address: '127.0.0.1',
      Service: { Kind: 'mesh-gateway', Service: 'mesh-gateway', Port: 8443 },
    });
    const rules = `${gatewayRules.replace('mesh = "write"\n', '')}key_prefix "" { policy = "write" }\n`;
    const policy = await agent.call<{ ID: string }>('PUT', '/v1/acl/policy', {
      Name: 'gateway',
      Rules: rules,
    });
    const token = await agent.call<{ AccessorID: string }>('PUT', '/v1/acl/token', {
      AccessorID: 'aaaaaaaa-1111-4222-8333-000000000001',
      Policies: [{ ID: policy.ID }],
      Description: hostile,
    });
    await agent.call('PUT', '/v1/acl/token', { AccessorID: 'aaaaaaaa-1111-4222-8333-000000000002' });
    gateway = token.AccessorID;
  }, 60_000);

  afterAll(async () => {
    await agent.stop();
    folder.remove();
  });

  /** Runs with a clusters file that says this much more of the cluster. */
  const run = async (args: readonly string[], more = '', token = agent.token) => {
    const file = join(folder.path, 'clusters.yml');
    const text = `clusters:\n  prod:\n    address: ${agent.address}\n    token: { env: TOKEN }\n${more}`;
    writeFileSync(file, text);
    return runInProcess([acl], ['acl', ...args, '--clusters', file], { env: { TOKEN: token } });
  };

  const named = (accessor: string): string =>
    `    gateway_tokens: [{ gateway: mesh-gateway, accessor: ${accessor} }]\n`;

  it('inspects the tokens that the clusters file names, and offers what is missing', async () => {
    const { code, out } = await run(['prod'], named(gateway));
    expect(code).toBe(1);
    expect(out).toContain('✗ mesh:write');
    expect(out).toContain('consul acl policy create');
    expect(out).toContain('key_prefix');
    expect(out).not.toMatch(/[\u001b\u0007\u202e]/u);
  });

  it('names candidates where the clusters file names none', async () => {
    const other = await agent.tokenWith(gatewayRules);
    const { code, out } = await run(['prod']);
    expect(code).toBe(0);
    expect(out).toContain(other.accessor);
    await agent.call('DELETE', `/v1/acl/token/${other.accessor}`);
  });

  it('takes the beginning of an accessor where it is unique', async () => {
    expect((await run(['prod', gateway.slice(0, 36)])).code).toBe(1);
    const own = await agent.call<{ AccessorID: string }>('GET', '/v1/acl/token/self');
    expect((await run(['prod', own.AccessorID.slice(0, 8)])).code).toBe(0);
  });

  it.each([
    ['an ambiguous one', 'aaaaaaaa', '000000000002'],
    ['one of no token', 'bbbbbbbb-1111', 'no token'],
    ['a whole one of no token', 'bbbbbbbb-1111-4222-8333-000000000001', 'no token'],
    ['one that is too short', 'aaaaaaa', 'at least its first 8'],
    ['something else', 'x'.repeat(500), 'cannot be an accessor'],
  ])('says what is wrong with %s', async (_, accessor, expected) => {
    const { code, out, err } = await run(['prod', accessor]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(expected);
  });

  it('says which rule is missing where tokens may not be read', async () => {
    const weak = await agent.tokenWith('service_prefix "" { policy = "read" }');
    const { code, err } = await run(['prod', gateway], '', weak.secret);
    expect(code).toBe(3);
    expect(err).toContain('acl = "read"');
  });

  it('answers --can in the form that scripts rely on', async () => {
    const rights = ['service:write:mesh-gateway', 'mesh:write', 'service:read', 'key:write:a:b'];
    const { code, out } = await run([
      'prod',
      gateway,
      ...rights.flatMap((right) => ['--can', right]),
      '--format',
      'json',
    ]);
    expect(code).toBe(1);
    const answer = JSON.parse(out) as { accessor: string; can: Record<string, unknown>[] };
    expect(answer.accessor).toBe(gateway);
    expect(
      answer.can.map(({ resource, access, segment, allowed }) => [resource, access, segment, allowed]),
    ).toEqual([
      ['service', 'write', 'mesh-gateway', true],
      ['mesh', 'write', '', false],
      ['service', 'read', '', true],
      ['key', 'write', 'a:b', true],
    ]);
    for (const row of answer.can) {
      expect(Object.keys(row)).toEqual(['resource', 'access', 'segment', 'allowed', 'because']);
    }
  });

  it('without an accessor --can asks about the bot itself', async () => {
    const weak = await agent.tokenWith('acl = "read"\n');
    expect((await run(['prod', '--can', 'acl:read'], '', weak.secret)).code).toBe(0);
    expect((await run(['prod', '--can', 'acl:write'], '', weak.secret)).code).toBe(1);
    const withoutAcl = await agent.tokenWith('mesh = "read"\n');
    expect((await run(['prod', '--can', 'mesh:read'], '', withoutAcl.secret)).code).toBe(3);
  });

  it.each([
    ['servce:read', 'service'],
    ['service:list', 'read, write'],
    ['mesh:write:x', 'no names'],
    ['service', 'expected RESOURCE:ACCESS'],
  ])('refuses --can %s and says what was expected', async (right, expected) => {
    const { code, err } = await run(['prod', '--can', right]);
    expect(code).toBe(2);
    expect(err).toContain(expected);
  });

  it('never shows a secret', async () => {
    const tokens = await agent.call<{ SecretID: string }[]>('GET', '/v1/acl/tokens');
    for (const args of [
      ['prod'],
      ['prod', gateway],
      ['prod', gateway, '--can', 'mesh:read', '--format', 'json'],
    ]) {
      const { out, err } = await run(args, named(gateway));
      expect(tokens.filter(({ SecretID }) => (out + err).includes(SecretID))).toEqual([]);
    }
  });
});
