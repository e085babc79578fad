import { allCommands } from '../../src/cli/all-commands';
import { exit } from '../../src/cli/command';
import { displayWidth } from '../../src/render/width';
import { success } from '../../src/result';
import { runInProcess } from './support';

const commands = allCommands(async () => success(undefined));
const shown = commands.filter(({ isHidden }) => isHidden !== true);
const names = shown.map(({ name }) => [name] as const);

const help = async (name: string, columns?: number): Promise<string> =>
  (await runInProcess(commands, ['help', name], { columns })).out;

describe('help', () => {
  it.each(names)('%s fits terminals of 60, 80 and 120 columns', async (name) => {
    for (const columns of [60, 80, 120, 300]) {
      const wide = (await help(name, columns))
        .split('\n')
        .filter((line) => displayWidth(line) > Math.min(columns, 120));
      expect(wide).toEqual([]);
    }
    expect(await help(name)).toBe(await help(name, 80));
  });

  it('fits them with all commands', async () => {
    for (const columns of [60, 80, 120]) {
      const { out } = await runInProcess(commands, ['--help'], { columns });
      expect(out.split('\n').filter((line) => displayWidth(line) > columns)).toEqual([]);
      for (const { name } of shown) expect(out).toContain(`\n  ${name} `);
      expect(out).not.toContain('\n  complete ');
    }
  });

  it.each(names)('%s explains each option, and shows the value of those that take one', async (name) => {
    const command = shown.find((one) => one.name === name);
    const text = await help(name);
    expect(Object.keys(command?.optionHelp ?? {}).sort()).toEqual(Object.keys(command?.options ?? {}).sort());
    for (const [option, { type }] of Object.entries(command?.options ?? {})) {
      const value = new RegExp(`^  --${option}(?:, -\\w)? [A-Z][A-Z/]*\\b`, 'mu');
      expect([option, value.test(text)]).toEqual([option, type === 'string']);
    }
  });

  it.each(names)('%s shows its examples so that they can be pasted', async (name) => {
    const examples = shown.find((one) => one.name === name)?.examples ?? [];
    for (const columns of [60, 120]) {
      const pasted = (await help(name, columns)).replace(/ \\\n */gu, ' ').split('\n');
      expect(pasted).toEqual(expect.arrayContaining(examples.map((one) => `  peering-bot ${one}`)));
    }
  });

  it('has the clusters file where it is read', async () => {
    expect(await help('check')).toContain('--clusters FILE');
    expect(await help('version')).not.toContain('--clusters');
    expect((await runInProcess(commands, ['version', '--clusters', 'a.yml'])).code).toBe(exit.fine);
  });

  it('breaks no option of a usage line, and shows each form on its own', async () => {
    const lines = (await help('config', 60)).split('\n\n')[0]?.split('\n') ?? [];
    expect(lines.filter((line) => line.includes('peering-bot config'))).toHaveLength(2);
    for (const line of lines) expect(line.split('[')).toHaveLength(line.split(']').length);
  });
});

describe('mistakes', () => {
  it.each([
    [['--hepl'], '--help'],
    [['--versoin'], '--version'],
    [['complet'], 'completion'],
    [['config', 'validat'], 'validate'],
    [['config', 'aprovers', 'a'], 'approvers'],
    [['check', '-formt=json'], '--format'],
  ])('%j suggests %s', async (argv, meant) => {
    const { code, err } = await runInProcess(commands, argv);
    expect(code).toBe(exit.usage);
    expect(err).toMatch(new RegExp(`did you mean "?${meant}`));
  });

  it.each([
    [['check', '--format'], '--format'],
    [['check', '-o'], '--format'],
    [['check', '--peer', '--all'], '--peer'],
  ])('%j names the option without its value', async (argv, option) => {
    const { code, out, err } = await runInProcess(commands, argv);
    expect([code, out]).toEqual([exit.usage, '']);
    expect(err).toContain(option);
    expect(err).not.toContain('<value>');
  });
});
