import { type AuditLine, auditTime } from '../../render/audit';
import { code, prose } from '../../render/escape';
import { count } from '../../render/words';
import { context, mention, moment, section } from '../../render/slack/blocks';
import { fits, limits, type Message, messageRoom, packLines } from '../../render/slack/limits';

/** What is shown at once; the terminal shows all of it. */
const auditShown = 25;

const lineOf = ({ at, action, person, cluster, requestId, detail }: AuditLine): string =>
  [
    `${moment(auditTime(at), '{date_short_pretty} {time}')} *${prose(action, 40)}*`,
    mention(person) || prose(person, 40),
    cluster === null ? '' : prose(cluster, 64),
    detail === '' ? '' : prose(detail, 120),
    requestId === null ? '' : code(requestId, 40),
  ]
    .filter((part) => part !== '')
    .join(' · ');

/**
 * The newest entries of the audit trail that the reader may see, newest first. `cluster`: the one that was asked
 * for; null: all. Entries that do not fit are counted.
 */
export const renderAudit = (
  lines: readonly AuditLine[],
  { cluster }: { readonly cluster: string | null },
): Message => {
  const about = cluster === null ? '' : ` of *${prose(cluster, 64)}*`;
  const title =
    lines.length === 0 ? `Nothing is noted down${about} yet, as far as you may see` : `*Audit trail*${about}`;
  const shown = lines.slice(0, auditShown).map(lineOf);
  const foot = (left: number): string =>
    [
      left > 0 ? `${count(left, 'older entry', 'older entries')} not shown` : '',
      '`peering-bot audit` at a terminal shows and verifies the whole trail',
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
