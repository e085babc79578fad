import type { CliCommand, ExitCode, Terminal } from '../../src/cli/command';
import { runCli } from '../../src/cli/run';

/** Runs a command line in this process, with what it wrote. */
export const runInProcess = async (
  commands: readonly CliCommand[],
  argv: readonly string[],
  given: Partial<Terminal> = {},
): Promise<{ code: ExitCode; out: string; err: string }> => {
  let out = '';
  let err = '';
  const terminal: Terminal = {
    env: {},
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    colour: false,
    progress: false,
    signal: new AbortController().signal,
    ...given,
  };
  const code = await runCli(commands, argv, terminal);
  return { code, out, err };
};
