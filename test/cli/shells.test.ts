import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { allCommands } from '../../src/cli/all-commands';
import { success } from '../../src/result';
import { binary, describeWith } from '../lab/binaries';
import { namesToComplete, runInProcess } from './support';

/** Drives the real shells with the scripts of `peering-bot completion`. */

const commands = allCommands(async () => success(undefined));

/** Answers a fast stand-in for `peering-bot`, which starts no Node. */
let server: Server;
let folder: string;
let env: Record<string, string>;

const hostile = '$(touch pwned)';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shells-'));
  writeFileSync(join(folder, 'clusters.yml'), namesToComplete);
  writeFileSync(join(folder, 'some.yml'), '');
  const calls = [
    { service: 'web', destination: 'billing' },
    { service: 'my shop', destination: hostile },
    { service: "it's", destination: 'a*b' },
  ];
  mkdirSync(join(folder, 'cache/peering-bot'), { recursive: true });
  writeFileSync(
    join(folder, 'cache/peering-bot/seen.json'),
    JSON.stringify({ 'prod-east': { peers: [{ name: 'west', calls }], gateways: ['mesh-gateway'] } }),
  );
  const used = { PEERING_CLUSTERS: join(folder, 'clusters.yml'), XDG_CACHE_HOME: join(folder, 'cache') };
  server = createServer((socket) => {
    let received = '';
    socket.on('data', (data) => {
      received += String(data);
      const [count = '', ...argv] = received.split('\0');
      if (argv.length <= Number(count)) return;
      void runInProcess(commands, argv.slice(0, -1), { env: used }).then(({ out }) => socket.end(out));
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  writeFileSync(
    join(folder, 'peering-bot'),
    `#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/${port}\nprintf '%s\\0' $# "$@" >&3\ncat <&3\n`,
  );
  chmodSync(join(folder, 'peering-bot'), 0o755);
  env = { PATH: `${folder}:${process.env['PATH']}`, HOME: folder, TERM: 'xterm', LANG: 'C.UTF-8' };
  for (const shell of ['bash', 'zsh', 'fish']) {
    writeFileSync(join(folder, `script.${shell}`), (await runInProcess(commands, ['completion', shell])).out);
  }
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const run = async (file: string, args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(file, args, { env, cwd: folder, timeout: 60_000 })).stdout;

describe('bash', () => {
  it.each([
    ['check pr', ' \t:=', ['prod-east', 'prod-west']],
    // Bash replaces only what follows the last ":" or "=".
    ['check owner : sh', ' \t:=', ['shop']],
    ['check owner :', ' \t:=', ['shop']],
    ['check prod-east label : env = pr', ' \t:=', ['prod']],
    ['check prod-east label:env = pr', ' \t=', ['prod']],
    ['check owner:sh', ' \t', ['owner:shop']],
    ['check --format = js', ' \t:=', ['json']],
    ['check --format =', ' \t:=', ['text', 'json', 'junit', 'sarif']],
    ['check none', ' \t:=', []],
  ])('offers what completes %j with word breaks %j', async (words, breaks, expected) => {
    const script = `source script.bash\nCOMP_WORDBREAKS='${breaks}'\nCOMP_WORDS=(peering-bot ${words})\nCOMP_CWORD=${words.split(' ').length}\n_peering_bot\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    const offered = await run('bash', ['--norc', '-c', script]);
    expect(offered.split('\n').filter(Boolean)).toEqual(expected);
  });
});

/** Lines that are typed before the tab key, and the lines after it. */
const typed: readonly (readonly [string, string])[] = [
  ['peering-bot chec', 'peering-bot check '],
  ['peering-bot check prod-e', 'peering-bot check prod-east '],
  ['peering-bot check owner:sh', 'peering-bot check owner:shop '],
  ['peering-bot check label:env=p', 'peering-bot check label:env=prod '],
  ['peering-bot check prod-east -o sa', 'peering-bot check prod-east -o sarif '],
  ['peering-bot check -osa', 'peering-bot check -osarif '],
  ['peering-bot check -o=sa', 'peering-bot check -o=sarif '],
  ['peering-bot check --format ju', 'peering-bot check --format junit '],
  ['peering-bot check -format=ju', 'peering-bot check -format=junit '],
  ['peering-bot check --exit-codes m', 'peering-bot check --exit-codes monitor '],
  ['peering-bot check --exit-codes=m', 'peering-bot check --exit-codes=monitor '],
  [
    'peering-bot check --only mesh-gateway-mode,acl-t',
    'peering-bot check --only mesh-gateway-mode,acl-token-expiry ',
  ],
  ['peering-bot check --skip=acls,mesh-gateway-mod', 'peering-bot check --skip=acls,mesh-gateway-mode '],
  ['peering-bot check -list-c', 'peering-bot check -list-checks '],
  ['peering-bot check prod-east --peer w', 'peering-bot check prod-east --peer west '],
  ['peering-bot check --clusters so', 'peering-bot check --clusters some.yml '],
  ['peering-bot check --clusters=so', 'peering-bot check --clusters=some.yml '],
  ['peering-bot explain mesh-gateway-mod', 'peering-bot explain mesh-gateway-mode '],
  ['peering-bot impact prod-east gateway/m', 'peering-bot impact prod-east gateway/mesh-gateway '],
  ['peering-bot impact prod-east peer/', 'peering-bot impact prod-east peer/west '],
  ['peering-bot trace prod-east w', 'peering-bot trace prod-east web '],
  ['peering-bot trace -o json prod-east web b', 'peering-bot trace -o json prod-east web billing '],
  // Names that the shell would take for more than a word are quoted.
  ['peering-bot trace prod-east m', 'peering-bot trace prod-east my\\ shop '],
  ['peering-bot trace prod-east my\\ s', 'peering-bot trace prod-east my\\ shop '],
  ['peering-bot trace prod-east "my s', 'peering-bot trace prod-east "my shop" '],
  ["peering-bot trace prod-east 'my s", "peering-bot trace prod-east 'my shop' "],
  ['peering-bot trace prod-east i', "peering-bot trace prod-east it\\'s "],
  ["peering-bot trace prod-east it\\'s a", "peering-bot trace prod-east it\\'s a\\*b "],
  ['peering-bot trace prod-east my\\ shop ', 'peering-bot trace prod-east my\\ shop \\$\\(touch\\ pwned\\) '],
];

/**
 * Starts each shell in a terminal of its own, types a line, the tab key and Ctrl-O, which prints the line between marks.
 */
const setUp: Readonly<Record<string, readonly [command: string, start: string]>> = {
  bash: [
    'bash --norc --noprofile -i',
    `PS1=; bind 'set bell-style none'; source script.bash; show() { echo "<""<$READLINE_LINE>"">"; READLINE_LINE=; }; bind -x '"\\C-o": show'; echo REA""DY`,
  ],
  zsh: [
    'zsh -f -i',
    'PS1=; unsetopt beep; autoload -Uz compinit; compinit -u -D; source ./script.zsh; show() { print -r -- "<""<$BUFFER>"">"; BUFFER= }; zle -N show; bindkey "^O" show; echo REA""DY',
  ],
  fish: [
    'fish --no-config -i',
    'function fish_prompt; end; source script.fish; function show; echo "<""<"(commandline)">"">"; commandline ""; end; bind \\co show; echo REA""DY',
  ],
};

const driver = `zmodload zsh/zpty
zpty -b shell "$1"
zpty -w shell "$2"
zpty -r -m shell out '*READY*'
shift 2
for line in "$@"; do
  zpty -wn shell "$line"$'\\t\\x0f'
  zpty -r -m shell out '*<<*>>*'
  print -rN -- "\${\${out##*<<}%%>>*}"
done
zpty -d shell
`;

describeWith(['zsh', 'fish'], 'completion in a terminal', () => {
  it.each(Object.keys(setUp))(
    'of %s completes what is typed',
    async (shell) => {
      const [command = '', start = ''] = setUp[shell] ?? [];
      const lines = typed.map(([line]) => line);
      const shown = await run(binary('zsh'), ['-f', '-c', driver, 'driver', command, start, ...lines]);
      expect(shown.split('\0').slice(0, -1)).toEqual(typed.map(([, after]) => after));
      expect(readdirSync(folder)).not.toContain('pwned');
    },
    60_000,
  );

  it('of zsh also works from a file in a folder of $fpath', async () => {
    const functions = join(folder, 'functions');
    mkdirSync(functions);
    cpSync(join(folder, 'script.zsh'), join(functions, '_peering-bot'));
    const [command = '', start = ''] = setUp['zsh'] ?? [];
    const ready = `fpath=(${functions} $fpath); ${start.replace('source ./script.zsh', 'true')}`;
    // The first key loads the file, and completes too.
    const lines = ['peering-bot check prod-e', 'peering-bot check owner:sh'];
    const shown = await run(binary('zsh'), ['-f', '-c', driver, 'driver', command, ready, ...lines]);
    expect(shown.split('\0').slice(0, -1)).toEqual([
      'peering-bot check prod-east ',
      'peering-bot check owner:shop ',
    ]);
  }, 60_000);
});
