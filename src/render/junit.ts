import { type Finding, isMuted, type Report, type CheckResult } from '../report/report';
import { showable, showInvisible } from './escape';
import { groupsOf } from './findings';
import { count, mutedWords, overrideWords } from './words';

/**
 * Renders the report as JUnit XML for CI systems, with one suite per group and one case per check. Errors and warnings
 * are failures, checks that could not be evaluated are errors, and those that do not apply or are muted are skipped.
 */

/** Makes hidden characters visible, which also removes those that XML 1.0 does not allow; line breaks stay. */
const xml = (text: string): string =>
  (showable(text) ? text : text.split('\n').map(showInvisible).join('\n'))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${xml(showInvisible(String(value)))}"`)
    .join('');

const element = (name: string, values: Readonly<Record<string, string | number>>, body: string): string =>
  body === '' ? `<${name}${attributes(values)}/>` : `<${name}${attributes(values)}>${body}</${name}>`;

const findingText = ({
  severity,
  subject,
  message,
  evidence,
  remediation,
  docs,
  muted,
  override,
}: Finding): string =>
  [
    `${severity}: ${subject.kind} ${subject.name}: ${message}`,
    ...evidence.map(
      ({ endpoint, path, value }) => `  evidence ${endpoint} ${path} = ${JSON.stringify(value)}`,
    ),
    ...remediation.map(({ title, language, code }) => `  fix ${title} (${language})\n${code}`),
    docs === '' ? '' : `  docs ${docs}`,
    muted === undefined ? '' : `  ${mutedWords(muted)}`,
    override === undefined ? '' : `  ${overrideWords(override)}`,
  ]
    .filter((line) => line !== '')
    .join('\n');

const failed = (result: CheckResult): boolean =>
  result.status === 'fail' && result.severity !== 'info' && !isMuted(result);

const outcome = (result: CheckResult): string => {
  const text = xml(result.findings.map(findingText).join('\n\n'));
  if (result.status === 'skip') return element('skipped', { message: result.reason }, '');
  if (result.status === 'unknown') return element('error', { message: result.reason, type: 'unknown' }, text);
  if (isMuted(result)) {
    const message = `muted: ${count(result.findings.length, 'finding')}`;
    return `${element('skipped', { message }, '')}${element('system-out', {}, text)}`;
  }
  if (failed(result)) {
    const counting = result.findings.filter(({ muted }) => !muted);
    const message = `${result.title}: ${count(counting.length, 'finding')}`;
    return element('failure', { message, type: result.severity }, text);
  }
  return text === '' ? '' : element('system-out', {}, text);
};

const totals = (results: readonly CheckResult[]) => ({
  tests: results.length,
  failures: results.filter(failed).length,
  errors: results.filter((result) => result.status === 'unknown').length,
  skipped: results.filter((result) => result.status === 'skip' || isMuted(result)).length,
});

const suitesOf = (report: Report): readonly string[] => {
  const timestamp = report.startedAt.slice(0, 19);
  return [...groupsOf(report)].map(([group, results]) => {
    const cases = results.map((result) =>
      element(
        'testcase',
        { classname: `${report.cluster.name}.${group}`, name: result.id, time: 0 },
        outcome(result),
      ),
    );
    return element(
      'testsuite',
      { name: group, ...totals(results), time: 0, timestamp, hostname: report.cluster.name },
      `\n    ${cases.join('\n    ')}\n  `,
    );
  });
};

/** Returns JUnit XML of one or several reports; it ends in a newline. */
export const renderJunit = (...reports: readonly Report[]): string => {
  const time = (reports.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000).toFixed(3);
  const suites = reports.flatMap(suitesOf);
  const names = reports.map(({ cluster }) => cluster.name).join(' ');
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(
    'testsuites',
    { name: `peering-bot ${names}`, ...totals(reports.flatMap(({ results }) => results)), time },
    suites.length === 0 ? '' : `\n  ${suites.join('\n  ')}\n`,
  )}\n`;
};
