import { safeJson } from '../../render/json';
import { packageVersion } from '../../config/package-version';
import { defineCliCommand, exit, textOrJson } from '../command';
import type { PrintedVersion } from '../lists';

export const version = defineCliCommand({
  name: 'version',
  usage: '[--format text|json]',
  summary: 'Prints the version',
  options: { format: { type: 'string' } },
  optionHelp: { format: 'FORMAT  text or json, which has the version of Node too (default: text)' },
  examples: ['version', 'version -o json'],
  ignoresClusters: true,
  positionals: [0, 0],
  run(_positionals, values, terminal) {
    const format = textOrJson(values, terminal);
    if (typeof format === 'number') return Promise.resolve(format);
    const printed: PrintedVersion = { version: packageVersion, node: process.versions.node };
    terminal.out(format === 'json' ? safeJson(printed) : `${printed.version}\n`);
    return Promise.resolve(exit.fine);
  },
});
