import type { HiddenReason } from '../snapshot/snapshot';

/** Says in one sentence why something is not visible, with the ACL rules that would show it. Never empty. */
export const reasonOf = ({ kind, cause, endpoint, message, needs = [] }: HiddenReason): string => {
  const path = endpoint.replace(/\?.*/u, '');
  // The message of such an answer speaks of `this endpoint`.
  const about = cause === 'endpoint-blocked' && path !== '' ? `${path}: ` : '';
  const what = message ? `${about}${message}` : `${endpoint} is not visible (${kind})`;
  const unnamed = needs.filter((rule) => !what.includes(rule));
  return unnamed.length > 0
    ? `${what} (the token needs ${unnamed.map((rule) => `\`${rule}\``).join(' and ')})`
    : what;
};
