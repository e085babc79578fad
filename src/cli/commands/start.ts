import type { Config } from '../../config/config';
import { clustersPath, type Env, roles, vantagePoint, type ProcessUses } from '../../config/env';
import { loadConfig } from '../../config/load-config';
import { formatProblem, type Problem } from '../../config/problem';
import { type CliCommand, defineCliCommand, exit, type Terminal, usageError, word } from '../command';
import type { Result } from '../../result';
import { usesOf } from '../uses';

/** Starts the bot and resolves when it has stopped. A failure says why it could not start. */
export type Start = (parts: {
  readonly env: Env;
  readonly config: Config;
  /** The clusters file. */
  readonly file: string;
  /** Reads and validates the configuration again. */
  readonly load: () => Result<{ readonly config: Config }, readonly Problem[]>;
  readonly uses: ProcessUses;
  /** Maximum jobs of a queue that run at once; absent: the bot's default. */
  readonly concurrency?: number | undefined;
  readonly terminal: Terminal;
}) => Promise<Result<unknown>>;

/** Declares `start`. The composition root passes in what it starts, since no lower layer may import that. */
export const startCommand = (start: Start): CliCommand =>
  defineCliCommand({
    name: 'start',
    usage:
      '[--role bot|worker] [--queues checks,tokens,digests] [--concurrency N] | --probe-from NAME [--concurrency N]',
    summary: 'Runs the bot: listens to Slack, works on jobs, or both',
    options: {
      role: { type: 'string' },
      queues: { type: 'string' },
      concurrency: { type: 'string' },
      'probe-from': { type: 'string' },
    },
    choices: { role: roles },
    optionHelp: {
      role: 'ROLE  bot listens to Slack, worker works on jobs (default: both)',
      queues: 'LIST  the queues a worker takes jobs from (default: all)',
      concurrency: 'N  maximum jobs of a queue that a worker runs at once, 1 to 100 (default: 5)',
      'probe-from':
        'NAME  only probes clusters with probe: { from: NAME }, as their second vantage point; needs no Slack (or PEERING_PROBE_FROM)',
    },
    examples: [
      'start',
      'start --role bot',
      'start --role worker --queues checks,digests --concurrency 10',
      'start --probe-from dmz',
    ],
    positionals: [0, 0],
    async run(_args, values, terminal) {
      const uses = usesOf({
        role: word(values, 'role'),
        queues: word(values, 'queues'),
        probeFrom: vantagePoint(terminal.env, word(values, 'probe-from')),
      });
      if (typeof uses === 'string') return usageError(terminal, uses);
      const given = word(values, 'concurrency');
      const concurrency = given === undefined ? undefined : Number(given);
      if (
        concurrency !== undefined &&
        !(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 100)
      )
        return usageError(terminal, '--concurrency takes a number from 1 to 100');
      const file = clustersPath(terminal.env, word(values, 'clusters'));
      const load = () => loadConfig(file, terminal.env, uses);
      const loaded = load();
      if (!loaded.ok) {
        for (const problem of loaded.error) terminal.err(`${formatProblem(problem)}\n`);
        return exit.usage;
      }
      const ended = await start({
        ...loaded.value,
        file,
        load,
        uses,
        terminal,
        concurrency,
      });
      if (ended.ok) return exit.fine;
      terminal.err(`peering-bot: ${ended.error}\n`);
      return exit.undecided;
    },
  });
