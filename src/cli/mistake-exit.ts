import { type ExitCode, exit } from './command';

/**
 * Returns the exit status for a mistake in a command line, and for output that cannot be written. With `--exit-codes
 * monitor` it is 3: to a monitor, 2 is an error of the cluster. Reads the words themselves, since a command line with a
 * mistake has no options yet.
 */
export const mistakeExit = (argv: readonly string[]): ExitCode => {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const at = words.findLastIndex((one) => /^--?exit-codes(?:=|$)/.test(one));
  const joined = words[at]?.split('=')[1];
  return (joined ?? words[at + 1]) === 'monitor' && at >= 0 ? exit.undecided : exit.usage;
};
