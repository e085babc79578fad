import { createColors } from 'picocolors';
import type { StateDiff } from '../report/state-diff';
import { stateChangeWords, notComparedWords } from './state-change-words';
import { clip, showable, showInvisible } from './escape';
import { asIs, headed, labelled } from './terminal-finding';
import { count } from './words';

/** Maximum changes that a terminal lists. */
const maxListed = 200;

/** `2026-11-27 13:20:00 UTC`. */
const timeOf = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`;

/** Renders what changed as text. Hidden characters of names are shown as symbols. */
export const renderStateDiffText = (
  { cluster, before, after, changes, leftOut, notCompared, remediation }: StateDiff,
  { colour, width }: { readonly colour: boolean; readonly width: number },
): string => {
  const c = createColors(colour);
  const show = (text: string, max = 600): string => clip(showInvisible(text), max);
  const shown = changes.slice(0, maxListed);
  const left = changes.length - shown.length + leftOut;
  const fixes = remediation.filter(({ language, code }) => language === 'shell' && showable(code));
  return `${[
    ...headed(
      show(cluster, 64),
      `${changes.length === 0 ? 'nothing has changed' : count(changes.length + leftOut, 'change')} from ${show(timeOf(before.takenAt))} to ${show(timeOf(after.takenAt))}`,
      width,
      c.bold,
    ),
    '',
    ...shown.flatMap((change) => labelled('  ~ ', show(stateChangeWords(change)), width)),
    ...(left > 0 ? [`  … and ${count(left, 'more change')}`] : []),
    ...(notCompared.length > 0
      ? labelled('  ? ', show(notComparedWords(notCompared)), width, asIs, c.magenta)
      : []),
    ...fixes.flatMap(({ title, code }) => [
      '',
      ...labelled('  fix  ', show(title, 200), width),
      '',
      ...code.replace(/\n+$/, '').split('\n'),
    ]),
  ].join('\n')}\n`;
};
