import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { command, pipeline, shellRemediation, shellWord } from '../../../src/checks/remediation/shell';
import { asConsulReads, hostileText } from './hostile';

const found = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;

interface Shell {
  readonly name: string;
  readonly args: readonly string[];
  /** At a prompt, text goes through the line editor and history expansion (`!`), which long lines make slow. */
  readonly maxLength: number;
}

const shells: readonly Shell[] = [
  { name: 'sh', args: [], maxLength: 10_000 },
  { name: 'bash', args: ['--norc', '--noprofile'], maxLength: 10_000 },
  { name: 'bash', args: ['--norc', '--noprofile', '-i'], maxLength: 300 },
].filter(({ name }) => found(name));

interface Call {
  readonly argv: readonly string[];
  readonly stdin: string;
}

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'peering-bot-shell-'));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'calls'));
  mkdirSync(join(folder, 'cwd'));
  // Records its arguments, each ended by U+0000, and its input where the last argument asks for it.
  const recorder = `#!/bin/sh
n=0
while [ -e "$CALLS/$n.argv" ]; do n=$((n + 1)); done
for word; do printf '%s\\0' "$word"; done >"$CALLS/$n.argv"
[ "$word" = - ] && cat >"$CALLS/$n.stdin"
exit 0
`;
  const path = join(folder, 'bin', 'consul');
  writeFileSync(path, recorder);
  chmodSync(path, 0o755);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Feeds a script to a shell as a paste would, and gives what `consul` was called with. */
const run = (shell: string, args: readonly string[], script: string): readonly Call[] => {
  const calls = join(folder, 'calls');
  for (const name of readdirSync(calls)) rmSync(join(calls, name));
  const done = spawnSync(shell, [...args], {
    input: script,
    cwd: join(folder, 'cwd'),
    env: {
      PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
      CALLS: calls,
      HOME: folder,
      LC_ALL: 'C.UTF-8',
      PS1: '',
      PS2: '',
    },
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(readdirSync(join(folder, 'cwd'))).toEqual([]);
  expect(done.stdout.toString()).toBe('');
  // An interactive shell without a terminal says so, and echoes its input line by line.
  if (!args.includes('-i')) expect(done.stderr.toString()).toBe('');
  const count = readdirSync(calls).filter((name) => name.endsWith('.argv')).length;
  return Array.from({ length: count }, (_, n) => {
    const argv = readFileSync(join(calls, `${n}.argv`), 'utf8')
      .split('\0')
      .slice(0, -1);
    const stdin = argv.at(-1) === '-' ? readFileSync(join(calls, `${n}.stdin`), 'utf8') : '';
    return { argv, stdin };
  });
};

const endsInNewline = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);
const visible = /^(?:(?!\p{Default_Ignorable_Code_Point}|\u2800)[\p{L}\p{M}\p{N}\p{P}\p{S} \n])*$/u;

describe.each(shells)('shell snippets in a real $name $args', ({ name, args, maxLength }) => {
  it.each(['Eé\n', 'EOFé\nHé\n', 'EOF\nEOF1é\n', 'Eé\nHé\nTé\nSé\n'])(
    'hand over every byte of lines that begin like a delimiter: %j',
    (stdin) => {
      expect(run(name, args, command(['consul', '-'], stdin) ?? '')).toEqual([{ argv: ['-'], stdin }]);
    },
  );

  it('hand over exact arguments and input, and run nothing else', () => {
    // A call that ends in `-` without input of its own would read the rest of the script.
    const text = hostileText(maxLength);
    const argument = text.filter((word) => word !== '-' && !word.endsWith('\n'));
    const one = fc.record({ argument, stdin: fc.option(text, { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 12 }), (cases) => {
        const script = cases.map(({ argument, stdin }) =>
          command(['consul', 'x', argument, ...(stdin === undefined ? [] : ['-'])], stdin),
        );
        const expected = cases.map(({ argument, stdin }): Call => {
          const argv = ['x', asConsulReads(argument), ...(stdin === undefined ? [] : ['-'])];
          const input = asConsulReads(stdin ?? '');
          return { argv, stdin: stdin !== undefined && visible.test(input) ? endsInNewline(input) : input };
        });
        expect(run(name, args, script.join(''))).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  }, 120_000);
});

describe('shell writer', () => {
  it('writes no character that a terminal acts on, but newlines', () => {
    fc.assert(
      fc.property(hostileText(), hostileText(), (argument, stdin) => {
        expect(command(['consul', argument], stdin) ?? '').toMatch(visible);
        const piped = [
          ['consul', argument],
          ['jq', stdin],
        ];
        expect(pipeline(piped) ?? '').toMatch(visible);
      }),
    );
  });

  it('leaves plain words bare, and writes nothing where an argument cannot be written', () => {
    expect(shellWord('prod-east_1/x.y')).toBe('prod-east_1/x.y');
    expect(shellWord('')).toBe("''");
    expect(shellWord('a\0b')).toBeUndefined();
    expect(shellWord('a\n')).toBeUndefined();
    expect(command(['consul', 'a\0b'])).toBeUndefined();
    expect(command(['consul'], 'a\0b')).toBeUndefined();
    expect(pipeline([['consul'], ['jq', '\0']])).toBeUndefined();
    expect(shellRemediation('title', 'consul version\n', undefined)).toEqual([]);
  });

  it.each(['~', '*', '#x', '=ls', '!x', '{a,b}', '%1', '&', '|', '$HOME', '\\', '?', '[a]', '(', ';'])(
    'quotes %p',
    (text) => {
      expect(shellWord(text)).toBe(`'${text}'`);
    },
  );
});
