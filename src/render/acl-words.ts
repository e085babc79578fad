import type { AclCandidates, AclReport, AclTokenReport } from '../report/acl';
import { count } from './words';

/** Words that the renderers of the ACL report share. Quoted names may be hostile: each renderer escapes them. */

/** Rates a token for its icon. */
export const standing = ({
  state,
  grants,
  management,
  expiry,
}: AclTokenReport): 'good' | 'bad' | 'unsure' | 'risky' => {
  if (state === 'unreadable' || state === 'gone') return 'unsure';
  if (grants.some(({ allowed }) => !allowed) || expiry === 'expired') return 'bad';
  return management || expiry === 'soon' ? 'risky' : 'good';
};

/** Summarizes a token in one phrase. */
export const standingWords = ({ state, grants, management, expiry }: AclTokenReport): string => {
  if (state === 'gone') return 'not found';
  if (state === 'unreadable') return 'status unknown';
  if (expiry === 'expired') return 'expired';
  const missing = grants.filter(({ allowed }) => !allowed).length;
  if (missing > 0) return `lacks ${missing} of ${count(grants.length, 'required permission')}`;
  if (management) return 'management token: has every permission';
  return grants.length === 0 ? 'needs no permissions' : 'has all required permissions';
};

/** Describes when a token expires. `when` formats a time for the renderer. */
export const expiryWords = ({ expiry, expires }: AclTokenReport, when: (iso: string) => string): string => {
  if (expiry === 'renewed') return 'created by a login, which renews it';
  if (expiry === 'never' || expires === null) return 'does not expire';
  return `${expiry === 'expired' ? 'expired' : 'expires'} ${when(expires)}`;
};

/** Counts the tokens that have the permissions that a gateway needs. */
export const candidateWords = ({ gateway, found, searched, management }: AclCandidates): string =>
  `${found === 0 ? 'none' : found} of ${count(searched, 'token')} ${found === 1 ? 'has' : 'have'} the permissions for ${gateway}${management > 0 ? ` (${count(management, 'management token')} not counted)` : ''}`;

/** Names the policy that applies if no rule matches. */
export const defaultWords = ({ enabled, defaultPolicy }: AclReport): string => {
  if (!enabled) return 'ACLs are disabled';
  return defaultPolicy === null ? 'default policy not visible' : `default policy ${defaultPolicy}`;
};
