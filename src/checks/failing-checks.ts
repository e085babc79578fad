import type { Remediation } from '../report/report';
import { command, shellRemediation } from './remediation/shell';

/** How many checks are named in a sentence. */
const mostNames = 3;

/** Checks by their names, each once: `"serfHealth" and "ready" and 2 more`. */
export const failingWords = (names: readonly string[]): string => {
  const unique = [...new Set(names)];
  const named = unique.slice(0, mostNames).map((name) => `"${name}"`);
  return [...named, ...(unique.length > mostNames ? [`${unique.length - mostNames} more`] : [])].join(
    ' and ',
  );
};

/** Shows the checks of a service with those of its nodes; `-type checks` would leave the latter out. */
export const failingRemediation = (service: string, label = service): readonly Remediation[] =>
  shellRemediation(
    `See which checks of ${label} fail, and why`,
    command(['consul', 'watch', '-type', 'service', '-service', service]),
  );
