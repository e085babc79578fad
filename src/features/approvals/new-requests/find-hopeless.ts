import type { NeededYes } from '../../../config/owners';
import type { TokenServices } from '../jobs/services';

/**
 * Returns why nobody can approve a request, before anybody is asked: a user group is gone or empty, its requester is the
 * only approver, or one person is the only approver of both sides. Undefined if anybody can, or if Slack does not answer.
 */
export const findHopeless = async (
  needed: readonly NeededYes[],
  requester: string,
  membersOf: TokenServices['membersOf'],
): Promise<string | undefined> => {
  const sides: { readonly clusters: string; readonly people: ReadonlySet<string> }[] = [];
  for (const { clusters, approvers } of needed) {
    const people = new Set(approvers.users);
    for (const usergroup of approvers.usergroups) {
      const members = await membersOf(usergroup);
      if (!members.ok) return undefined;
      for (const member of members.value) people.add(member);
    }
    const names = clusters.map((name) => `"${name}"`).join(' and ');
    if (people.size === 0)
      return `nobody can approve for ${names}: the user group of its approvers is gone or has no members`;
    people.delete(requester);
    if (people.size === 0)
      return `you are the only approver for ${names}, and you cannot approve your own request: add another approver first`;
    sides.push({ clusters: names, people });
  }
  const all = new Set(sides.flatMap(({ people }) => [...people]));
  return all.size >= needed.length || needed.every(({ samePerson }) => samePerson)
    ? undefined
    : `only one person can approve for ${sides.map(({ clusters }) => clusters).join(' and for ')}, and counts for one of them: add another approver, or set same_person for both owners`;
};
