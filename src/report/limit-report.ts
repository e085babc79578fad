import type { Finding, Report, CheckResult } from './report';

/** Maximum characters of one text, once a report is too large. */
const maxText = 4096;
/** Maximum characters of code to copy. Code that is longer is left out whole: cut code would be wrong code. */
const maxCode = 65_536;
/** Maximum peerings of the header, and notes. */
const maxListed = 200;

/**
 * Returns a report that takes at most about `maxBytes` as JSON. Where it would take more, its longest lists of
 * findings are cut, the worst findings stay, and each check says how many are left out, so that they do not
 * look resolved.
 */
export const limitReport = (report: Report, maxBytes: number): Report => {
  if (JSON.stringify(report).length <= maxBytes) return report;
  const clipped: Report = {
    ...report,
    peers: report.peers
      .slice(0, maxListed)
      .map((peer) => ({ ...peer, name: clip(peer.name), state: clip(peer.state) })),
    notes: report.notes.slice(0, maxListed).map(clip),
    ...(report.probes && {
      probes: report.probes.map((probed) => ({ ...probed, address: clip(probed.address) })),
    }),
    results: report.results.map((result) => ({
      ...result,
      reason: clip(result.reason),
      findings: result.findings.map(clipFinding),
    })),
  };
  const sizes = clipped.results.map(({ findings }) =>
    findings.map((finding) => JSON.stringify(finding).length + 1),
  );
  const rest = JSON.stringify({
    ...clipped,
    results: clipped.results.map((result) => ({ ...result, findings: [] })),
  }).length;
  const count = findingsThatFit(sizes, maxBytes - rest - 200 * clipped.results.length);
  return { ...clipped, results: clipped.results.map((result) => firstFindings(result, count)) };
};

/** The largest number of findings per check that fits, by bisection. */
const findingsThatFit = (sizes: readonly (readonly number[])[], bytes: number): number => {
  const sizeOf = (count: number): number =>
    sizes.reduce((sum, list) => sum + list.slice(0, count).reduce((a, b) => a + b, 0), 0);
  let [fits, tooMany] = [0, Math.max(0, ...sizes.map((list) => list.length)) + 1];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (sizeOf(middle) <= bytes) fits = middle;
    else tooMany = middle;
  }
  return fits;
};

const firstFindings = (result: CheckResult, count: number): CheckResult => {
  const leftOut = result.findings.length - count;
  if (leftOut <= 0) return result;
  const more = `${leftOut === 1 ? '1 more finding is' : `${leftOut} more findings are`} left out, because the report would be too large`;
  const reason = result.reason === '' ? more : `${result.reason}; ${more}`;
  return { ...result, reason, findings: result.findings.slice(0, count) };
};

const clip = (text: string): string => (text.length > maxText ? `${text.slice(0, maxText)}…` : text);

const clipFinding = (finding: Finding): Finding => ({
  ...finding,
  subject: { kind: clip(finding.subject.kind), name: clip(finding.subject.name) },
  message: clip(finding.message),
  evidence: finding.evidence.slice(0, maxListed).map(({ endpoint, path, value }) => ({
    endpoint: clip(endpoint),
    path: clip(path),
    value: JSON.stringify(value).length > maxText ? '(left out: too large)' : value,
  })),
  remediation: finding.remediation.filter(({ code }) => code.length <= maxCode),
});
