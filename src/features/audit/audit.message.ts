import { type AuditLine, auditTime } from '../../render/audit';
import { code, prose } from '../../render/escape';
import { count } from '../../render/words';
import { channelName, context, mention, moment, section } from '../../render/slack/blocks';
import { fits, limits, type Message, messageRoom, packLines } from '../../render/slack/limits';

/** Maximum entries in a message; the terminal shows all of them. */
const auditShown = 25;

/** Maximum texts, times and channels of a detail; those of the bot have fewer. */
const maxParts = 9;

/** Times and channels as the bot writes them into details; a channel counts only where a reason of a person cannot be. */
const written =
  /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z|(?<=^(?:digest [\w-]+ )?in )[CG][A-Z0-9]{6,20}(?=[:,]))/;

/** Renders a detail with times in the zone of the reader and channels by name. */
const detailOf = (detail: string): string =>
  detail
    .split(written)
    .slice(0, maxParts)
    .map((part, at) => {
      if (at % 2 === 0) return prose(part, 120);
      if (!/^\d/.test(part)) return channelName(part);
      return moment(part, '{date_short_pretty} {time}') || prose(part, 40);
    })
    .join('');

const lineOf = ({ at, action, person, cluster, requestId, detail }: AuditLine): string =>
  [
    `${moment(auditTime(at), '{date_short_pretty} {time}')} *${prose(action, 40)}*`,
    mention(person) || prose(person, 40),
    cluster === null ? '' : prose(cluster, 64),
    detail === '' ? '' : detailOf(detail),
    requestId === null ? '' : code(requestId, 40),
  ]
    .filter((part) => part !== '')
    .join(' · ');

/**
 * Renders the newest entries of the audit trail that the reader has access to. `cluster`: of this one; null: of all.
 * Counts the entries that do not fit.
 */
export const renderAudit = (
  lines: readonly AuditLine[],
  { cluster }: { readonly cluster: string | null },
): Message => {
  const about = cluster === null ? '' : ` of *${prose(cluster, 64)}*`;
  const title =
    lines.length === 0
      ? `The audit trail${about} has no entries that you have access to`
      : `*Audit trail*${about}`;
  const shown = lines.slice(0, auditShown).map(lineOf);
  const foot = (left: number): string =>
    [
      left > 0 ? `${count(left, 'older entry', 'older entries')} not shown` : '',
      '`peering-bot audit --verify` at a terminal shows and verifies the whole trail',
    ]
      .filter((part) => part !== '')
      .join(' · ');
  for (let max = shown.length; ; max -= 1) {
    const blocks = [
      section(title),
      ...packLines(shown.slice(0, max), limits.text).map(section),
      context(foot(lines.length - max)),
    ];
    if (max === 0 || fits(blocks, messageRoom)) return { text: title, blocks };
  }
};
