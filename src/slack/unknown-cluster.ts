import type { Config } from '../config/config';
import { suggestName } from '../config/suggest-name';
import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';

/** Renders the answer to a job whose cluster left the configuration between request and job. */
export const renderUnknownCluster = (cluster: string, { clusters }: Pick<Config, 'clusters'>): Message => {
  const known = [...clusters.keys()];
  return renderFailure({ kind: 'unknown-cluster', cluster, nearest: suggestName(cluster, known), known });
};
