import { packageVersion } from '../../src/config/package-version';
import { defineCliCommand, exit } from '../../src/cli/command';
import { usesOf } from '../../src/cli/uses';
import { version } from '../../src/cli/commands/version';
import { runInProcess } from './support';

const seen: unknown[] = [];
const check = defineCliCommand({
  name: 'check',
  usage: 'CLUSTER',
  summary: 'Checks',
  options: { peer: { type: 'string' }, format: { type: 'string' }, 'exit-codes': { type: 'string' } },
  optionHelp: { peer: 'NAME  only this peer', format: 'FORMAT', 'exit-codes': 'SET' },
  examples: ['check prod-east'],
  positionals: [1, 1],
  async run(args, values) {
    seen.push([args, { ...values }]);
    return exit.findings;
  },
});
const run = (...argv: string[]): ReturnType<typeof runInProcess> => runInProcess([check, version], argv);

describe('the command line', () => {
  it('runs the command with its arguments and gives its status', async () => {
    const { code } = await run('check', 'prod-east', '--peer', 'west', '--clusters', 'c.yml');
    expect(code).toBe(exit.findings);
    expect(seen.pop()).toEqual([['prod-east'], { peer: 'west', clusters: 'c.yml' }]);
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['chekc']],
    ['an unknown option', ['check', 'a', '--pear', 'x']],
    ['an option without its value', ['check', 'a', '--peer']],
    ['too few arguments', ['check']],
    ['too many arguments', ['check', 'a', 'b']],
    ['help about no command', ['help', 'chekc']],
  ])('answers %s with status 2 on standard error', async (_, argv) => {
    const { code, out, err } = await run(...argv);
    expect(code).toBe(exit.usage);
    expect(out).toBe('');
    expect(err).not.toBe('');
  });

  it.each([
    ['an unknown option', ['check', 'prod', '--exit-codes', 'monitor', '--timeuot', '5s'], exit.undecided],
    ['an option without its value', ['check', 'prod', '--exit-codes=monitor', '--peer'], exit.undecided],
    ['one dash', ['check', 'prod', '-exit-codes=monitor', '-pear'], exit.undecided],
    ['one dash and a blank', ['-exit-codes', 'monitor', 'check', 'prod', '-pear'], exit.undecided],
    ['too few arguments', ['check', '--exit-codes', 'monitor'], exit.undecided],
    ['too many arguments', ['check', 'a', 'b', '--exit-codes', 'monitor'], exit.undecided],
    ['an unknown command', ['chekc', '--exit-codes', 'monitor'], exit.undecided],
    ['a later word', ['check', '--exit-codes', 'default', '--exit-codes=monitor'], exit.undecided],
    ['other exit codes', ['check', '--exit-codes=monitor', '--exit-codes', 'default'], exit.usage],
    ['an argument', ['check', 'a', '--', '--exit-codes', 'monitor'], exit.usage],
    ['the word alone', ['monitor'], exit.usage],
    ['help', ['check', '--help', '--exit-codes', 'monitor'], exit.fine],
    ['findings', ['check', 'a', '--exit-codes', 'monitor'], exit.findings],
  ])('gives a monitor the status that it expects: %s', async (_, argv, expected) => {
    expect((await run(...argv)).code).toBe(expected);
  });

  it('takes long flags with one dash, and -o for the format', async () => {
    for (const argv of [
      ['-peer=west', '-format=json'],
      ['-peer', 'west', '-o', 'json'],
      ['--peer', 'west', '-ojson'],
      ['--peer', 'west', '-o=json'],
    ]) {
      await run('check', 'prod-east', ...argv);
      expect(seen.pop()).toEqual([['prod-east'], { peer: 'west', format: 'json' }]);
    }
    await run('check', '--', '-peer');
    expect(seen.pop()).toEqual([['-peer'], {}]);
    await run('check', '--', '-o=json');
    expect(seen.pop()).toEqual([['-o=json'], {}]);
    expect((await run('check', 'a', '-pear=x')).err).toContain('--peer');
  });

  it('takes options before the command too', async () => {
    for (const argv of [
      ['-peer=west', '-format=json', 'check', 'prod-east'],
      ['--peer', 'west', '-o', 'json', 'check', 'prod-east'],
      ['-peer', 'west', 'check', '-ojson', 'prod-east'],
    ]) {
      await run(...argv);
      expect(seen.pop()).toEqual([['prod-east'], { peer: 'west', format: 'json' }]);
    }
    expect((await run('--peer', 'check')).code).toBe(exit.usage);
    expect((await run('--pear', 'x', 'check')).code).toBe(exit.usage);
    expect((await run('--help', 'check')).code).toBe(exit.fine);
  });

  it('says in one line how a value may start with a dash', async () => {
    const { code, err } = await run('check', 'a', '--peer', '-1');
    expect([code, err.split('\n')[0]]).toEqual([exit.usage, expect.stringContaining('--peer=')]);
  });

  it('suggests the nearest command and option', async () => {
    expect((await run('chekc')).err).toContain('"check"');
    expect((await run('check', 'a', '--pear', 'x')).err).toContain('--peer');
  });

  it('writes help to standard output', async () => {
    for (const argv of [['--help'], ['help', 'check'], ['check', '--help']]) {
      const { code, out } = await run(...argv);
      expect(code).toBe(exit.fine);
      expect(out).toContain('check');
    }
    for (const argv of [['--version'], ['-version'], ['-v'], ['version']]) {
      expect((await run(...argv)).out).toBe(`${packageVersion}\n`);
    }
    expect(JSON.parse((await run('version', '-o', 'json')).out)).toEqual({
      version: packageVersion,
      node: process.versions.node,
    });
  });
});

describe('roles and queues', () => {
  it('default to everything', () => {
    expect(usesOf({})).toEqual({
      roles: ['bot', 'worker'],
      queues: ['checks', 'tokens', 'digests'],
    });
  });
  it('leave a bot without queues, and a worker with those asked for', () => {
    expect(usesOf({ role: 'bot' })).toEqual({ roles: ['bot'], queues: [] });
    expect(usesOf({ role: 'worker', queues: 'checks' })).toEqual({ roles: ['worker'], queues: ['checks'] });
  });
  it.each([
    ['wroker', undefined],
    [undefined, 'chekcs'],
    [undefined, ''],
  ])('refuse --role %p --queues %p', (role, queues) => {
    expect(typeof usesOf({ role, queues })).toBe('string');
  });
  it('are none but the own queue of a worker that only probes', () => {
    const expected = { roles: ['worker'], queues: [], probeFrom: 'dmz-2' };
    expect(usesOf({ probeFrom: 'dmz-2' })).toEqual(expected);
    expect(usesOf({ role: 'worker', probeFrom: 'dmz-2' })).toEqual(expected);
  });
  it.each([
    { role: 'bot', probeFrom: 'dmz' },
    { queues: 'checks', probeFrom: 'dmz' },
    { probeFrom: '' },
    { probeFrom: 'DMZ' },
    { probeFrom: 'a:b' },
    { probeFrom: '-a' },
    { probeFrom: 'a'.repeat(33) },
  ])('refuse %j', (flags) => {
    expect(typeof usesOf(flags)).toBe('string');
  });
});
