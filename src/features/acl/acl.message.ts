import type { KnownBlock } from '@slack/types';
import type { AclCandidates, AclGrant, AclReport, AclTokenReport } from '../../report/acl';
import type { Remediation } from '../../report/report';
import { candidateWords, defaultWords, expiryWords, standing, standingWords } from '../../render/acl-words';
import { code, codeBlock, prose, sentence } from '../../render/escape';
import { count } from '../../render/words';
import { aclButtons } from './acl-buttons';
import { actionsBlock, context, mention, moment, section } from '../../render/slack/blocks';
import { limits, type Message, messageRoom, packLines, packMessages } from '../../render/slack/limits';

/** An inspection of tokens as messages: private to the requester, or shared in the channel. */

export interface AclMessageOptions {
  /** The accessor of the request, for the button; null: the tokens of the bot and of gateways. */
  readonly accessor: string | null;
  /** User id of the requester. */
  readonly requestedBy: string;
  /** True: in the channel for everyone. False: private to the requester, with a button that shares it. */
  readonly shared: boolean;
}

/** A private answer can have five messages, of which one is reserved for an error. */
const maxMessages = 4;
const maxBeyond = 8;

const icons = { good: '✅', bad: '❌', risky: '⚠️', unsure: '❔' } as const;

const grantLine = ({ right, allowed, because, why }: AclGrant): string =>
  `${allowed ? '✅' : '❌'} ${code(right, 120)} · ${prose(because, 300)}${allowed ? '' : `; ${prose(why, 200)}`}`;

/** Returns the commands, which contain the rules, or the rules if there are no commands. */
const toPaste = (remediation: readonly Remediation[]): readonly Remediation[] => {
  const commands = remediation.filter(({ language }) => language === 'shell');
  return commands.length > 0 ? commands : remediation;
};

const fixBlock = ({ title, code: snippet }: Remediation): KnownBlock => {
  const label = `*Fix:* ${prose(title, 120)}`;
  const block = codeBlock(snippet, limits.text - label.length - 1);
  const elsewhere = `${label}: to see it, run ${code('peering-bot acl', 40)}; Slack cannot display it exactly`;
  return section(block === undefined ? elsewhere : `${label}\n${block}`);
};

const tokenBlocks = (token: AclTokenReport): KnownBlock[] => {
  const { whose, accessor, description, linked, reason, grants, remediation, beyond } = token;
  const about = [
    accessor === '' ? '' : code(accessor, 60),
    description === '' ? '' : prose(description, 120),
    linked.length === 0 ? 'no linked policies or roles' : prose(linked.join(', '), 400),
    expiryWords(token, (iso) => moment(iso) || prose(iso, 40)),
  ].filter((part) => part !== '');
  const rules = beyond
    .slice(0, maxBeyond)
    .map(({ rule, policy }) => `${code(rule, 160)} in ${prose(policy, 80)}`);
  const left = beyond.length - rules.length;
  const lines = [
    `${icons[standing(token)]} *${prose(whose, 200)}*: ${prose(standingWords(token), 100)}`,
    ...(token.state === 'gone' ? [] : [about.join(' · ')]),
    ...(reason === '' ? [] : [sentence(reason, 500)]),
    ...grants.map(grantLine),
    ...(rules.length === 0
      ? []
      : [`More than needed: ${rules.join(', ')}${left > 0 ? ` and ${left} more` : ''}`]),
  ];
  return [...packLines(lines).map(section), ...toPaste(remediation).map(fixBlock)];
};

const candidateBlocks = (row: AclCandidates): KnownBlock[] => {
  const lines = row.tokens.map(
    ({ by, name, description }) =>
      `• ${by}: ${code(name, 120)}${description === '' ? '' : ` ${prose(description, 120)}`}`,
  );
  const left = row.found - row.tokens.length;
  const all = [prose(candidateWords(row), 300), ...lines, ...(left > 0 ? [`… and ${left} more`] : [])];
  return packLines(all).map(section);
};

const headOf = (report: AclReport, { shared, requestedBy }: AclMessageOptions): string =>
  [
    `🔑 *${prose(report.cluster, 64)}* tokens`,
    defaultWords(report),
    `read ${moment(report.readAt)}`,
    ...(shared ? [`shared by ${mention(requestedBy)}`] : []),
  ].join(' · ');

/** Renders one message or a few, each within Slack's limits, the first with the head and the last with the button. */
export const renderAcl = (report: AclReport, options: AclMessageOptions): readonly Message[] => {
  const head = headOf(report, options);
  const parts: readonly { readonly blocks: readonly KnownBlock[] }[] = [
    { blocks: [section(head)] },
    ...report.tokens.map((token) => ({ blocks: tokenBlocks(token) })),
    ...report.candidates.map((row) => ({ blocks: candidateBlocks(row) })),
    ...report.notes.filter(Boolean).map((note) => ({ blocks: [context(sentence(note, 500))] })),
  ];
  const share = aclButtons.share.render('Share in channel', {
    cluster: report.cluster,
    accessor: options.accessor,
  });
  const foot: KnownBlock[] =
    options.shared || share === undefined ? [] : [context('👤 Only you see this.'), actionsBlock([share])];
  // Room is left for the foot and for the line that says how much was left out.
  const room = { blocks: messageRoom.blocks - 3, text: messageRoom.text - 400 };
  const packed = packMessages(parts, room);
  const shown = packed.slice(0, maxMessages);
  const left = packed.length - shown.length;
  return shown.map(({ blocks }, index) => {
    const last = index === shown.length - 1;
    const more = left > 0 ? [context(`… and ${count(left, 'more message')}: peering-bot acl shows all`)] : [];
    return { text: head, blocks: last ? [...blocks, ...more, ...foot] : blocks };
  });
};
