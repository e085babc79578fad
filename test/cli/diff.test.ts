import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exit } from '../../src/cli/command';
import { diff } from '../../src/cli/commands/diff';
import { snapshot } from '../../src/cli/commands/snapshot';
import type { Json } from '../../src/report/report';
import type { StateDiff } from '../../src/report/state-diff';
import { binary, describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { runInProcess } from './support';

describeWith(['consul'], 'peering-bot diff, with a real cluster', () => {
  let agent: ConsulAgent;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    agent = await startConsul();
    await agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    await put('west');
    folder = mkdtempSync(join(tmpdir(), 'diff-'));
    env = { PEERING_CLUSTERS: join(folder, 'clusters.yml'), ALL: agent.token };
    writeFileSync(
      join(folder, 'clusters.yml'),
      `clusters:\n  prod: { address: "${agent.address}", token: { env: ALL } }\n`,
    );
    await run('snapshot', 'prod', '--out', file('before.json'));
  }, 60_000);
  afterAll(async () => {
    await agent?.stop();
    rmSync(folder, { recursive: true });
  });

  const file = (name: string): string => join(folder, name);
  const run = (...argv: string[]) => runInProcess([diff, snapshot], argv, { env });
  const put = (peer: string) =>
    agent.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Peer: peer }] }],
    });
  const found = async (...argv: string[]): Promise<StateDiff> => {
    const { code, out, err } = await run(
      'diff',
      'prod',
      '--before',
      file('before.json'),
      ...argv,
      '-o',
      'json',
    );
    expect([code, err]).toEqual([exit.fine, '']);
    return JSON.parse(out) as StateDiff;
  };
  const leaf = (value: Json): string =>
    typeof value === 'string' ? value : value === null ? 'null' : 'object';
  const short = ({ changes }: StateDiff) =>
    changes.map(
      ({ kind, subject, field, from, to }) =>
        `${kind} ${subject.kind}/${subject.name} ${field} ${leaf(from)} ${leaf(to)}`,
    );
  /** Runs the commands of the fixes as a person pastes them. */
  const paste = ({ remediation }: StateDiff): void => {
    for (const { code } of remediation.filter(({ language }) => language === 'shell'))
      execFileSync('sh', ['-c', code], {
        env: {
          PATH: `${dirname(binary('consul'))}:${process.env['PATH']}`,
          CONSUL_HTTP_ADDR: agent.address,
          CONSUL_HTTP_TOKEN: agent.token,
        },
      });
  };

  it('says that nothing has changed', async () => {
    expect(short(await found())).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>, readonly string[]]>([
    [
      'a changed consumer',
      () => put('wset'),
      ['changed exported-services/default Services[api].Consumers[0].Peer west wset'],
    ],
    [
      'a deleted entry',
      () => agent.call('DELETE', '/v1/config/exported-services/default'),
      ['removed exported-services/default  object null'],
    ],
    [
      'a new entry',
      () => agent.call('PUT', '/v1/config', { Kind: 'service-defaults', Name: 'api', Protocol: 'http' }),
      ['added service-defaults/api  null object'],
    ],
  ])('shows %s, and the pasted fix puts it back', async (_name, change, expected) => {
    await change();
    const changed = await found();
    expect(short(changed)).toEqual(expected);
    expect(changed.changes[0]?.checks.length).toBeGreaterThan(0);
    paste(changed);
    expect(short(await found())).toEqual([]);
  });

  it('puts back nothing that somebody changed meanwhile', async () => {
    await put('wset');
    const changed = await found();
    expect(changed.changes[0]?.indexes?.to).toBeGreaterThan(changed.changes[0]?.indexes?.from ?? Infinity);
    await put('lab');
    expect(() => paste(changed)).toThrow(/./);
    const [now] = (await found()).changes;
    expect(now?.to).toBe('lab');
    await put('west');
  });

  it('compares two files, and reads no cluster', async () => {
    await put('wset');
    await run('snapshot', 'prod', '--out', file('after.json'));
    await put('west');
    const [change] = (await found('--after', file('after.json'))).changes;
    expect(change?.to).toBe('wset');
    const { out } = await run('diff', '--before', file('before.json'), '--after', file('after.json'));
    expect(out).toMatch(/exported-services\/default: api: consumer west → wset\s+\(index \d+ → \d+\)/);
  });

  it.each<[string, readonly string[]]>([
    ['no cluster', []],
    ['a later file alone', ['prod', '--after', 'before.json']],
    ['a time and a file', ['prod', '2h', '--before', 'before.json']],
    ['three times', ['prod', '1h', '2h', '3h']],
    ['no signing key', ['prod', '1h']],
    ['a file that is not there', ['--before', 'absent.json']],
    ['a file that is no snapshot', ['--before', '/etc/hostname']],
    ['a snapshot of another cluster', ['other', '--before', 'before.json']],
  ])('says what is wrong with %s', async (_name, words) => {
    const argv = words.map((word) => (word === 'before.json' ? file(word) : word));
    const { code, err } = await run('diff', ...argv);
    expect(code).toBe(exit.usage);
    expect(err).toMatch(/^peering-bot: /);
  });
});
