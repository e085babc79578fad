import { type AnyCheck, groups } from '../checks/define';
import { registry } from '../checks/registry';
import { matchesGlob } from '../config/match-glob';
import { didYouMean } from '../config/suggest-name';
import { failure, type Result, success } from '../result';

/** Ids, groups and globs of either, separated by commas. */
const patternsIn = (list: string): readonly string[] =>
  list
    .split(',')
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '');

const isMatch = (pattern: string, { id, group }: AnyCheck): boolean =>
  matchesGlob(pattern, id) || matchesGlob(pattern, group);

/**
 * Returns the checks to run, in the order of the registry. A pattern that matches no check fails: otherwise, a typing
 * error could hide a problem.
 *
 * @param only patterns of `--only`; undefined for all checks
 * @param skip patterns of `--skip`
 */
export const chooseChecks = (
  only: string | undefined,
  skip: string | undefined,
): Result<readonly AnyCheck[]> => {
  const included = only === undefined ? undefined : patternsIn(only);
  const excluded = skip === undefined ? [] : patternsIn(skip);
  if (included?.length === 0)
    return failure('--only takes ids, groups or globs of checks, separated by commas');
  for (const pattern of [...(included ?? []), ...excluded]) {
    if (registry.some((check) => isMatch(pattern, check))) continue;
    const known = [...registry.map(({ id }) => id), ...groups];
    return failure(
      `no check matches ${JSON.stringify(pattern.slice(0, 60))}${didYouMean(pattern, known) || '; peering-bot check --list-checks lists them'}`,
    );
  }
  const chosen = registry.filter(
    (check) =>
      (included === undefined || included.some((pattern) => isMatch(pattern, check))) &&
      !excluded.some((pattern) => isMatch(pattern, check)),
  );
  return chosen.length === 0 ? failure('--only and --skip leave no check to run') : success(chosen);
};
