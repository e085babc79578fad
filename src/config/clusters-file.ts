import { readFileSync, statSync } from 'node:fs';
import { failure } from '../result';
import { maxClustersBytes } from './max-clusters-bytes';
import { type ClustersRead, noSoundClusters, parseClustersFile } from './parse-clusters-file';

const refused = (file: string, message: string): ClustersRead => ({
  ...failure([{ file, path: '', message }]),
  sound: noSoundClusters,
});

/** Reads and validates `clusters.yml`. A file that cannot be read is a mistake without a line. */
export const readClustersFile = (file: string): ClustersRead => {
  try {
    if (statSync(file).size > maxClustersBytes)
      return refused(file, `is larger than ${maxClustersBytes} bytes: expected the clusters file here`);
    return parseClustersFile(readFileSync(file, 'utf8'), file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return refused(
      file,
      `cannot be read (${code}): expected the clusters file here; name it with --clusters FILE or PEERING_CLUSTERS`,
    );
  }
};
