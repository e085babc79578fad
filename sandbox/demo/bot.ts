import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Workspace } from '../workspace/workspace';
import { poll, startChild } from './child';
import { done, type Environment, failed, type Running, type Step } from './step';

/** The bot itself, as it is in production: a process of its own, with the address of Slack in `SLACK_API_URL`. */

export interface BotOptions {
  readonly root: string;
  readonly env: Environment;
  readonly workspace: Workspace;
  readonly redisUrl: string;
  readonly clustersFile: string;
  readonly variables: Readonly<Record<string, string>>;
  /** In the demo's temporary folder. */
  readonly logFile: string;
}

const startMs = 30_000;
/** It takes up to 10 s to hand its work back. */
const graceMs = 11_000;

/** Environment of the bot's process, without anything of a real installation. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'NODE_EXTRA_CA_CERTS', 'SystemRoot'];

export const startBot = async (options: BotOptions): Promise<Step<Running>> => {
  const { root, env, workspace } = options;
  const main = join(root, 'dist/main.js');
  if (!existsSync(main)) return failed(`${main} is missing: run npm run build`);
  const child = startChild(process.execPath, [main, 'start'], {
    cwd: root,
    logFile: options.logFile,
    folder: dirname(options.logFile),
    env: {
      ...Object.fromEntries(inherited.map((name) => [name, env[name]])),
      SLACK_API_URL: workspace.apiUrl,
      SLACK_BOT_TOKEN: workspace.botToken,
      SLACK_APP_TOKEN: workspace.appToken,
      REDIS_URL: options.redisUrl,
      PEERING_CLUSTERS: options.clustersFile,
      PEERING_SIGNING_KEY: randomBytes(32).toString('hex'),
      LOG_LEVEL: env['LOG_LEVEL'] ?? 'info',
      ...options.variables,
    },
  });
  const ready = await poll(() => workspace.sockets.connections() > 0, startMs, child.running);
  if (ready) return done({ stop: () => child.stop(graceMs) });
  await child.stop(0);
  return failed(`the bot does not start: ${child.lastLines().at(-1) ?? 'it printed nothing'}`);
};
