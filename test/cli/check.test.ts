import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exit, type Terminal } from '../../src/cli/command';
import { check } from '../../src/cli/commands/check';
import { snapshot } from '../../src/cli/commands/snapshot';
import type { Report } from '../../src/report/report';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { passing } from '../lab/pair';
import { runInProcess } from './support';

/** Rules with which the bot's token sees everything. */
const rules = `
acl = "read"
agent_prefix "" { policy = "read" }
mesh = "read"
node_prefix "" { policy = "read" }
peering = "read"
query_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
`;

describeWith(['consul'], 'peering-bot check, with a real cluster', () => {
  let agent: ConsulAgent;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    agent = await startConsul();
    await agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    await agent.call('PUT', '/v1/agent/service/register', {
      Kind: 'mesh-gateway',
      Name: 'mesh-gateway',
      Port: 8443,
      Check: passing,
    });
    folder = mkdtempSync(join(tmpdir(), 'cli-check-'));
    const file = join(folder, 'clusters.yml');
    const { secret } = await agent.tokenWith(rules);
    const weak = await agent.tokenWith('service_prefix "" { policy = "read" }');
    env = { PEERING_CLUSTERS: file, ALL: secret, WEAK: weak.secret };
    writeFileSync(
      file,
      `clusters:
  prod: { address: "${agent.address}", token: { env: ALL } }
  weak: { address: "${agent.address}", token: { env: WEAK } }
  gone: { address: "http://127.0.0.1:1", token: { env: ALL } }
  unset: { address: "${agent.address}", token: { env: NONE } }
`,
    );
  }, 60_000);
  afterAll(async () => {
    await agent?.stop();
    rmSync(folder, { recursive: true });
  });

  const run = (argv: readonly string[], terminal: Partial<Terminal> = {}) =>
    runInProcess([check, snapshot], argv, { env, ...terminal });

  /** Of a service that is not registered, which is a warning. */
  const exportTo = (Peer: string) =>
    agent.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Peer }] }],
    });

  it('is fine where nothing is wrong, and says in plain text what passed', async () => {
    const { code, out, err } = await run(['check', 'prod']);
    expect([code, err]).toEqual([exit.fine, '']);
    expect(out).not.toContain('\u001b');
    expect((await run(['check', 'prod'], { colour: true })).out).toContain('\u001b[');
  });

  it('tells findings from none by the severity asked for', async () => {
    await exportTo('west');
    const warned = ['check', 'prod', '--fail-on'];
    expect((await run([...warned, 'error'])).code).toBe(exit.fine);
    expect((await run([...warned, 'warning'])).code).toBe(exit.findings);
    await exportTo('wset');
    expect((await run(['check', 'prod'])).code).toBe(exit.findings);
    expect((await run([...warned, 'never'])).code).toBe(exit.fine);
    await agent.call('DELETE', '/v1/config/exported-services/default');
  });

  it('does not call fine what is not visible', async () => {
    const { code, out } = await run(['check', 'weak', '--format', 'json']);
    expect(code).toBe(exit.undecided);
    expect((JSON.parse(out) as Report).verdict).toBe('unknown');
    expect((await run(['check', 'weak', '--fail-on', 'never'])).code).toBe(exit.fine);
  });

  it('says in one line that a cluster cannot be reached; other formats stay whole', async () => {
    const { code, out, err } = await run(['check', 'gone']);
    expect([code, out, err.trimEnd().split('\n').length]).toEqual([exit.undecided, '', 1]);
    const json = await run(['check', 'gone', '--format', 'json']);
    expect(json.code).toBe(exit.undecided);
    expect((JSON.parse(json.out) as Report).results.every(({ status }) => status === 'unknown')).toBe(true);
  });

  it.each([
    ['an unknown cluster', ['check', 'prd'], '"prod"'],
    ['an unknown peer', ['check', 'prod', '--peer', 'wets'], 'west'],
    ['an unknown format', ['check', 'prod', '--format', 'jsn'], '"json"'],
    ['an unknown severity', ['check', 'prod', '--fail-on', 'warn'], 'warning'],
    ['no time at all', ['check', 'prod', '--timeout', '0s'], '--timeout'],
    ['a token that is not set', ['check', 'unset'], 'NONE'],
    ['a file that is no snapshot', ['check', 'prod', '--snapshot', '/dev/null'], '/dev/null'],
  ])('refuses %s, and says what there is', async (_, argv, expected) => {
    const { code, out, err } = await run(argv);
    expect([code, out]).toEqual([exit.usage, '']);
    expect(err).toContain(expected);
  });

  it.each([
    ['a misspelt option', ['--timeuot', '5s']],
    ['an option without its value', ['--timeout']],
    ['a change without its file', ['--with']],
    ['a change whose file is absent', ['--with', '/absent.hcl']],
    ['a change of several clusters', ['--all', '--without', 'mesh/mesh']],
    ['a value that is none', ['--timeout', 'soon']],
  ])('answers %s with status 3 to a monitor', async (_, argv) => {
    expect((await run(['check', 'prod', '--exit-codes', 'monitor', ...argv])).code).toBe(exit.undecided);
    expect((await run(['check', 'prod', '--exit-codes=monitor', ...argv])).code).toBe(exit.undecided);
    expect((await run(['check', 'prod', ...argv])).code).toBe(exit.usage);
  });

  it('answers an error of the cluster with status 2 to a monitor', async () => {
    await exportTo('wset');
    expect((await run(['check', 'prod', '--exit-codes', 'monitor'])).code).toBe(2);
    await agent.call('DELETE', '/v1/config/exported-services/default');
  });

  it('gives the same of a saved snapshot, of the same cluster alone', async () => {
    const file = join(folder, 'prod.json');
    expect((await run(['snapshot', 'prod', '--out', file])).code).toBe(exit.fine);
    expect(readFileSync(file, 'utf8')).not.toContain(env['ALL']);
    const results = async (...more: readonly string[]) => {
      const { code, out } = await run(['check', 'prod', '--format', 'json', ...more]);
      return [code, (JSON.parse(out) as Report).results];
    };
    expect(await results('--snapshot', file)).toEqual(await results());
    expect((await run(['check', 'weak', '--snapshot', file])).code).toBe(exit.usage);
  });
});
