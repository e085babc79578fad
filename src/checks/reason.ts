import type { Unseen } from '../snapshot/snapshot';

/** Why something could not be seen, in one sentence that names the ACL rules that would show it. Never empty. */
export const reasonOf = ({ kind, endpoint, message, needs = [] }: Unseen): string => {
  const what = message || `${endpoint} could not be seen (${kind})`;
  const unnamed = needs.filter((rule) => !what.includes(rule));
  return unnamed.length > 0
    ? `${what} (the token needs ${unnamed.map((rule) => `\`${rule}\``).join(' and ')})`
    : what;
};
