import { safeJson } from '../../render/json';
import { type CliCommand, exit, textOrJson } from '../command';
import type { ListedCluster } from '../lists';
import { readConfig } from '../open-cluster';

/** Lists the clusters of the clusters file. */
export const listClusters: CliCommand['run'] = async (_args, values, terminal) => {
  const format = textOrJson(values, terminal);
  if (typeof format === 'number') return format;
  const config = readConfig(values, terminal);
  if (typeof config === 'number') return config;
  const list = [...config.clusters.values()];
  if (format === 'json') {
    const rows = list.map(({ name, address, peers }): ListedCluster => ({ name, address, peers }));
    terminal.out(safeJson(rows));
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
};
