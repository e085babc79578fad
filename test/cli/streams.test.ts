import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { exit } from '../../src/cli/command';

/** Runs the whole process with a shell, whose words say where its output goes. */
const root = resolve(__dirname, '../..');
const self = `'${process.execPath}' -r '${join(root, 'test/lab/register.cjs')}' '${join(root, 'src/main.ts')}'`;

const runShell = (script: string): Promise<{ code: number | null; out: string; err: string }> =>
  new Promise((done) => {
    const child = spawn('bash', ['-c', script.replaceAll('SELF', self)], { cwd: '/' });
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.on('data', (data) => out.push(String(data)));
    child.stderr.on('data', (data) => err.push(String(data)));
    child.on('close', (code) => done({ code, out: out.join(''), err: err.join('') }));
  });

describe('the output of the command line', () => {
  jest.setTimeout(60_000);

  it('that cannot be written is one sentence and no finding', async () => {
    const { code, err } = await runShell('SELF check --list-checks > /dev/full');
    expect([code, err.trimEnd().split('\n')]).toEqual([exit.usage, [expect.stringContaining('ENOSPC')]]);
  });

  it.each(['--exit-codes monitor', '-exit-codes=monitor'])(
    'that cannot be written is no error of the cluster to a monitor (%s)',
    async (option) => {
      const { code } = await runShell(`SELF check --list-checks ${option} > /dev/full`);
      expect(code).toBe(exit.undecided);
    },
  );

  it('may be cut by its reader', async () => {
    const { code, out, err } = await runShell(
      'SELF explain mesh-gateway-mode | head -1; exit "${PIPESTATUS[0]}"',
    );
    expect([code, out.split('\n').length, err]).toEqual([exit.fine, 2, '']);
  });

  it('keeps its exit status where nobody reads errors', async () => {
    expect((await runShell('SELF nope 2> /dev/full')).code).toBe(exit.usage);
    expect((await runShell('SELF version 2> /dev/full')).code).toBe(exit.fine);
  });
});
