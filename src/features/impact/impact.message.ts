import type { KnownBlock } from '@slack/types';
import { plain, prose, sentence } from '../../render/escape';
import { consumerWords, effectWords, impactHeadline } from '../../render/impact-words';
import { actionsBlock, context, header, mention, moment, section } from '../../render/slack/blocks';
import { limits, linesThatFit, type Message, packLines } from '../../render/slack/limits';
import { count, duration, severityIcon, statusIcon } from '../../render/words';
import { type Impact, type ImpactedPath, stoppedPaths } from '../../report/impact';
import { impactButtons } from './impact-buttons';

/** Maximum lines of one message. */
const maxLines = 40;

const icon: Readonly<Record<ImpactedPath['effect'], string>> = {
  stops: severityIcon.error,
  'fails-over': severityIcon.warning,
  'loses-standby': severityIcon.warning,
};

const pathLine = (path: ImpactedPath): string =>
  `${icon[path.effect]} *${prose(consumerWords(path), 100)}* ${prose(effectWords(path), 200)}`;

/** Renders an impact in one message within Slack's limits. */
export const renderImpact = (impact: Impact, { requestedBy }: { readonly requestedBy: string }): Message => {
  const stops = stoppedPaths(impact).length > 0;
  const headline = `${stops ? '🔴' : impact.notVisible.length > 0 && impact.spared === '' ? '⚪' : '🟢'} ${impactHeadline(impact)}`;
  const lines = [
    ...impact.paths.slice(0, maxLines).map(pathLine),
    ...impact.notVisible
      .slice(0, maxLines)
      .map((words) => `${statusIcon.unknown} *not visible:* ${sentence(words, 250)}`),
    ...(impact.spared === '' ? [] : [`${statusIcon.pass} ${sentence(impact.spared, 200)}`]),
  ];
  const shown = linesThatFit(lines, maxLines, limits.messageText - 1_000);
  const all = impact.paths.length + impact.notVisible.length + (impact.spared === '' ? 0 : 1);
  const left = all - shown.length;
  const button = impactButtons.runAgain.render('Run again', {
    cluster: impact.cluster,
    part: `${impact.subject.kind}/${impact.subject.name}`,
  });
  const blocks: KnownBlock[] = [
    header(plain(headline, limits.header)),
    context(
      [
        prose(impact.cluster, 64),
        duration(impact.durationMs),
        moment(impact.startedAt),
        `requested by ${mention(requestedBy)}`,
      ]
        .filter((part) => part !== '')
        .join(' · '),
    ),
    ...packLines(shown).map(section),
    ...(left > 0 ? [context(`… and ${count(left, 'more line')}: peering-bot impact shows all`)] : []),
    ...(button === undefined ? [] : [actionsBlock([button])]),
  ];
  return { text: prose(headline, 600), blocks };
};
