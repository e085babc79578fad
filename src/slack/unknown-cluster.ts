import { isPattern } from '../config/match-clusters';
import { isOwnerSelector, type Owners, suggestSelector } from '../config/owner-selectors';
import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';

interface Owned {
  readonly owners?: Owners;
}

/** Renders the answer to a name that is not a configured cluster. `known`: the clusters that the reader may see. */
export const renderUnknownCluster = (cluster: string, known: readonly string[], { owners }: Owned): Message =>
  renderFailure({
    kind: 'unknown-cluster',
    cluster,
    nearest: suggestSelector(cluster, known, owners),
    known,
  });

/** Renders the answer to a name or a pattern that matches none of the clusters that the reader may see. */
export const renderNoMatch = (word: string, known: readonly string[], { owners }: Owned): Message =>
  isPattern(word)
    ? renderFailure({
        kind: 'no-cluster-matches',
        pattern: word,
        known,
        nearest: isOwnerSelector(word) ? suggestSelector(word, known, owners) : undefined,
      })
    : renderUnknownCluster(word, known, { owners });
