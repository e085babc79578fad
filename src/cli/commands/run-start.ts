import type { Config } from '../../config/config';
import type { Env } from '../../config/env';
import { loadConfig } from '../../config/load-config';
import { formatProblem, type Problem } from '../../config/problem';
import { clustersPath, type ProcessUses, vantagePoint } from '../../config/process-uses';
import type { Result } from '../../result';
import { type CliCommand, exit, type Terminal, usageError, word } from '../command';
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

/** Returns the code of `start`, which loads the configuration and starts the bot with it. */
export const runStart =
  (start: Start): CliCommand['run'] =>
  async (_args, values, terminal) => {
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
  };
