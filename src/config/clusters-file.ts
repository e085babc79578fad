import { readFileSync } from 'node:fs';
import { failure } from '../result';
import { type ClustersRead, noSoundClusters, parseClustersFile } from './parse-clusters-file';

/** Reads and validates `clusters.yml`. A file that cannot be read is a mistake without a line. */
export const readClustersFile = (file: string): ClustersRead => {
  try {
    return parseClustersFile(readFileSync(file, 'utf8'), file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    const message = `cannot be read (${code}): expected the clusters file here; name it with --clusters FILE or PEERING_CLUSTERS`;
    return { ...failure([{ file, path: '', message }]), sound: noSoundClusters };
  }
};
