import type { CliCommand, ExitCode, Terminal } from '../../src/cli/command';
import { runCli } from '../../src/cli/run';

/** A clusters file with names of each kind that completion offers. */
export const namesToComplete = `clusters:
  prod-east: { address: http://localhost:8500, peers: { west: prod-west } }
  prod-west: { address: http://localhost:8500 }
owners:
  - { clusters: [prod-west], name: shop, usergroup: S012345678, channel: C012345678, labels: { env: prod } }
`;

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
