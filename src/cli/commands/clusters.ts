import { readClustersFile } from '../../config/clusters-file';
import { clustersPath } from '../../config/env';
import { formatProblem } from '../../config/problem';
import { defineCliCommand, exit, word } from '../command';

export const clusters = defineCliCommand({
  name: 'clusters',
  usage: '',
  summary: 'Lists the configured clusters and which of each other they peer with',
  options: {},
  optionHelp: {},
  positionals: [0, 0],
  async run(_args, values, terminal) {
    const read = readClustersFile(clustersPath(terminal.env, word(values, 'clusters')));
    if (!read.ok) {
      for (const problem of read.problems) terminal.err(`${formatProblem(problem)}\n`);
      return exit.usage;
    }
    const list = [...read.value.clusters.values()];
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
