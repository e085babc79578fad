import type { Finding, Report, CheckResult, Severity } from '../report/report';
import { showInvisible } from './escape';
import { safeJson } from './json';
import { mutedWords } from './words';
import { omitUndefined } from '../omit-undefined';

/**
 * Renders the report as SARIF 2.1.0 (OASIS). A cluster has no files, so locations are logical: `cluster/kind/name`.
 * Checks without a finding are results too, so that a reader sees which ones could not be evaluated.
 */

const level: Record<Severity, string> = { error: 'error', warning: 'warning', info: 'note' };

const kind: Record<CheckResult['status'], string> = {
  pass: 'pass',
  skip: 'notApplicable',
  unknown: 'open',
  fail: 'fail',
};

/** Escapes what SARIF interprets in plain messages: `{0}` and `[text](link)` (sections 3.11.5 and 3.11.6). */
const message = (text: string) => ({
  text: showInvisible(text)
    .replace(/[{}]/g, '$&$&')
    .replace(/[\\[\]]/g, '\\$&'),
});

const location = (cluster: string, { subject }: Finding) => ({
  logicalLocations: [
    {
      name: subject.name,
      kind: subject.kind,
      fullyQualifiedName: `${cluster}/${subject.kind}/${subject.name}`,
    },
  ],
});

const findingResult = (report: Report, result: CheckResult, ruleIndex: number) => (finding: Finding) => ({
  ruleId: result.id,
  ruleIndex,
  kind: 'fail',
  level: level[finding.severity],
  message: message(finding.message),
  locations: [location(report.cluster.name, finding)],
  partialFingerprints: { 'subject/v1': `${result.id}/${finding.subject.kind}/${finding.subject.name}` },
  properties: omitUndefined({
    evidence: finding.evidence,
    remediation: finding.remediation,
    override: finding.override,
  }),
});

const suppressionsOf = ({ muted }: Finding) =>
  muted === undefined
    ? []
    : [{ kind: 'external', status: 'accepted', justification: showInvisible(mutedWords(muted)) }];

const results = (report: Report) => {
  // Either all results of a run have suppressions or none has (section 3.27.23).
  const some = report.results.some(({ findings }) => findings.some(({ muted }) => muted !== undefined));
  return report.results.flatMap((result, index) => [
    ...result.findings.map((finding) => ({
      ...findingResult(report, result, index)(finding),
      ...omitUndefined({ suppressions: some ? suppressionsOf(finding) : undefined }),
    })),
    ...(result.findings.length > 0 && result.status !== 'unknown'
      ? []
      : [
          {
            ruleId: result.id,
            ruleIndex: index,
            kind: kind[result.status],
            level: 'none',
            message: message(result.reason === '' ? result.title : result.reason),
            ...omitUndefined({ suppressions: some ? [] : undefined }),
          },
        ]),
  ]);
};

const rule = (result: CheckResult) => {
  const docs = result.findings.find((finding) => finding.docs.startsWith('https://'))?.docs;
  return {
    id: result.id,
    shortDescription: message(result.title),
    helpUri: docs,
    defaultConfiguration: { level: level[result.severity] },
    properties: { group: result.group },
  };
};

const runOf = (report: Report) => ({
  tool: { driver: { name: 'peering-bot', rules: report.results.map(rule) } },
  automationDetails: { id: `peering/${report.cluster.name}/` },
  invocations: [{ executionSuccessful: true, startTimeUtc: report.startedAt }],
  results: results(report),
  properties: { verdict: report.verdict, summary: report.summary, notes: report.notes },
});

/** Returns a SARIF log with one run a report, as indented JSON that ends in a newline. */
export const renderSarif = (...reports: readonly Report[]): string =>
  safeJson({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: reports.map(runOf),
  });
