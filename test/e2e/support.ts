import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { transformFileSync } from '@swc/core';
import type { Workspace } from '../../sandbox/workspace/workspace';
import {
  type CommandResult,
  type Managed,
  runCommand,
  startManaged,
  temporaryFolder,
  waitFor,
} from '../lab/process';
import { signingKey } from '../sealer';

const root = resolve(__dirname, '../..');

export { manifest } from '../local-manifest';

export interface BotOptions {
  readonly slack: Workspace;
  readonly redisUrl: string;
  /** The text of clusters.yml. */
  readonly clusters: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of Node itself. */
  readonly nodeArgs?: readonly string[];
}

export interface BotProcess extends Managed {
  /** Everything that it wrote, to the last byte. */
  readonly output: () => string;
}

/** The bot's code as JavaScript, made once a test file: transforming it in every process would take seconds. */
let built: string | undefined;
afterAll(() => {
  if (built !== undefined) rmSync(built, { recursive: true, force: true });
});

const build = (): string => {
  if (built !== undefined) return built;
  const source = join(root, 'src');
  // Below the root, so that the packages are found; beside a package.json, as `dist` is.
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache', 'e2e-'));
  built = folder;
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    const target = join(folder, 'dist', file.replace(/\.ts$/, '.js'));
    if (file.endsWith('.lua')) cpSync(join(source, file), target);
    if (!file.endsWith('.ts')) continue;
    const { code } = transformFileSync(join(source, file), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
      module: { type: 'commonjs' },
    });
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  return folder;
};

/** The bot as it is run: its own process, told by environment and files. Resolves at once. */
export const launchBot = async (options: BotOptions): Promise<BotProcess> => {
  const { slack, redisUrl, clusters, args = [], env = {}, nodeArgs = [] } = options;
  const folder = await temporaryFolder('bot');
  const file = join(folder.path, 'clusters.yml');
  const log = join(folder.path, 'output.log');
  await writeFile(file, clusters);
  const command = `exec "$0" "$@" > ${log} 2>&1`;
  const bot = startManaged(
    'sh',
    ['-c', command, process.execPath, ...nodeArgs, join(build(), 'dist/main.js'), 'start', ...args],
    {
      folder: folder.path,
      env: {
        PATH: process.env['PATH'],
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_APP_TOKEN: slack.appToken,
        SLACK_API_URL: slack.apiUrl,
        REDIS_URL: redisUrl,
        PEERING_CLUSTERS: file,
        PEERING_SIGNING_KEY: signingKey,
        LOG_LEVEL: 'trace',
        ...env,
      },
    },
  );
  let kept = '';
  const output = (): string => {
    try {
      kept = readFileSync(log, 'utf8');
    } catch {
      // Its folder goes with the process.
    }
    return kept;
  };
  return { ...bot, output };
};

/** Starts the bot, and waits until it is ready. */
export const startBotProcess = async (options: BotOptions): Promise<BotProcess> => {
  const bot = await launchBot(options);
  // Tests start several at once, beside other tests.
  await waitFor('the bot to be ready', () => bot.output().includes('"msg":"ready"') || !bot.running(), {
    timeoutMs: 60_000,
  });
  if (!bot.running()) throw new Error(`the bot ended:\n${bot.output()}`);
  return bot;
};

/** Runs another command of the bot, to its end. */
export const runBotCommand = (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandResult> =>
  runCommand(process.execPath, [join(build(), 'dist/main.js'), ...args], {
    PATH: process.env['PATH'],
    ...env,
  });

/** A proxy in front of a cluster that can hold every answer back until it is let go. */
export interface Gate {
  readonly address: string;
  readonly hold: () => void;
  readonly release: () => void;
  /** Requests that wait. */
  readonly waiting: () => number;
  readonly stop: () => void;
}

export const startGate = async (target: string): Promise<Gate> => {
  let held = false;
  let queue: (() => void)[] = [];
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const onward = request(
      `${target}${incoming.url ?? '/'}`,
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  };
  const server = createServer((incoming, outgoing) => {
    if (held) queue.push(() => pass(incoming, outgoing));
    else pass(incoming, outgoing);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: () => {
      held = true;
    },
    release: () => {
      held = false;
      const waiting = queue;
      queue = [];
      for (const go of waiting) go();
    },
    waiting: () => queue.length,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
