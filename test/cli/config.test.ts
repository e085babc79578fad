import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exit } from '../../src/cli/command';
import { clusters } from '../../src/cli/commands/clusters';
import { config } from '../../src/cli/commands/config';
import type { ListedApproval } from '../../src/cli/lists';
import { runInProcess } from './support';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
  file = join(folder, 'clusters.yml');
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (env: Record<string, string>, ...argv: string[]): ReturnType<typeof runInProcess> =>
  runInProcess([clusters, config], argv, { env: { PEERING_CLUSTERS: file, ...env } });

const slack = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  REDIS_URL: 'redis://r',
  PEERING_SIGNING_KEY: 'the-output-of-openssl-rand-hex-32',
};

describe('config validate', () => {
  it('names each role that it takes', async () => {
    const { code, err } = await run({}, 'config', 'validate', '--role', 'clii');
    expect([code, err]).toEqual([exit.usage, expect.stringContaining('cli; did you mean "cli"')]);
  });

  it('names every mistake of file and environment, one a line', async () => {
    writeFileSync(file, 'clusters:\n  a:\n    adress: https://x\n    token: LEAK\n');
    const { code, err } = await run({}, 'config', 'validate');
    expect(code).toBe(exit.usage);
    const lines = err.trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith(`${file}:`))).toHaveLength(3);
    expect(lines.filter((line) => line.startsWith('environment '))).toHaveLength(4);
    expect(err).not.toContain('LEAK');
  });

  it('names what cannot be read beside what is wrong, each with its line', async () => {
    writeFileSync(
      file,
      [
        'clusters:',
        '  a:',
        '    address: https://x',
        '    token: { env: UNSET }',
        '    tls: { ca_file: absent.pem }',
        '  b:',
        '    address: http://plain.example:8500',
        '    peering_token: { file: absent }',
        'access: [{ allow: [chek], users: ["*"] }]',
        '',
      ].join('\n'),
    );
    const { err } = await run(slack, 'config', 'validate');
    const positions = err.split('\n').map((line) => /:(\d+):\d+ ([\w.]+): /.exec(line)?.slice(1).join(' '));
    expect(positions.filter((position) => position !== undefined)).toEqual([
      '7 clusters.b.address',
      '9 access.0.allow.0',
      '4 clusters.a.token',
      '5 clusters.a.tls.ca_file',
      '8 clusters.b.peering_token',
    ]);
  });

  it('asks of each role only what it uses', async () => {
    writeFileSync(file, 'clusters: { a: { address: "https://x", token: { env: T } } }');
    expect((await run(slack, 'config', 'validate', '--role', 'bot')).code).toBe(exit.fine);
    expect((await run(slack, 'config', 'validate')).err).toContain('clusters.a.token');
    expect((await run({ T: 't' }, 'config', 'validate', '--role', 'cli')).code).toBe(exit.fine);
  });
});

describe('config approvers', () => {
  const text = (owners: string): string =>
    `clusters: { a: { address: "https://x"${owners} }, b: { address: "https://y" } }\n`;
  const approvals = 'approvals: { channel: C0ALL, approvers: { users: [U0ALL] } }\n';
  const list = async (...names: string[]) => {
    const { code, out } = await run({}, 'config', 'approvers', ...names, '-o', 'json');
    const rows = JSON.parse(out) as ListedApproval[];
    return {
      code,
      rows: rows.map(({ kinds, clusters: of, yeses }) => [
        of.join(),
        kinds.includes('connect') ? 'two' : 'one',
        ...yeses.map((yes) => [yes.clusters.join(), yes.from, yes.channels.join()].join(' ')),
      ]),
      problems: rows.filter(({ problem }) => problem !== null).length,
    };
  };

  it('says who would be asked about each cluster and about both', async () => {
    writeFileSync(file, text(', owner: { usergroup: S0A, channel: C0A }') + approvals);
    expect(await list('a', 'b')).toEqual({
      code: exit.fine,
      rows: [
        ['a', 'one', 'a owner C0A'],
        ['b', 'one', 'b approvals C0ALL'],
        ['a,b', 'two', 'a owner C0A', 'b approvals C0ALL'],
      ],
      problems: 0,
    });
    const { out } = await run({}, 'config', 'approvers', 'a');
    expect(out).toContain('S0A');
    expect(out).toContain('C0A');
  });

  it('says why nobody can approve', async () => {
    writeFileSync(file, text(', owner: { usergroup: S0A, channel: C0A }'));
    expect(await list('a', 'b')).toMatchObject({ code: exit.findings, problems: 2 });
  });

  it.each([[[]], [['a', 'a']], [['a', 'nowhere']], [['a', 'b', 'c']]])('refuses %j', async (names) => {
    writeFileSync(file, text('') + approvals);
    expect((await run({}, 'config', 'approvers', ...names)).code).toBe(exit.usage);
  });
});

describe('clusters', () => {
  it('lists them with their peers', async () => {
    writeFileSync(
      file,
      'clusters: { a: { address: "https://x", peers: { west: b } }, b: { address: "https://y" } }',
    );
    const { code, out } = await run({}, 'clusters');
    expect(code).toBe(exit.fine);
    expect(out.split('\n')).toEqual(['a  https://x  peers: west is b', 'b  https://y', '']);
  });

  it('needs a valid file', async () => {
    expect((await run({}, 'clusters')).code).toBe(exit.usage);
  });
});
