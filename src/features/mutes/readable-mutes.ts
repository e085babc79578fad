import { visibleOrNone } from '../../access/visible-clusters';
import { sidesShownBy, showsOnly } from '../../config/other-sides';
import type { CommandName } from '../../config/commands';
import { withheldWords } from '../../report/mutes';
import type { SlackContext } from '../../slack/define';
import type { ClusterMute } from './mutes.store';

/** A mute as a reader may see it. */
export interface ReadableMute extends ClusterMute {
  /** True if its subject and its reason are withheld: they may be about a cluster that the reader may not see. */
  readonly isWithheld?: boolean | undefined;
}

type Reader = Pick<SlackContext, 'actor' | 'config' | 'authorizer'>;

/** Withholds the words of mutes that may be about clusters which the reader may not see, other than the reader's own. */
export const readableMutes = async (
  mutes: readonly ClusterMute[],
  command: CommandName,
  reader: Reader,
): Promise<readonly ReadableMute[]> => {
  const { actor, config } = reader;
  const sides = new Set(mutes.flatMap((mute) => sidesShownBy(mute, config.clusters.get(mute.cluster))));
  const visible = await visibleOrNone(actor, command, reader, [...sides]);
  return mutes.map((mute) =>
    mute.by === actor.user || showsOnly(mute, config.clusters.get(mute.cluster), visible)
      ? mute
      : { ...mute, subject: null, reason: withheldWords, isWithheld: true },
  );
};
