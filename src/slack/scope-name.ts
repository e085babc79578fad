import { isPattern } from '../config/match-clusters';
import { code, prose } from '../render/escape';

/** Names a cluster, or the pattern of several, for a mrkdwn object. */
export const scopeName = (cluster: string): string =>
  isPattern(cluster) ? code(cluster, 140) : `*${prose(cluster, 64)}*`;
