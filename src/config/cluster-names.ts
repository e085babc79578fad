import { readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';
import type { ClustersFile } from './clusters-schema';
import { maxClustersBytes } from './max-clusters-bytes';
import { ownerSelectors } from './owner-selectors';
import { resolveOwners } from './owners';

/** Names in a clusters file. */
export interface ClusterNames {
  /** The names of the peers of each cluster, as the file has them. */
  readonly peers: ReadonlyMap<string, readonly string[]>;
  /** Words that select clusters by owner or label. */
  readonly selectors: readonly string[];
}

const noNames: ClusterNames = { peers: new Map(), selectors: [] };

/**
 * Reads the names alone, for completion: it loads no schema, and takes what it finds of a file with mistakes. None if the file
 * cannot be read.
 */
export const readClusterNames = (file: string): ClusterNames => {
  try {
    if (statSync(file).size > maxClustersBytes) return noNames;
    // Not validated: whatever is not as expected throws here.
    const read: Pick<ClustersFile, 'clusters' | 'owners'> = parse(readFileSync(file, 'utf8'), {
      prettyErrors: false,
      logLevel: 'silent',
      maxAliasCount: 100,
    });
    const { clusters, owners } = read;
    const names = Object.keys(clusters);
    return {
      peers: new Map(names.map((name) => [name, Object.keys(clusters[name]?.peers ?? {})])),
      selectors: ownerSelectors(names, resolveOwners(clusters, owners)),
    };
  } catch {
    return noNames;
  }
};
