import type { SamenessGroup } from '../../consul/wire';
import type { Entry } from '../../snapshot/snapshot';
import { orDefault } from '../names';

type Groups = readonly Entry<SamenessGroup>[] | undefined;

/** Returns the members of a sameness group of a partition (Enterprise); undefined where none is visible. */
export const membersOf = (
  groups: Groups,
  name: string,
  partition: string | undefined,
): SamenessGroup['Members'] | undefined =>
  groups?.find(({ entry }) => entry.Name === name && orDefault(entry.Partition) === orDefault(partition))
    ?.entry.Members;

/** Returns the group that every service of a partition fails over to (`DefaultForFailover`), if there is one. */
export const failoverGroupOf = (groups: Groups, partition: string | undefined): string =>
  groups?.find(
    ({ entry }) =>
      entry['DefaultForFailover'] === true && orDefault(entry.Partition) === orDefault(partition),
  )?.entry.Name ?? '';
