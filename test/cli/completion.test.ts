import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exit } from '../../src/cli/command';
import { check } from '../../src/cli/commands/check';
import { completeCommand, completion } from '../../src/cli/commands/completion';
import { explain } from '../../src/cli/commands/explain';
import { impact } from '../../src/cli/commands/impact';
import { peeringsCommand } from '../../src/cli/commands/peerings';
import { trace } from '../../src/cli/commands/trace';
import { rememberNames } from '../../src/cli/last-names';
import { checkSnapshot } from '../../src/cli/check-cluster';
import type { Terminal } from '../../src/cli/command';
import type { Report } from '../../src/report/report';
import { twoClusters } from '../checks/two-clusters';
import { registry } from '../../src/checks/registry';
import { runInProcess } from './support';

const commands = [check, explain, completion, trace, impact, peeringsCommand];

describe('completion', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'completion-'));
    writeFileSync(
      join(folder, 'clusters.yml'),
      `clusters:
  prod-east: { address: http://localhost:8500, peers: { west: prod-west } }
  prod-west: { address: http://localhost:8500 }
owners:
  - { clusters: [prod-west], name: shop, usergroup: S012345678, channel: C012345678, labels: { env: prod } }
`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const candidates = async (...words: string[]): Promise<readonly string[]> => {
    const env = { PEERING_CLUSTERS: join(folder, 'clusters.yml') };
    const { out } = await runInProcess([completeCommand(commands)], ['complete', '--', ...words], { env });
    return out.split('\n').filter(Boolean);
  };

  it.each([
    [['ch'], ['check']],
    [
      ['check', ''],
      ['prod-east', 'prod-west'],
    ],
    [
      ['check', 'prod-east', '--fo'],
      ['--format', '--peer'],
    ],
    [['check', 'prod-east', '--format', ''], ['junit']],
    [
      ['check', 'prod-east', '--format=js'],
      ['--format=json', '--format=jsonl'],
    ],
    [['check', 'prod-east', '-peer='], ['-peer=west']],
    [['check', 'prod-east', '--peer', ''], ['west']],
    [
      ['check', '--only', ''],
      ['mesh-gateway-mode', 'acls'],
    ],
    [
      ['check', 'prod-east', 'owner:'],
      ['prod-east', 'owner:shop', 'label:env=prod', 'label:env'],
    ],
    [['peerings', ''], ['owner:shop']],
    [['explain', 'mesh'], ['mesh-gateway-mode']],
    [['help', ''], ['check']],
  ])('of %j offers %j', async (words, expected) => {
    expect(await candidates(...words)).toEqual(expect.arrayContaining(expected));
  });

  describe('of names that were last seen', () => {
    const row = checkSnapshot(twoClusters(), undefined, registry, 0);
    const { report } = row;
    const remember = (terminal: Partial<Terminal>, ...reports: readonly Report[]): void =>
      rememberNames(
        { env: { HOME: folder }, progress: true, ...terminal } as Terminal,
        reports.map((one) => ({ ...row, report: one })),
      );
    const offered = async (...words: string[]): Promise<readonly string[]> => {
      const { out } = await runInProcess([completeCommand(commands)], ['complete', '--', ...words], {
        env: { HOME: folder },
      });
      return out.split('\n').filter(Boolean);
    };
    afterEach(() => rmSync(join(folder, '.cache'), { recursive: true, force: true }));

    it('offers the calls of the cluster for trace, and its peers, gateways and services for impact', async () => {
      remember({}, report);
      expect(await offered('trace', 'prod-east', '')).toEqual(['web']);
      expect(await offered('trace', 'prod-east', 'web', '')).toEqual(['billing']);
      expect(await offered('trace', 'prod-east', 'shop', '')).toEqual([]);
      expect(await offered('trace', 'prod-west', '')).toEqual([]);
      expect(await offered('impact', 'prod-east', '')).toEqual([
        'peer/west',
        'gateway/mesh-gateway',
        'service/web',
      ]);
      expect(statSync(join(folder, '.cache/peering-bot/seen.json')).mode & 0o077).toBe(0);
    });

    it('offers no name that a shell would expand', async () => {
      const [peer] = report.peers;
      if (peer === undefined) throw new Error('no peer');
      const calls = ['$(id)', '`id`', 'a b', "a'b", '*', 'web'].map((service) => ({
        service,
        destination: 'api',
      }));
      remember({}, { ...report, peers: [{ ...peer, calls }] });
      expect(await offered('trace', 'prod-east', '')).toEqual(['web']);
    });

    it('writes into no file that a link leads to', async () => {
      const [cache, victim] = [join(folder, '.cache/peering-bot'), join(folder, 'victim')];
      mkdirSync(cache, { recursive: true });
      writeFileSync(victim, 'mine');
      for (const name of [`seen.json.${process.pid}`, 'seen.json']) symlinkSync(victim, join(cache, name));
      remember({}, report);
      expect(readFileSync(victim, 'utf8')).toBe('mine');
      expect(await offered('trace', 'prod-east', '')).toEqual(['web']);
    });

    it('remembers nothing where nobody watches, of one peer, or of a cluster that was not read', async () => {
      remember({ progress: false }, report);
      remember({}, { ...report, peer: 'west' }, { ...report, peers: [] });
      expect(await offered('trace', 'prod-east', '')).toEqual([]);
      // A file where the folder would be.
      remember({ env: { HOME: join(folder, 'clusters.yml') } }, report);
    });
  });

  it('offers nothing for a command that is none, nor for an option without values to choose from', async () => {
    expect(await candidates('nope', '')).toEqual([]);
    expect(await candidates('check', '--nope=')).toEqual([]);
    expect(await candidates('check', '--constructor=')).toEqual([]);
  });

  it.each([
    ['check pr', ' \t:=', ['prod-east']],
    // Bash replaces only what follows the last ":" or "=".
    ['check owner : sh', ' \t:=', ['shop']],
    ['check owner :', ' \t:=', ['shop']],
    ['check prod-east label : env = pr', ' \t:=', ['prod']],
    ['check prod-east label:env = pr', ' \t=', ['prod']],
    ['check owner:sh', ' \t', ['owner:shop']],
    ['check --format = js', ' \t:=', ['json']],
    ['check --format =', ' \t:=', ['json']],
    ['check none', ' \t:=', []],
  ])('works in bash, where the words are %j and its word breaks are %j', async (words, breaks, expected) => {
    const { code, out } = await runInProcess(commands, ['completion', 'bash']);
    expect(code).toBe(exit.fine);
    const fake = join(folder, 'peering-bot');
    writeFileSync(
      fake,
      '#!/bin/sh\nshift 2\necho "got:$*"\nprintf "%s\\n" prod-east owner:shop label:env=prod --format=json\n',
    );
    chmodSync(fake, 0o755);
    const script = `${out}\nCOMP_WORDBREAKS='${breaks}'\nCOMP_WORDS=(peering-bot ${words})\nCOMP_CWORD=${words.split(' ').length}\n_peering_bot\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { PATH: `${folder}:${process.env['PATH']}` };
    const offered = execFileSync('bash', ['--norc', '-c', script], { env, encoding: 'utf8' });
    expect(offered.split('\n').filter(Boolean)).toEqual(expected);
  });

  it('suggests the nearest shell', async () => {
    const { code, err } = await runInProcess(commands, ['completion', 'bsh']);
    expect(code).toBe(exit.usage);
    expect(err).toContain('"bash"');
  });
});

describe('peering-bot explain', () => {
  it.each(registry.map(({ id }) => id))('explains %s with an example and its fix', async (id) => {
    const { code, out } = await runInProcess(commands, ['explain', id]);
    expect(code).toBe(exit.fine);
    expect(out).toContain(id);
    expect(out).toContain('evidence');
    const json = await runInProcess(commands, ['explain', id, '-o', 'json']);
    expect(JSON.parse(json.out)).toMatchObject({ id, example: { subject: {} } });
  });

  it('suggests the nearest check', async () => {
    const { code, err } = await runInProcess(commands, ['explain', 'mesh-gateway-mod']);
    expect(code).toBe(exit.usage);
    expect(err).toContain('"mesh-gateway-mode"');
  });
});
