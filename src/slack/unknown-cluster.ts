import { suggestName } from '../config/suggest-name';
import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';

/** Renders the answer to a name that is not a configured cluster. `known`: the clusters that the reader may see. */
export const renderUnknownCluster = (cluster: string, known: readonly string[]): Message =>
  renderFailure({ kind: 'unknown-cluster', cluster, nearest: suggestName(cluster, known), known });
