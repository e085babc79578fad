import { decodeParts, encodeParts } from '../../render/slack/button-value';

/** What the button under an inspection carries. Whoever handles a click decides anew whether the clicker may. */

export const aclActionIds = { share: 'acl:share' } as const;

export interface AclAction {
  readonly cluster: string;
  /** The accessor that was asked for. */
  readonly accessor: string | null;
}

/** The action as a button's value, or nothing where it is longer than Slack takes. */
export const encodeAclAction = ({ cluster, accessor }: AclAction): string | undefined =>
  encodeParts([cluster, accessor]);

/** Reads a button's value; nothing where it is not one of these. */
export const decodeAclAction = (value: string | undefined): AclAction | undefined => {
  const parts = decodeParts(value, 2);
  if (parts === undefined) return undefined;
  const [cluster, accessor] = parts;
  if (typeof cluster !== 'string' || cluster === '') return undefined;
  return accessor === null || typeof accessor === 'string' ? { cluster, accessor } : undefined;
};
