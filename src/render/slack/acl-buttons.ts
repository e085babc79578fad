import { limits } from './limits';

/** What the button under an inspection carries. Whoever handles a click decides anew whether the clicker may. */

export const aclActionIds = { share: 'acl:share' } as const;

export interface AclAction {
  readonly cluster: string;
  /** The accessor that was asked for. */
  readonly accessor: string | null;
}

/** The action as a button's value, or nothing where it is longer than Slack takes. See `encodeCheckAction`. */
export const encodeAclAction = ({ cluster, accessor }: AclAction): string | undefined => {
  const text = JSON.stringify([1, cluster, accessor]).replace(
    /[&<>]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
  return text.length <= limits.buttonValue ? text : undefined;
};

/** Reads a button's value. Values come back from outside: anything but what was encoded gives nothing. */
export const decodeAclAction = (value: string | undefined): AclAction | undefined => {
  if (value === undefined || value.length > limits.buttonValue) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed) || parsed.length !== 3) return undefined;
  const [version, cluster, accessor] = parsed as readonly unknown[];
  if (version !== 1 || typeof cluster !== 'string' || cluster === '') return undefined;
  return accessor === null || typeof accessor === 'string' ? { cluster, accessor } : undefined;
};
