import type { KnownBlock, ModalView } from '@slack/types';
import { diffReports, type Difference } from '../../report/diff';
import { code, prose } from '../../render/escape';
import { grouped, severityIcon, verdictIcon } from '../../render/words';
import { actionsBlock, context, moment, section, sectionWithButton } from '../../render/slack/blocks';
import { detailsButton } from './run-buttons';
import type { StoredRun } from './stored-run';
import { historyButtons } from './history-buttons';
import { packLines } from '../../render/slack/limits';
import { modal } from '../../render/slack/modal';

type Issues = Difference['added'];

/** Maximum of one list; the rest is counted. Four lists fit into a modal, however long the names are. */
const max = { lines: 40, text: 12_000 };

const issueLine = ({ check, subject, severity }: Issues[number]): string => {
  const { kind, name } = subject;
  const what = name.startsWith(kind) ? code(name, 80) : `${prose(kind, 40)} ${code(name, 80)}`;
  return `${severityIcon[severity]} ${what} · ${code(check, 60)}`;
};

const list = (title: string, issues: Issues): readonly KnownBlock[] => {
  if (issues.length === 0) return [];
  let room = max.text;
  const lines = issues.slice(0, max.lines).map(issueLine);
  const end = lines.findIndex((line) => {
    room -= line.length + 1;
    return room < 0;
  });
  const shown = end === -1 ? lines : lines.slice(0, end);
  const left = issues.length - shown.length;
  const heading = `*${title} (${grouped(issues.length)})*`;
  return packLines([heading, ...shown, ...(left > 0 ? [`… and ${grouped(left)} more`] : [])]).map(section);
};

const runSection = (label: string, { run, report }: StoredRun): KnownBlock => {
  const { verdict, startedAt, peer, cluster } = report;
  const only = peer === null ? '' : ` · only peer ${code(peer, 40)}`;
  return sectionWithButton(
    `${label}: ${verdictIcon[verdict]} ${moment(startedAt)}${only}`,
    detailsButton({ cluster: cluster.name, peer, run }),
  );
};

/**
 * Renders the changes between two stored runs of a cluster, in either order. Notes are left out, since they are not
 * issues.
 */
export const renderComparison = (one: StoredRun, other: StoredRun, channel: string): ModalView => {
  const [before, after] =
    Date.parse(one.report.startedAt) <= Date.parse(other.report.startedAt) ? [one, other] : [other, one];
  const cluster = after.report.cluster.name;
  const { added, resolved, unchanged, newlyHidden } = diffReports(before.report, after.report);
  const changed = [added, resolved, unchanged, newlyHidden].some((issues) => issues.length > 0);
  const another = historyButtons.pick.render('Compare with another', {
    cluster,
    run: after.run,
    other: null,
  });
  return modal('history:compare', 'Two runs compared', { channel, cluster, run: after.run }, [
    section(`*${prose(cluster, 64)}*`),
    runSection('Earlier', before),
    runSection('Later', after),
    ...(before.report.peer === after.report.peer
      ? []
      : [
          context(
            'ℹ️ The two runs checked different peers, so a finding of only one run may not have changed.',
          ),
        ]),
    { type: 'divider' },
    ...list('New', added),
    ...list('Resolved', resolved),
    ...list('Still open', unchanged),
    ...list('Not visible in the later run', newlyHidden),
    ...(changed ? [] : [section('Neither run has an error or a warning.')]),
    ...(another === undefined ? [] : [actionsBlock([another])]),
  ]);
};
