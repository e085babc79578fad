import { prose } from '../../render/escape';
import { context, section } from '../../render/slack/blocks';
import { limits, type Message, packLines, textLength } from '../../render/slack/limits';
import { count } from '../../render/words';
import type { DoctorLine } from './finding';

const icons: Readonly<Record<DoctorLine['status'], string>> = {
  ok: '✅',
  warning: '⚠️',
  problem: '❌',
  unknown: '❔',
};

const lineText = ({ status, fact, fix }: DoctorLine): string =>
  [`${icons[status]} ${prose(fact, 500)}`, ...(fix === '' ? [] : [`      ${prose(fix, 500)}`])].join('\n');

const order: Readonly<Record<DoctorLine['status'], number>> = { problem: 0, unknown: 1, warning: 2, ok: 3 };

const worstOf = (lines: readonly DoctorLine[]): number =>
  Math.min(...lines.map(({ status }) => order[status]));

/** Renders the lines of the doctor, by area. Clusters without a problem are counted in one line, after the others. */
export const renderDoctor = (lines: readonly DoctorLine[], clusters: readonly string[]): Message => {
  const byArea = Map.groupBy(lines, ({ area }) => area);
  const isFine = ([area, found]: readonly [string, readonly DoctorLine[]]): boolean =>
    clusters.includes(area) && found.every(({ status }) => status === 'ok');
  const areas = [...byArea];
  const fine = areas.filter(isFine).length;
  const shown = areas.filter((area) => !isFine(area)).toSorted((a, b) => worstOf(a[1]) - worstOf(b[1]));
  const of = (status: DoctorLine['status']): number => lines.filter((line) => line.status === status).length;
  const text =
    of('problem') > 0
      ? `❌ *${count(of('problem'), 'problem')}, ${count(of('warning'), 'warning')}*`
      : of('warning') > 0
        ? `⚠️ *No problems, ${count(of('warning'), 'warning')}*`
        : '✅ *No problems*';
  const blocks = [section(text)];
  let left = 0;
  for (const [area, found] of shown) {
    const texts = [`*${prose(area, 60)}*`, ...found.map(lineText)];
    for (const part of packLines(texts, limits.text - 100)) {
      const block = section(part);
      if (textLength([...blocks, block]) > limits.messageText - 300) left += 1;
      else blocks.push(block);
    }
  }
  const notes = [
    ...(fine > 0 ? [`✅ ${count(fine, 'cluster')} without a problem`] : []),
    ...(left > 0 ? [`… and ${count(left, 'more part')}: peering-bot doctor shows all of them`] : []),
  ];
  return { text, blocks: [...blocks, ...notes.map(context)] };
};
