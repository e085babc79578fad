import type { AclToken } from '../../consul/wire';
import { isAffected, type VersionRange } from '../consul/version-ranges';

/** Writes `consul acl token update` with the flags of the cluster's version. */

/** A token, with the links that an update drops unless flags name them. */
export type UpdatedToken = Pick<AclToken, 'AccessorID' | 'ServiceIdentities' | 'NodeIdentities'>;

interface Flags {
  readonly accessor: string;
  /** Adds a policy to those of the token; what else it has is not kept by that. */
  readonly addPolicy: (name: string) => readonly string[];
  /** Keeps what else the token has: roles and identities. */
  readonly keepOthers: (token: UpdatedToken) => readonly string[];
}

/**
 * Flags that every version knows. Later ones print that they are deprecated (measured on 1.14.11 and 1.20.1), so they
 * serve for versions that lack the others, and where the version is not visible.
 */
const mergeFlags: Flags = {
  accessor: '-id',
  addPolicy: (name) => ['-merge-policies', '-policy-name', name],
  keepOthers: () => ['-merge-roles', '-merge-service-identities', '-merge-node-identities'],
};

/** Versions with `-append-…` (16288 and 16506, in 1.15.1) and `-accessor-id` (16044, in 1.15.0). */
const withAppend: readonly VersionRange[] = [['1.15.1']];

/**
 * Flags of later versions. Roles and policies stay without a flag, identities do not (measured on 1.20.1): appending
 * those that the token has keeps them.
 */
const appendFlags: Flags = {
  accessor: '-accessor-id',
  addPolicy: (name) => ['-append-policy-name', name],
  keepOthers: ({ ServiceIdentities, NodeIdentities }) => [
    ...ServiceIdentities.flatMap(({ ServiceName, Datacenters }) => [
      '-append-service-identity',
      Datacenters.length === 0 ? ServiceName : `${ServiceName}:${Datacenters.join(',')}`,
    ]),
    ...NodeIdentities.flatMap(({ NodeName, Datacenter }) => [
      '-append-node-identity',
      `${NodeName}:${Datacenter}`,
    ]),
  ],
};

const flagsOf = (consulVersion: string): Flags =>
  isAffected(consulVersion, withAppend) ? appendFlags : mergeFlags;

const updateOf = (
  { accessor, keepOthers }: Flags,
  token: UpdatedToken,
  policies: readonly string[],
): readonly string[] => {
  const update = ['consul', 'acl', 'token', 'update', accessor, token.AccessorID];
  return [...update, ...policies, ...keepOthers(token)];
};

/** Returns the command that adds a policy to a token. */
export const addPolicyCommand = (
  consulVersion: string,
  token: UpdatedToken,
  policy: string,
): readonly string[] => {
  const flags = flagsOf(consulVersion);
  return updateOf(flags, token, flags.addPolicy(policy));
};

/**
 * Returns the command that replaces the policies of a token.
 *
 * @param policies as flags, such as `-policy-name mesh-gateway`
 */
export const replacePoliciesCommand = (
  consulVersion: string,
  token: UpdatedToken,
  policies: readonly string[],
): readonly string[] => updateOf(flagsOf(consulVersion), token, policies);
