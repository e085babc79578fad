import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allCommands } from '../../src/cli/all-commands';
import { exit } from '../../src/cli/command';
import { chosenExit } from '../../src/cli/exit-codes';
import { success } from '../../src/result';
import { runInProcess } from './support';

const commands = allCommands(async () => success(undefined));

describe('the exit codes of commands for scripts', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'exit-codes-'));
    writeFileSync(join(folder, 'clusters.yml'), 'clusters:\n  gone: { address: "http://127.0.0.1:1" }\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const codesOf = async (...argv: string[]) => {
    const env = { PEERING_CLUSTERS: join(folder, 'clusters.yml') };
    const run = async (more: readonly string[]) =>
      (await runInProcess(commands, [...argv, ...more], { env })).code;
    return [await run([]), await run(['--exit-codes', 'monitor']), await run(['-exit-codes=default'])];
  };

  it.each([
    ['trace', 'gone', 'web', 'api'],
    ['impact', 'gone', 'web'],
    ['acl', 'gone'],
    ['peerings', 'gone'],
  ])('of %s are 3 for a monitor where the cluster cannot be read, or is misspelt', async (name, ...words) => {
    expect(await codesOf(name, ...words)).toEqual([exit.undecided, exit.undecided, exit.undecided]);
    const misspelt = words.map((word) => word.replace('gone', 'gome'));
    expect(await codesOf(name, ...misspelt)).toEqual([exit.usage, exit.undecided, exit.usage]);
  });

  it('of doctor are 2 for a monitor where it finds problems', async () => {
    expect(await codesOf('doctor')).toEqual([exit.findings, 2, exit.findings]);
  });

  it.each(['trace', 'impact', 'acl', 'peerings', 'doctor', 'check'])(
    'of %s are one of two sets',
    async (name) => {
      const words = name === 'trace' ? ['web', 'api'] : name === 'impact' ? ['web'] : [];
      const { code, err } = await runInProcess(commands, [name, ...words, '--exit-codes', 'nagios']);
      expect([code, err]).toEqual([exit.usage, expect.stringContaining('monitor')]);
    },
  );

  it('map findings to 2, and whatever is not known to 3', () => {
    const values = { 'exit-codes': 'monitor' };
    expect(([0, 1, 2, 3] as const).map((code) => chosenExit(code, values))).toEqual([0, 2, 3, 3]);
    expect(([0, 1, 2, 3] as const).map((code) => chosenExit(code, {}))).toEqual([0, 1, 2, 3]);
  });
});
