import { createColors } from 'picocolors';
import type { ChangeEffect, CheckFinding } from '../report/compare-change';
import { bySeverity, type CheckResult, type Finding, type Report, type Verdict } from '../report/report';
import { clip, showInvisible } from './escape';
import { jsonFinding, jsonReport, safeJson } from './json';
import { findingLines, headed, labelled, type Style } from './terminal-finding';
import { wrap } from './width';
import { count, few } from './words';

/** Renders what a change would do to a cluster. */
export interface WhatIf {
  readonly cluster: string;
  /** The changes, such as `exported-services/default`. */
  readonly changes: readonly string[];
  /** Documents of the files that change nothing that checks read. */
  readonly ignored: readonly string[];
  readonly before: Report;
  readonly after: Report;
  readonly effect: ChangeEffect;
}

export interface WhatIfOptions {
  readonly colour: boolean;
  readonly verbose: boolean;
  /** Columns that text is wrapped to. Snippets are not wrapped. */
  readonly width: number;
}

/** Sorts findings by severity. */
export const worstFirst = (findings: readonly CheckFinding[]): readonly CheckFinding[] =>
  findings.toSorted((a, b) => bySeverity(a.finding.severity, b.finding.severity));

/** `would fix 2, would break 1`, or that it changes no finding. */
export const changeEffectWords = ({ breaks, fixes, newlyUnknown }: Omit<ChangeEffect, 'unchanged'>): string =>
  [
    fixes.length > 0 ? `would fix ${fixes.length}` : '',
    breaks.length > 0 ? `would break ${breaks.length}` : '',
    newlyUnknown.length > 0 ? `would leave ${count(newlyUnknown.length, 'check')} unknown` : '',
  ]
    .filter(Boolean)
    .join(', ') || 'would change no finding';

/** Renders the effect for a terminal: what would break with evidence and fix, and what would be fixed in one line each. */
export const renderWhatIf = (
  { cluster, changes, ignored, effect, after }: WhatIf,
  { colour, verbose, width }: WhatIfOptions,
): string => {
  const c = createColors(colour);
  const show = (text: string, max: number): string =>
    verbose ? showInvisible(text) : clip(showInvisible(text), max);
  const style: Style = { c, width, verbose, show, left: Infinity, reasons: new Map(), causes: new Map() };
  const named = few(changes, verbose ? changes.length : 5, (change) => show(change, 80));
  const ink = effect.breaks.length > 0 ? c.red : effect.newlyUnknown.length > 0 ? c.magenta : c.green;
  const head = ({ check, finding }: CheckFinding, mark: string, headInk: typeof c.red): readonly string[] =>
    labelled(
      `  ${mark} `,
      `${show(check, 60)}  ${show(`${finding.subject.kind} ${finding.subject.name}`, 120)}`,
      width,
      headInk,
      headInk,
    );
  const breaks = worstFirst(effect.breaks).flatMap((one) => {
    const isError = one.finding.severity === 'error';
    const { causedBy: _, ...finding } = one.finding;
    return [...head(one, isError ? '✗' : '!', isError ? c.red : c.yellow), ...findingLines(finding, style)];
  });
  const fixes = worstFirst(effect.fixes).flatMap((one) => head(one, '✓', c.green));
  const unknown = effect.newlyUnknown.flatMap(({ id, reason }) =>
    labelled('  ? ', `${show(id, 60)}  ${show(reason, 300)}`, width, c.magenta, c.magenta),
  );
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [c.bold(title), ...lines, ''];
  return `${[
    ...headed(show(cluster, 64), `with ${named}`, width, c.bold),
    '',
    ...section('would break', breaks),
    ...section('would leave unknown', unknown),
    ...section('would fix', fixes),
    ...(ignored.length > 0
      ? labelled('note  ', `not read by any check: ${few(ignored, 5, (one) => show(one, 60))}`, width)
      : []),
    ...(effect.unchanged.length > 0
      ? labelled('note  ', `${count(effect.unchanged.length, 'finding')} with and without the change`, width)
      : []),
    ...wrap(
      `${changeEffectWords(effect)}; the cluster would be ${after.verdict === 'warnings' ? 'ready, with warnings' : after.verdict.replace('-', ' ')}`,
      width,
    ).map(ink),
  ].join('\n')}\n`;
};

/** The JSON of an effect. */
export interface WhatIfReport {
  readonly schemaVersion: 1;
  readonly cluster: string;
  readonly changes: readonly string[];
  /** Documents of the files that change nothing that checks read. */
  readonly ignored: readonly string[];
  readonly verdict: { readonly before: Verdict; readonly after: Verdict };
  readonly breaks: readonly (Finding & { readonly check: string })[];
  readonly fixes: readonly (Finding & { readonly check: string })[];
  readonly unchanged: readonly (Pick<Finding, 'severity' | 'subject'> & { readonly check: string })[];
  readonly newlyUnknown: readonly (Pick<CheckResult, 'severity' | 'reason'> & { readonly check: string })[];
  /** The report of the cluster with the change. */
  readonly report: Report;
}

const jsonOf = ({ check, finding }: CheckFinding) => ({ check, ...jsonFinding(finding) });

/** Renders the effect as JSON. */
export const renderWhatIfJson = ({ cluster, changes, ignored, before, after, effect }: WhatIf): string =>
  safeJson({
    schemaVersion: 1,
    cluster,
    changes,
    ignored,
    verdict: { before: before.verdict, after: after.verdict },
    breaks: effect.breaks.map(jsonOf),
    fixes: effect.fixes.map(jsonOf),
    unchanged: effect.unchanged.map(({ check, finding }) => ({
      check,
      severity: finding.severity,
      subject: finding.subject,
    })),
    newlyUnknown: effect.newlyUnknown.map(({ id, severity, reason }) => ({ check: id, severity, reason })),
    report: jsonReport(after),
  } satisfies WhatIfReport);
