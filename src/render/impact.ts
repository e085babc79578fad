import { createColors } from 'picocolors';
import { type Impact, type ImpactedPath, stoppedPaths } from '../report/impact';
import { clip, showInvisible } from './escape';
import { consumerWords, effectWords, impactHeadline } from './impact-words';
import { asIs, headed, labelled } from './terminal-finding';
import { count } from './words';

/** Maximum consumers that a terminal lists. */
const maxListed = 200;

/** Renders an impact as text. Hidden characters of names are shown as symbols. */
export const renderImpactText = (
  impact: Impact,
  { colour, width }: { readonly colour: boolean; readonly width: number },
): string => {
  const c = createColors(colour);
  const show = (text: string, max = 400): string => clip(showInvisible(text), max);
  const mark: Readonly<Record<ImpactedPath['effect'], string>> = {
    stops: c.red('✗'),
    'fails-over': c.yellow('!'),
    'loses-standby': c.yellow('!'),
  };
  const shown = impact.paths.slice(0, maxListed);
  const left = impact.paths.length - shown.length;
  const ink = stoppedPaths(impact).length > 0 ? c.red : c.green;
  return `${[
    ...headed(show(impact.cluster, 64), show(impactHeadline(impact)), width, c.bold, ink),
    '',
    ...shown.flatMap((path) => {
      const [first = '', ...more] = labelled(
        '    ',
        `${show(consumerWords(path))}  ${show(effectWords(path))}`,
        width,
      );
      return [`  ${mark[path.effect]} ${first.slice(4)}`, ...more];
    }),
    ...(left > 0 ? [`  … and ${count(left, 'more path')}`] : []),
    ...impact.notVisible.flatMap((words) =>
      labelled('  ? ', `not visible: ${show(words)}`, width, asIs, c.magenta),
    ),
    ...(impact.spared === '' ? [] : labelled('  ✓ ', show(impact.spared), width)),
    ...(shown.length + impact.notVisible.length === 0 && impact.spared === ''
      ? ['  no known call goes through it']
      : []),
  ].join('\n')}\n`;
};
