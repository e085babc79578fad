import type { Issue } from '../../report/diff';
import { type DigestRow, hasChanged } from '../../report/digest-row';
import type { Verdict } from '../../report/report';
import { code, plain, prose } from '../../render/escape';
import { count, few, grouped, verdictIcon } from '../../render/words';

/** Words and signs for several clusters, in digests and in answers. */

/** Renders a duration in ms: `9 days`, `5 hours`, `3 minutes`. */
export const age = (ms: number): string => {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 60) return count(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? count(hours, 'hour') : count(Math.floor(hours / 24), 'day');
};

const inZone = (iso: string, zone: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options }).format(Date.parse(iso)).replace(',', '');

/** `Monday 23 November`, in the digest's zone. */
export const dayOf = (iso: string, zone: string): string =>
  inZone(iso, zone, { weekday: 'long', day: 'numeric', month: 'long' });

const dayMs = 86_400_000;

/** Renders the time of the digest before, for the head of a column: `since Friday`, or a date if it is a week or more ago.
 * A time of day has its zone, which may not be that of the reader. */
export const sinceWords = (since: string | null, at: string, zone: string): string => {
  if (since === null) return 'first digest';
  const ago = Date.parse(at) - Date.parse(since);
  if (ago >= 6.5 * dayMs) return `since ${inZone(since, zone, { day: 'numeric', month: 'long' })}`;
  if (dayOf(since, zone) !== dayOf(at, zone)) return `since ${inZone(since, zone, { weekday: 'long' })}`;
  return `since ${inZone(since, zone, { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' })}`;
};

/** Returns the icon of a verdict; null means that the cluster could not be read. */
export const stateIcon = (verdict: Verdict | null): string => verdictIcon[verdict ?? 'unknown'];

/** Renders the icon of a cluster's state, after that of its earlier state if it has changed. */
export const stateChange = ({ isFirst, verdict, verdictBefore }: DigestRow): string => {
  const [now, before] = [stateIcon(verdict), stateIcon(verdictBefore)];
  return isFirst || now === before ? now : `${before} → ${now}`;
};

/** Renders `9 🟢, 2 🟡, 1 🔴`, and the number of clusters that could not be read. */
export const stateCounts = (rows: readonly DigestRow[]): string => {
  const of = (verdict: Verdict | null): number => rows.filter((row) => row.verdict === verdict).length;
  return [
    ...(['ready', 'warnings', 'unknown', 'not-ready'] as const).map((verdict) =>
      of(verdict) > 0 ? `${grouped(of(verdict))} ${verdictIcon[verdict]}` : '',
    ),
    of(null) > 0 ? `${grouped(of(null))} could not be read` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
};

/** Renders the changes of one cluster in a few words. */
export const changeWords = (row: DigestRow): string => {
  const { isFirst, verdict, added, resolved, newlyHidden, newlyMuted } = row;
  if (verdict === null) return 'could not be read';
  if (isFirst) return '—';
  if (!hasChanged(row)) return 'no change';
  return (
    [
      added + resolved > 0 ? `${grouped(added)} new, ${grouped(resolved)} resolved` : '',
      newlyMuted > 0 ? `${grouped(newlyMuted)} newly muted` : '',
      newlyHidden > 0 ? `${grouped(newlyHidden)} no longer visible` : '',
    ]
      .filter((part) => part !== '')
      .join(', ') || 'another state'
  );
};

/** A cluster with some of its issues by their checks: `prod-west` `mesh-gateway-mode` (3). */
export const issueWords = (
  cluster: string,
  issues: readonly Pick<Issue, 'check'>[],
  total: number,
): string => {
  const checks = [...new Set(issues.map(({ check }) => check))];
  const listed = few(checks, 3, (check) => code(check, 60));
  return `*${prose(cluster, 64)}* ${listed}${total > checks.length ? ` (${grouped(total)})` : ''}`;
};

/** A name in a cell of a table, which shows no markup. */
export const cellName = (name: string): string => plain(name, 64) || '–';
