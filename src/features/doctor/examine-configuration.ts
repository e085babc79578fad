import { registry } from '../../checks/registry';
import { findIdleRules } from '../../config/cluster-rules';
import type { Config } from '../../config/config';
import { formatProblem, type Problem } from '../../config/problem';
import { correctIt, type DoctorLine, linesOf } from './finding';

const { ok, problem, warning } = linesOf('configuration');

/**
 * Examines a valid configuration: mutes and severities without effect.
 *
 * @param file names it
 * @param problems those of a newer file that is not in use
 */
export const examineConfiguration = (
  config: Config,
  file: string,
  problems: readonly Problem[] = [],
): readonly DoctorLine[] => [
  problems.length === 0
    ? ok(`${file} and the environment are valid`)
    : problem(
        'the newest clusters file is not valid, so the earlier configuration stays in use',
        'Correct the problems below',
      ),
  ...problems.map((found) => problem(formatProblem(found), correctIt)),
  ...findIdleRules(
    config,
    registry.map(({ id }) => id),
    Date.now(),
    file,
    () => ({}),
  ).map(({ path, message }) => warning(`${path} of ${file} ${message}`, 'Remove or correct it')),
];
