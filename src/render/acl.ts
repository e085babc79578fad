import { createColors } from 'picocolors';
import type { AclGrant, AclReport, AclTokenReport } from '../report/acl';
import type { Remediation } from '../report/report';
import { candidateWords, defaultWords, expiryWords, standing, standingWords } from './acl-words';
import { clip, showable, showInvisible } from './escape';
import { headed, labelled } from './terminal-finding';
import { wrap } from './width';

/** Renders the ACL report for a terminal. Its text cannot move the cursor or hide text. */

export interface AclTextOptions {
  /** Without colour there is not one escape sequence in the output. */
  readonly colour: boolean;
  /** Columns that text is wrapped to. Snippets are not wrapped, so that they can be pasted. */
  readonly width: number;
}

const show = (text: string, max: number): string => clip(showInvisible(text), max);

const maxBeyond = 12;

const snippet = ({ title, language, code }: Remediation, width: number): string[] => {
  const exact = showable(code);
  const note = exact ? '' : ', do not paste as is: hidden characters are shown as symbols';
  const lines = code.replace(/\n+$/, '').split('\n');
  return [
    ...labelled('  fix  ', `${show(title, 200)} (${language}${note})`, width),
    '',
    ...lines.map((line) => (exact ? line : line.split('\t').map(showInvisible).join('\t'))),
    '',
  ];
};

/** Selects the commands, which contain the rules, or else the rules. */
const preferredFixes = (remediation: readonly Remediation[]): readonly Remediation[] => {
  const commands = remediation.filter(({ language }) => language === 'shell');
  return commands.length > 0 ? commands : remediation;
};

/** Renders the report as text. Snippets are at the left margin: an indented heredoc would not end at its marker. */
export const renderAclText = (report: AclReport, { colour, width }: AclTextOptions): string => {
  const c = createColors(colour);
  const mark = (token: AclTokenReport): string =>
    ({ good: c.green('✓'), bad: c.red('✗'), risky: c.yellow('!'), unsure: c.magenta('?') })[standing(token)];

  const grantLines = ({ right, allowed, because, why }: AclGrant): string[] =>
    labelled(
      allowed ? '  ✓ ' : '  ✗ ',
      `${show(right, 200)}: ${show(because, 400)}${allowed ? '' : `; ${show(why, 200)}`}`,
      width,
      allowed ? undefined : c.red,
    );

  const tokenLines = (token: AclTokenReport): string[] => {
    const { whose, accessor, description, linked, reason, grants, remediation, beyond } = token;
    const about = [
      accessor === '' ? '' : `accessor ${show(accessor, 60)}`,
      description === '' ? '' : `"${show(description, 120)}"`,
      linked.length === 0 ? 'no policies or roles' : show(linked.join(', '), 400),
      expiryWords(token, (iso) => show(iso, 40)),
    ].filter((part) => part !== '');
    return [
      '',
      ...wrap(`${show(whose, 200)}: ${standingWords(token)}`, width - 2).map(
        (line, at) => `${at === 0 ? mark(token) : ' '} ${c.bold(line)}`,
      ),
      ...(token.state === 'gone' ? [] : labelled('  ', about.join(' · '), width, c.dim)),
      ...(reason === '' ? [] : labelled('  ', show(reason, 800), width)),
      ...grants.flatMap(grantLines),
      ...preferredFixes(remediation).flatMap((fix) => snippet(fix, width)),
      ...(beyond.length === 0 ? [] : ['  more than needed']),
      ...beyond
        .slice(0, maxBeyond)
        .flatMap(({ rule, policy }) => labelled('    ', `${show(rule, 200)} in ${show(policy, 80)}`, width)),
      ...(beyond.length > maxBeyond ? [`    … and ${beyond.length - maxBeyond} more`] : []),
    ];
  };

  const candidateLines = report.candidates.flatMap((row) => [
    '',
    ...wrap(show(candidateWords(row), 300), width),
    ...row.tokens.flatMap(({ by, name, description }) =>
      labelled(
        '  ',
        `${by}: ${show(name, 120)}${description === '' ? '' : `  "${show(description, 120)}"`}`,
        width,
      ),
    ),
    ...(row.found > row.tokens.length ? [`  … and ${row.found - row.tokens.length} more`] : []),
  ]);

  return `${[
    ...headed(show(report.cluster, 64), `tokens  ${defaultWords(report)}`, width, c.bold),
    ...report.tokens.flatMap(tokenLines),
    ...candidateLines,
    ...(report.notes.length > 0 ? [''] : []),
    ...report.notes.flatMap((note) => labelled('note  ', show(note, 800), width)),
  ].join('\n')}\n`;
};
