import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allCommands } from '../../src/cli/all-commands';
import { exit } from '../../src/cli/command';
import { completeCommand } from '../../src/cli/commands/completion';
import { rememberNames } from '../../src/cli/last-names';
import { checkSnapshot } from '../../src/cli/check-cluster';
import type { Terminal } from '../../src/cli/command';
import type { Report } from '../../src/report/report';
import { success } from '../../src/result';
import { twoClusters } from '../checks/two-clusters';
import { registry } from '../../src/checks/registry';
import { namesToComplete, runInProcess } from './support';

const commands = allCommands(async () => success(undefined)).filter(({ isHidden }) => isHidden !== true);

describe('completion', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'completion-'));
    writeFileSync(join(folder, 'clusters.yml'), namesToComplete);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const candidates = async (...words: string[]): Promise<readonly string[]> => {
    const env = { PEERING_CLUSTERS: join(folder, 'clusters.yml') };
    const { out } = await runInProcess([completeCommand(commands)], ['complete', '--', ...words], { env });
    return out.split('\n').filter(Boolean);
  };

  it('offers what it finds in files with mistakes, and nothing of others', async () => {
    const clusters = join(folder, 'mistakes.yml');
    const cache = join(folder, 'cache');
    mkdirSync(join(cache, 'peering-bot'), { recursive: true });
    const offered = async (text: string, seen: unknown, ...words: string[]): Promise<readonly string[]> => {
      writeFileSync(clusters, text);
      writeFileSync(join(cache, 'peering-bot', 'seen.json'), JSON.stringify(seen));
      const env = { PEERING_CLUSTERS: clusters, XDG_CACHE_HOME: cache };
      const { code, out } = await runInProcess([completeCommand(commands)], ['complete', '--', ...words], {
        env,
      });
      expect(code).toBe(exit.fine);
      return out.split('\n').filter(Boolean);
    };
    const seen = { prod: { peers: [{ name: 'west', calls: [] }], gateways: [] } };
    expect(await offered('clusters:\n  prod: { adress: 1 }\n', seen, 'check', '')).toEqual(['prod']);
    expect(await offered('clusters:\n  prod: { adress: 1 }\n', seen, 'check', '--peer', '')).toEqual([
      'west',
    ]);
    for (const text of ['clusters: [', 'clusters: 7', '- prod', '', 'clusters:\n  prod:\nowners: { a: 1 }'])
      expect(await offered(text, seen, 'check', '')).toEqual([]);
    for (const wrong of [
      null,
      7,
      [],
      { prod: null },
      { prod: { peers: [{ name: 1, calls: [] }], gateways: [] } },
    ])
      expect(await offered('clusters:\n  prod: {}\n', wrong, 'check', '--peer', '')).toEqual([]);
  });

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
      ['--format=json', '--format=junit'],
    ],
    [['check', 'prod-east', '-peer='], ['-peer=west']],
    [['check', 'prod-east', '--peer', ''], ['west']],
    [
      ['check', '--only', ''],
      ['mesh-gateway-mode', 'acls'],
    ],
    [
      ['check', 'prod-east', 'owner:'],
      ['prod-west', 'owner:shop', 'label:env=prod', 'label:env'],
    ],
    [['peerings', ''], ['owner:shop']],
    [['explain', 'mesh'], ['mesh-gateway-mode']],
    [['help', ''], ['check']],
    // Options may stand before the command.
    [
      ['-http-addr=http://localhost:8500', ''],
      ['check', 'trace'],
    ],
    [
      ['--peer', 'check', ''],
      ['check', 'trace'],
    ],
    [
      ['--verbose', 'check', '--fo'],
      ['--format', '--peer'],
    ],
  ])('of %j offers %j', async (words, expected) => {
    expect(await candidates(...words)).toEqual(expect.arrayContaining(expected));
  });

  it.each([
    [
      ['check', '-o', ''],
      ['text', 'json', 'junit', 'sarif'],
    ],
    [
      ['peerings', '--format', ''],
      ['text', 'json'],
    ],
    [
      ['trace', '-o', 'js'],
      ['text', 'json'],
    ],
    [
      ['audit', '--format='],
      ['--format=text', '--format=json', '--format=jsonl'],
    ],
    [
      ['check', '-o='],
      ['-o=text', '-o=json', '-o=junit', '-o=sarif'],
    ],
    [
      ['check', '--fail-on', ''],
      ['error', 'warning', 'never'],
    ],
    [
      ['check', '--exit-codes='],
      ['--exit-codes=default', '--exit-codes=monitor'],
    ],
    [
      ['start', '--role', ''],
      ['bot', 'worker'],
    ],
    [
      ['config', '--role', ''],
      ['bot', 'worker', 'cli'],
    ],
    [
      ['start', '--queues', ''],
      ['checks', 'tokens', 'digests'],
    ],
    [
      ['start', '--queues', 'checks,'],
      ['checks,tokens', 'checks,digests'],
    ],
    [['start', '--queues=tokens,checks,d'], ['--queues=tokens,checks,digests']],
    [
      ['check', '--peer', '', 'x'],
      ['prod-east', 'prod-west', 'owner:shop', 'label:env=prod', 'label:env'],
    ],
    // Values of options are no arguments.
    [
      ['trace', '--format', 'json', ''],
      ['prod-east', 'prod-west'],
    ],
    [
      ['trace', '-o', 'json', '--', ''],
      ['prod-east', 'prod-west'],
    ],
    [['config', 'approvers', 'prod-west', ''], ['prod-east']],
    [
      ['check', 'prod-west', 'owner:shop', ''],
      ['prod-east', 'label:env=prod', 'label:env'],
    ],
    // Nor is anything an option after "--", or an argument too many.
    [
      ['check', '--', '-'],
      ['prod-east', 'prod-west', 'owner:shop', 'label:env=prod', 'label:env'],
    ],
    [
      ['--format', 'json', 'trace', ''],
      ['prod-east', 'prod-west'],
    ],
    [
      ['-verbose', 'check', '--fail-on', ''],
      ['error', 'warning', 'never'],
    ],
    // The value of an option, no command.
    [['--peer', ''], []],
    [['-http-addr=http://localhost:8500', '--clusters', ''], []],
    [['-http-addr=http://localhost:8500', '-'], []],
    [['--nope', ''], []],
    [['acl', 'prod-east', ''], []],
    [['diff', 'prod-east', ''], []],
    [['explain', 'mesh-gateway-mode', ''], []],
    [['completion', 'bash', ''], []],
    [['help', 'check', ''], []],
    [['check', '--peer', ''], ['west']],
    [['check', 'prod-west', '--peer', ''], []],
    [['-'], ['--help', '--version']],
    [
      ['version', '-fo'],
      ['-format', '-clusters', '-help'],
    ],
    [
      ['version', '-oj'],
      ['-format', '-clusters', '-help', '-otext', '-ojson'],
    ],
  ])('of %j offers %j and nothing else', async (words, expected) => {
    expect(await candidates(...words)).toEqual(expected);
  });

  it('reads the clusters file that the command line names', async () => {
    writeFileSync(join(folder, 'other.yml'), 'clusters: { lab: { address: http://localhost:8500 } }\n');
    const file = join(folder, 'other.yml');
    expect(await candidates('check', '--clusters', file, '')).toEqual(['lab']);
    expect(await candidates('check', `-clusters=${file}`, '')).toEqual(['lab']);
    expect(await candidates('--clusters', file, 'check', '')).toEqual(['lab']);
  });

  it.each(commands.flatMap(({ name, choices = {} }) => Object.keys(choices).map((option) => [name, option])))(
    'of %s --%s offers words that it takes, as its usage shows them',
    async (name, option) => {
      const command = commands.find((one) => one.name === name);
      const words = command?.choices?.[option] ?? [];
      if (option === 'format') expect(command?.usage).toContain(`--format ${words.join('|')}]`);
      // This one would wait for Redis.
      if (name === 'audit') return;
      for (const value of words) {
        const clusters = join(folder, 'absent.yml');
        const { err } = await runInProcess(commands, [name, `--${option}=${value}`, '--clusters', clusters]);
        expect(err).not.toContain(`--${option} takes`);
      }
    },
  );

  describe('of names that were last seen', () => {
    const row = checkSnapshot(twoClusters(), undefined, registry, 0);
    const { report } = row;
    const remember = (terminal: Partial<Terminal>, ...reports: readonly Report[]): void =>
      rememberNames(
        { env: { HOME: folder }, progress: true, ...terminal } as Terminal,
        reports.map((one) => ({ ...row, report: one })),
      );
    const answerTo = async (...argv: string[]): Promise<readonly string[]> => {
      const env = { HOME: folder };
      const { out } = await runInProcess([completeCommand(commands)], ['complete', ...argv], { env });
      return out.split('\n').filter(Boolean);
    };
    const offered = (...words: string[]): Promise<readonly string[]> => answerTo('--', ...words);
    const offeredTo = (shell: string, ...words: string[]): Promise<readonly string[]> =>
      answerTo('--shell', shell, '--', ...words);
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

    it('offers names that a shell would expand only to a script that quotes them, and no hidden character', async () => {
      const [peer] = report.peers;
      if (peer === undefined) throw new Error('no peer');
      const strange = ['$(id)', '`id`', 'a b', "a'b", '*'];
      const calls = [...strange, 'web', 'line\nbreak', '\u202eright', '--format'].map((service) => ({
        service,
        destination: 'api',
      }));
      remember({}, { ...report, peers: [{ ...peer, calls }] });
      expect(await offered('trace', 'prod-east', '')).toEqual(['web']);
      expect(await offeredTo('zsh', 'trace', 'prod-east', '')).toEqual([...strange, 'web']);
      expect(await offeredTo('fish', 'trace', 'prod-east', '')).toEqual([...strange, 'web']);
      expect(await offeredTo('bash', 'trace', 'prod-east', '')).toEqual([...strange, 'web']);
      // Bash cannot quote them between quotes.
      expect(await offeredTo('bash', 'trace', 'prod-east', '"')).toEqual(['a b', 'web']);
      expect(await offeredTo('bash', 'trace', 'prod-east', '"$')).toEqual([]);
      expect(await offeredTo('bash', 'trace', 'prod-east', 'a\\ b', '')).toEqual(['api']);
      expect(await offeredTo('bash', 'trace', 'prod-east', "'a b'", '')).toEqual(['api']);
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
