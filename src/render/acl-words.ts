import type { AclCandidates, AclReport, AclToken } from '../report/acl';

/** Words that the renderers of an inspection share. What they quote may be hostile: each renderer escapes it. */

/** How a token stands, in a word for its mark. */
export const standing = ({
  state,
  grants,
  management,
  expiry,
}: AclToken): 'good' | 'bad' | 'unsure' | 'risky' => {
  if (state === 'unreadable' || state === 'gone') return 'unsure';
  if (grants.some(({ allowed }) => !allowed) || expiry === 'expired') return 'bad';
  return management || expiry === 'soon' ? 'risky' : 'good';
};

/** What a token amounts to, in one phrase. */
export const standingWords = ({ state, grants, management, expiry }: AclToken): string => {
  if (state === 'gone') return 'not there';
  if (state === 'unreadable') return 'cannot be judged';
  if (expiry === 'expired') return 'expired';
  const lacking = grants.filter(({ allowed }) => !allowed).length;
  if (lacking > 0) return `lacks ${lacking} of ${grants.length} grants`;
  if (management) return 'a management token: grants everything';
  return grants.length === 0 ? 'nothing is needed of it' : 'grants all that is needed';
};

/** When it ends, where that is worth a line. `when` writes a moment in the way of the renderer. */
export const expiryWords = ({ expiry, expires }: AclToken, when: (iso: string) => string): string => {
  if (expiry === 'renewed') return 'made by a login, which renews it';
  if (expiry === 'never' || expires === null) return 'does not expire';
  return `${expiry === 'expired' ? 'expired' : 'expires'} ${when(expires)}`;
};

/** How many tokens would do for a gateway. */
export const candidateWords = ({ gateway, found, searched, management }: AclCandidates): string =>
  `${found === 0 ? 'none' : found} of ${searched} tokens would do for ${gateway}${management > 0 ? ` (${management} management tokens left out)` : ''}`;

/** What holds where no rule decides. */
export const defaultWords = ({ enabled, defaultPolicy }: AclReport): string => {
  if (!enabled) return 'ACLs are disabled';
  return defaultPolicy === null ? 'default policy not seen' : `default policy ${defaultPolicy}`;
};
