/** `[first affected, first fixed)`, both as `major.minor.patch`; without an end, no release fixes it. */
export type VersionRange = readonly [from: string, fixed?: string];

interface Version {
  readonly parts: readonly [major: number, minor: number, patch: number];
  /** A beta or release candidate, which comes before the release. */
  readonly early: boolean;
}

/** Reads `1.20.1+ent` or `1.14.0-rc1`; undefined if it is not a version. */
const parseVersion = (text: string): Version | undefined => {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)(-)?/u.exec(text.trim());
  return parts
    ? { parts: [Number(parts[1]), Number(parts[2]), Number(parts[3])], early: parts[4] !== undefined }
    : undefined;
};

const compare = ({ parts: one }: Version, { parts: other }: Version): number =>
  one[0] - other[0] || one[1] - other[1] || one[2] - other[2];

/** True if the release candidates of `fixed` count as affected too. */
const isBefore = (version: Version, fixed: Version): boolean =>
  compare(version, fixed) < 0 || (compare(version, fixed) === 0 && version.early);

/** True for a version in one of the ranges; false for text that is not a version. */
export const isAffected = (text: string, ranges: readonly VersionRange[]): boolean => {
  const version = parseVersion(text);
  return ranges.some(([from, fixed]) => {
    const [first, end] = [parseVersion(from), fixed === undefined ? undefined : parseVersion(fixed)];
    return (
      version !== undefined &&
      first !== undefined &&
      compare(version, first) >= 0 &&
      (end === undefined || isBefore(version, end))
    );
  });
};

/** True for text that is a version. */
export const isVersion = (text: string): boolean => parseVersion(text) !== undefined;

/**
 * Versions whose dialers cannot establish a TERMINATED peering again before it is deleted (16776). Acceptors cannot do
 * that in any version: a token that they generate meanwhile is refused with 403 (measured on 1.20.1).
 */
export const terminatedMustBeDeleted: readonly VersionRange[] = [
  ['1.14.0', '1.14.7'],
  ['1.15.0', '1.15.3'],
];
