import { isPattern } from '../config/match-clusters';

/** The cluster that a command needs a permission for; none for a pattern, which selects among those that a person may see. */
export const accessTo = ({ cluster }: { readonly cluster: string }): readonly string[] =>
  isPattern(cluster) ? [] : [cluster];
