import type { HiddenReason } from '../snapshot/snapshot';

/** Says in one sentence why something is not visible, with the ACL rules that would show it. Never empty. */
export const reasonOf = ({ kind, endpoint, message, needs = [] }: HiddenReason): string => {
  const what = message || `${endpoint} is not visible (${kind})`;
  const unnamed = needs.filter((rule) => !what.includes(rule));
  return unnamed.length > 0
    ? `${what} (the token needs ${unnamed.map((rule) => `\`${rule}\``).join(' and ')})`
    : what;
};
