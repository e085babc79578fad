import { factsOf } from '../digests/facts';
import type { DigestFacts } from '../digests/notices.message';
import { clustersOf } from '../digests/parse-digest';
import type { Asked, SlackTools } from '../../slack/define';
import { clustersOf as clustersFor } from '../../access/visible-clusters';

/** The digests that a person may change: their own, and those about nothing but clusters that they may have one of. */
export const digestsFor = async (
  { actor }: Asked,
  tools: Pick<SlackTools, 'config' | 'authorizer' | 'digests'>,
): Promise<readonly DigestFacts[]> => {
  const all = (await tools.digests.all()).filter(({ team }) => team === actor.team);
  const allowed = new Set(await clustersFor(actor, 'digest', tools));
  const names = [...tools.config.clusters.keys()];
  const isAllowed = (words: readonly string[]): boolean =>
    allowed.size > 0 && clustersOf(words, names).clusters.every((cluster) => allowed.has(cluster));
  const now = Date.now();
  const mine = ({ owner }: { readonly owner: string }): boolean => owner === actor.user;
  return all
    .filter((digest) => mine(digest) || isAllowed(digest.clusters))
    .sort((a, b) => Number(mine(b)) - Number(mine(a)) || (a.id < b.id ? -1 : 1))
    .map((digest) => factsOf(digest, now));
};
