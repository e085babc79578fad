import { omitUndefined } from '../omit-undefined';
import type { PeerSummary } from '../report/peer-summary';
import type { ProbedAddress } from '../report/probed-address';
import type {
  CheckResult,
  Evidence,
  Finding,
  FindingChanges,
  Muted,
  Remediation,
  Report,
  SeverityOverride,
  StateChange,
} from '../report/report';

/**
 * Renders the report as JSON with its keys always in the same order, so that two runs can be compared as text.
 * Characters that control a terminal or hide text are escaped; parsing returns the original values.
 */

const evidence = ({ endpoint, path, value }: Evidence) => ({ endpoint, path, value });

const remediation = ({ title, language, code }: Remediation) => ({ title, language, code });

const muted = ({ by, until, reason, configuredAt }: Muted) =>
  omitUndefined({ by, until, reason, configuredAt });

const override = ({ was, by, until, reason, configuredAt }: SeverityOverride) => ({
  was,
  by,
  until,
  reason,
  configuredAt,
});

const change = (one: StateChange): StateChange =>
  omitUndefined({
    cluster: one.cluster,
    kind: one.kind,
    section: one.section,
    subject: { kind: one.subject.kind, name: one.subject.name },
    field: one.field,
    from: one.from,
    to: one.to,
    indexes: one.indexes && { from: one.indexes.from, to: one.indexes.to },
    position: one.position,
    unknown: one.unknown,
  });

const changed = ({ run, since, changes, more }: FindingChanges): FindingChanges => ({
  run,
  since,
  changes: changes.map(change),
  more,
});

/** A finding as plain data with its keys in a fixed order. */
export const jsonFinding = (one: Finding) => ({
  severity: one.severity,
  subject: { kind: one.subject.kind, name: one.subject.name },
  message: one.message,
  evidence: one.evidence.map(evidence),
  remediation: one.remediation.map(remediation),
  docs: one.docs,
  ...(one.causedBy && {
    causedBy: {
      check: one.causedBy.check,
      subject: { kind: one.causedBy.subject.kind, name: one.causedBy.subject.name },
    },
  }),
  ...(one.muted && { muted: muted(one.muted) }),
  ...(one.override && { override: override(one.override) }),
  ...(one.paths && { paths: [...one.paths] }),
  ...(one.changed && { changed: changed(one.changed) }),
});

const result = (one: CheckResult) => ({
  id: one.id,
  group: one.group,
  title: one.title,
  status: one.status,
  severity: one.severity,
  reason: one.reason,
  findings: one.findings.map(jsonFinding),
});

/** The report as plain data with its keys in a fixed order. */
export const jsonReport = (report: Report): Report => ({
  schemaVersion: report.schemaVersion,
  cluster: {
    name: report.cluster.name,
    datacenter: report.cluster.datacenter,
    consulVersion: report.cluster.consulVersion,
  },
  peer: report.peer,
  startedAt: report.startedAt,
  durationMs: report.durationMs,
  verdict: report.verdict,
  summary: {
    errors: report.summary.errors,
    warnings: report.summary.warnings,
    passed: report.summary.passed,
    skipped: report.summary.skipped,
    unknown: report.summary.unknown,
    muted: report.summary.muted,
  },
  peers: report.peers.map(peer),
  notes: [...report.notes],
  results: report.results.map(result),
  ...(report.probes && { probes: report.probes.map(probed) }),
});

const probed = (one: ProbedAddress): ProbedAddress => ({
  use: one.use,
  address: one.address,
  peer: one.peer,
  outcome: one.outcome,
  resolved: [...one.resolved],
  connectMs: one.connectMs,
  handshakeMs: one.handshakeMs,
  trustDomain: one.trustDomain,
  notAfter: one.notAfter,
  ...(one.second && { second: { from: one.second.from, outcome: one.second.outcome } }),
});

const peer = (summary: PeerSummary): PeerSummary =>
  omitUndefined({
    name: summary.name,
    state: summary.state,
    lastHeardAt: summary.lastHeardAt,
    importedServices: summary.importedServices,
    exportedServices: summary.exportedServices,
    caExpiresAt: summary.caExpiresAt,
    paths: summary.paths && {
      pass: summary.paths.pass,
      fail: summary.paths.fail,
      unknown: summary.paths.unknown,
    },
    calls: summary.calls?.map(({ service, destination }) => ({ service, destination })),
  });

const hidden = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

const escaped = (character: string): string =>
  [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');

/** Renders a value as one line of JSON that is safe to print at a terminal. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value).replace(hidden, escaped)}\n`;

/** Renders a value as indented JSON that ends in a newline and is safe to print at a terminal. */
export const safeJson = (value: unknown): string =>
  `${JSON.stringify(value, null, 2).replace(hidden, escaped)}\n`;

export const renderJson = (report: Report): string => safeJson(jsonReport(report));
