import { didYouMean } from '../config/suggest-name';
import type { ParseArgsConfig } from 'node:util';
import type { Environment } from '../config/secret';

/** Input and output of a terminal command. */
export interface Terminal {
  readonly env: Environment;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** True if standard output is a terminal that shows colour. */
  readonly colour: boolean;
  /** True if standard error is a terminal, so that progress may be drawn there. */
  readonly progress: boolean;
  /** Width of standard output in columns; undefined where it is no terminal. */
  readonly columns?: number | undefined;
  /** Height of standard error in lines. Default 24. */
  readonly screenRows?: number | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Exit statuses, which scripts rely on; see the README. */
export const exit = { fine: 0, findings: 1, usage: 2, undecided: 3 } as const;
export type ExitCode = (typeof exit)[keyof typeof exit];

type Options = NonNullable<ParseArgsConfig['options']>;
export type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

export interface CliCommand {
  readonly name: string;
  /** Its arguments, as help shows them. */
  readonly usage: string;
  readonly summary: string;
  readonly options: Options;
  /** The words of `usage` that need an explanation, for the command's own help. */
  readonly argumentHelp?: Readonly<Record<string, string>>;
  /** One line for each option, for the command's own help. */
  readonly optionHelp: Readonly<Record<string, string>>;
  /** The words of options that take one of a few, for completion. Default for `--format`: `text` and `json`. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  /** Command lines without `peering-bot`, for the command's own help. Tests run each of them. */
  readonly examples?: readonly string[];
  /** True for a command that only scripts run. */
  readonly isHidden?: boolean;
  /** True if it reads a cluster. It then also takes the flags of the `consul` command. */
  readonly takesCluster?: boolean;
  /** True if it never reads the clusters file. It accepts the option, and help leaves it out. */
  readonly ignoresClusters?: boolean;
  /** Minimum and maximum positional arguments. */
  readonly positionals: readonly [number, number];
  readonly run: (args: readonly string[], values: Values, terminal: Terminal) => Promise<ExitCode>;
}

/** Declares a command, so that its literal is type-checked. */
export const defineCliCommand = (command: CliCommand): CliCommand => command;

/** Explains the argument CLUSTER in help. */
export const clusterArgument =
  'a cluster in the clusters file. Without such a file, the cluster that the consul command would ask';

/** Returns the value of an option that takes a word; undefined if it was not given. */
export const word = (values: Values, name: string): string | undefined => {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
};

/** Reports a mistake in the command line on standard error; returns exit status 2. */
export const usageError = (terminal: Terminal, message: string): ExitCode => {
  terminal.err(`peering-bot: ${message}\n`);
  return exit.usage;
};

/** Returns the value of an option that takes one of a few words, or the sentence that says which. */
export const choice = <T extends string>(
  values: Values,
  option: string,
  known: readonly T[],
  fallback: T,
): T | { readonly problem: string } => {
  const given = word(values, option) ?? fallback;
  const found = known.find((one) => one === given);
  return found ?? { problem: `--${option} takes ${known.join(', ')}${didYouMean(given, known)}` };
};

/** The formats of most commands. */
export const textAndJson = ['text', 'json'] as const;

/** Returns the value of `--format`, or reports a mistake in it and returns the exit status. */
export const textOrJson = (values: Values, terminal: Terminal): 'text' | 'json' | ExitCode => {
  const format = choice(values, 'format', textAndJson, 'text');
  return typeof format === 'object' ? usageError(terminal, format.problem) : format;
};
