import type { OwnerConfig } from '../../../src/config/config';
import { channels } from '../../../sandbox/workspace/people';
import type { Stage } from './stage';

/** The channels of the owners of both clusters. */
export const ownerChannels = { east: channels.platform, west: channels.leads } as const;
export const ownerGroups = { east: 'S0EAST', west: 'S0WEST' } as const;

const owner = (side: 'east' | 'west', over: Partial<OwnerConfig>): OwnerConfig => ({
  usergroup: ownerGroups[side],
  channel: ownerChannels[side],
  approvers: { users: [], usergroups: [ownerGroups[side]] },
  labels: {},
  samePerson: false,
  ...over,
});

/** Makes the owners of `prod-east` and `prod-west`, whose approvers are the members of a user group each. */
export const twoOwners = ({
  east = {},
  west = {},
}: {
  readonly east?: Partial<OwnerConfig>;
  readonly west?: Partial<OwnerConfig>;
} = {}): Readonly<Record<string, OwnerConfig>> => ({
  'prod-east': owner('east', east),
  'prod-west': owner('west', west),
});

/** Sets who is in both user groups; undefined: the group is gone. */
export const setMembers = (
  { slack }: Pick<Stage, 'slack'>,
  members: Readonly<Record<'east' | 'west', readonly string[] | undefined>>,
): void => {
  for (const side of ['east', 'west'] as const) {
    const id = ownerGroups[side];
    const users = members[side];
    if (users === undefined) slack.state.usergroups.delete(id);
    else slack.state.usergroups.set(id, { id, handle: side, name: side, users: [...users] });
  }
};
