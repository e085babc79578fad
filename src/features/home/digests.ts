import { clustersToChange, type Definitions, type DigestFacts, factsOf, visibleWords } from '../digests';
import { visibleOrNone } from '../../access/visible-clusters';
import type { SlackContext } from '../../slack/define';

/** Lists the digests that a person may change: their own, and those with clusters that are all open to them for digests. */
export const digestsFor = async (
  context: SlackContext<{ readonly digests: Pick<Definitions, 'all'> }>,
): Promise<readonly DigestFacts[]> => {
  const { actor, config, digests } = context;
  const all = (await digests.all()).filter(({ team }) => team === actor.team);
  const visible = await visibleOrNone(actor, 'digest', context);
  const allowed = new Set(visible);
  const names = [...config.clusters.keys()];
  const isAllowed = (words: readonly string[]): boolean =>
    allowed.size > 0 &&
    clustersToChange(words, names, config.owners).every((cluster) => allowed.has(cluster));
  const now = Date.now();
  const mine = ({ owner }: { readonly owner: string }): boolean => owner === actor.user;
  return all
    .filter((digest) => mine(digest) || isAllowed(digest.clusters))
    .sort((a, b) => Number(mine(b)) - Number(mine(a)) || (a.id < b.id ? -1 : 1))
    .map((digest) =>
      factsOf({ ...digest, clusters: visibleWords(digest.clusters, visible, config.owners) }, now),
    );
};
