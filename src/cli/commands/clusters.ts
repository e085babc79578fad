import { readClustersFile } from '../../config/clusters-file';
import { clustersPath } from '../../config/env';
import { formatProblem } from '../../config/problem';
import { didYouMean } from '../../config/suggest-name';
import { safeJson } from '../../render/json';
import { defineCliCommand, exit, usageError, word } from '../command';

export const clusters = defineCliCommand({
  name: 'clusters',
  usage: '[--format text|json]',
  summary: 'Lists the configured clusters and which of each other they peer with',
  options: { format: { type: 'string' } },
  optionHelp: { format: 'FORMAT  text or json (default: text)' },
  examples: ['clusters', 'clusters -o json'],
  positionals: [0, 0],
  async run(_args, values, terminal) {
    const format = word(values, 'format') ?? 'text';
    if (format !== 'text' && format !== 'json') {
      return usageError(terminal, `--format takes text, json${didYouMean(format, ['text', 'json'])}`);
    }
    const read = readClustersFile(clustersPath(terminal.env, word(values, 'clusters')));
    if (!read.ok) {
      for (const problem of read.error) terminal.err(`${formatProblem(problem)}\n`);
      return exit.usage;
    }
    const list = [...read.value.clusters.values()];
    if (format === 'json') {
      terminal.out(safeJson(list.map(({ name, address, peers }) => ({ name, address, peers }))));
      return exit.fine;
    }
    const width = Math.max(0, ...list.map(({ name }) => name.length));
    for (const { name, address, peers } of list) {
      const known = Object.entries(peers).map(([peer, cluster]) => `${peer} is ${cluster}`);
      terminal.out(
        `${name.padEnd(width)}  ${address}${known.length > 0 ? `  peers: ${known.join(', ')}` : ''}\n`,
      );
    }
    return exit.fine;
  },
});
