import { parseArgs } from 'node:util';
import { done, failed, type Step } from './step';

export interface Options {
  /** TCP port of the workspace; 0 takes a free one. */
  readonly port: number;
  /** One command to run instead of staying. */
  readonly run?: string;
  /** Real Consul clusters instead of recordings. */
  readonly real: boolean;
  /** Records the real clusters again, and ends. */
  readonly record: boolean;
  readonly help: boolean;
}

export const usage = `npm run demo [-- OPTIONS]

  --run "/peering …"  runs one command, prints the conversation and ends
  --real              starts real peered Consul clusters (needs a consul binary: on the path, or CONSUL_BIN)
  --record            starts them, has the bot look at each, and writes sandbox/recordings again
  --port PORT         where the page listens on 127.0.0.1 (default: a free port)`;

/** Reads the command line. */
export const readOptions = (args: readonly string[]): Step<Options> => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '0' },
        run: { type: 'string' },
        real: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port > 65_535)
      return failed(`--port takes a number from 0 to 65535, not "${values.port}"`);
    if (values.run !== undefined && !values.run.startsWith('/'))
      return failed(`--run takes a command as one types it, such as --run "/peering check prod-east"`);
    return done({
      port,
      real: values.real || values.record,
      record: values.record,
      help: values.help,
      ...(values.run !== undefined && { run: values.run }),
    });
  } catch (error) {
    const [first = ''] = (error as Error).message.split(/[.\n]/);
    return failed(`${first}; npm run demo -- --help names the options`);
  }
};
