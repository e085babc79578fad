import type { Button, KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import type { Mute } from '../../report/mutes';
import { code, prose } from '../../render/escape';
import { count, few, grouped, mutedIcon } from '../../render/words';
import { form, input, inputAction } from '../../render/slack/form';
import { context, mention, moment, plainText, section, sectionWithButton } from '../../render/slack/blocks';
import { limits, type Message, textLength } from '../../render/slack/limits';
import { scopeName } from '../../slack/scope-name';
import { muteButtons, type MuteTarget } from './mute-buttons';
import type { ReadableMute } from './readable-mutes';

/** Messages about mutes, and the modal that creates one. */

/** `mesh-gateway-mode` on *prod-west*, only web. */
const what = ({ check, subject }: Pick<Mute, 'check' | 'subject'>, cluster: string): string =>
  `${code(check, 60)} on ${scopeName(cluster)}${subject === null ? '' : `, only ${code(subject, 80)}`}`;

const until = ({ untilMs }: Pick<Mute, 'untilMs'>): string =>
  `until ${moment(new Date(untilMs).toISOString(), '{date_short_pretty} {time}')}`;

const notice = (text: string, ...notes: readonly string[]): Message => ({
  text,
  blocks: [section(text), ...notes.filter(Boolean).map(context)],
});

/** Confirms a mute. `covered`: errors and warnings of the last run that it covers, if there is a run. */
export const renderMuted = ({
  cluster,
  mute,
  replaced,
  covered,
}: {
  readonly cluster: string;
  readonly mute: Mute;
  readonly replaced: boolean;
  readonly covered: number | undefined;
}): Message =>
  notice(
    `${mutedIcon} Muted ${what(mute, cluster)} ${until(mute)}: ${prose(mute.reason, 300)}`,
    [
      replaced ? 'replaces an earlier mute' : '',
      covered === undefined ? '' : `covers ${count(covered, 'finding')} of the last check`,
      'applies from the next check on',
    ]
      .filter(Boolean)
      .join(' · '),
  );

/** Confirms mutes of several clusters. `full`: clusters that have the maximum of mutes already. */
export const renderPatternMuted = ({
  pattern,
  mute,
  clusters,
  full,
}: {
  readonly pattern: string;
  readonly mute: Mute;
  readonly clusters: number;
  readonly full: readonly string[];
}): Message =>
  notice(
    `${mutedIcon} Muted ${what(mute, pattern)} ${until(mute)}: ${prose(mute.reason, 300)}`,
    `${count(clusters, 'cluster')} · not for clusters that are configured later · applies from the next check on`,
    full.length === 0
      ? ''
      : `${few(full, 5, (name) => prose(name, 64))} ${full.length === 1 ? 'has' : 'have'} the maximum number of mutes`,
  );

/** Confirms that the mutes of several clusters ended early. */
export const renderPatternUnmuted = (
  pattern: string,
  key: Pick<Mute, 'check' | 'subject'>,
  clusters: number,
): Message =>
  notice(
    `🔔 ${what(key, pattern)} is no longer muted`,
    `${count(clusters, 'cluster')} · findings count again from the next check on`,
  );

/** Confirms that a mute ended early. */
export const renderUnmuted = (cluster: string, mute: Mute): Message =>
  notice(`🔔 ${what(mute, cluster)} is no longer muted`, 'Its findings count again from the next check on');

/** Explains that there is no such mute; `known` are those of the cluster. */
export const renderNotMuted = (
  cluster: string,
  key: Pick<Mute, 'check' | 'subject'>,
  known: readonly Mute[],
): Message =>
  notice(
    `❔ ${what(key, cluster)} is not muted`,
    known.length === 0
      ? 'Nothing is muted on this cluster'
      : `Muted on this cluster: ${few(known, 5, ({ check, subject }) =>
          subject === null ? code(check, 60) : `${code(check, 60)} ${code(subject, 60)}`,
        )}`,
  );

/** Explains that none of the clusters that a person may unmute has a mute, without a word about others. */
export const renderPatternNotMuted = (pattern: string, key: Pick<Mute, 'check' | 'subject'>): Message =>
  notice(`❔ ${what(key, pattern)} is not muted`, 'None of the clusters that you may unmute has this mute');

/** Refuses to end a mute of the clusters file, and names its line. */
export const renderMutedInFile = (cluster: string, mute: Mute): Message =>
  notice(
    `⛔ ${what(mute, cluster)} is muted in the configuration: ${prose(mute.configuredAt ?? '', 80)}`,
    'To end it, remove it there',
  );

/** Refuses a mute beyond the maximum of a cluster. */
export const renderMutesFull = (cluster: string): Message =>
  notice(
    `⛔ *${prose(cluster, 64)}* has the maximum number of mutes`,
    'End some mutes, or mute several checks at once with a glob such as `mesh-*`',
  );

const maxListed = 40;

/** Mutes that were made at once with a pattern, or one. */
export interface MuteGroup extends ReadableMute {
  /** The clusters that have the mute, if a pattern was muted; `cluster` is the pattern then. */
  readonly clusters?: readonly string[] | undefined;
}

/** Joins the mutes of several clusters that were made at once. */
export const groupMutes = (mutes: readonly ReadableMute[]): readonly MuteGroup[] => {
  const keyOf = ({ cluster, pattern, check, subject, by, createdMs, isWithheld }: ReadableMute): string =>
    JSON.stringify([
      pattern ?? null,
      pattern === undefined ? cluster : null,
      check,
      subject,
      by,
      createdMs,
      isWithheld,
    ]);
  return [...Map.groupBy(mutes, keyOf).values()].flatMap((group): readonly MuteGroup[] => {
    const [first] = group;
    if (first?.pattern === undefined) return group;
    return [{ ...first, cluster: first.pattern, clusters: group.map(({ cluster }) => cluster) }];
  });
};

/** One mute with a button that ends it, unless its subject is withheld or the clusters file has it. */
export const muteBlock = (mute: MuteGroup): KnownBlock => {
  const { clusters, isWithheld, configuredAt } = mute;
  const covered = clusters && count(clusters.length, 'cluster');
  const named = covered && `${covered}: ${few(clusters, 5, (name) => prose(name, 64))}`;
  const whole = muteLine(mute, named);
  const text = whole.length > limits.text ? muteLine(mute, covered) : whole;
  const canEnd = isWithheld !== true && configuredAt === undefined;
  return sectionWithButton(text, canEnd ? endButton(mute) : undefined);
};

/** Describes a mute. `covered`: the clusters of one that was made with a pattern. */
const muteLine = (mute: MuteGroup, covered = ''): string => {
  const { cluster, by, reason, configuredAt } = mute;
  const parts = [
    what(mute, cluster),
    covered,
    until(mute),
    mention(by) || prose(by, 40),
    prose(reason, 300),
    configuredAt === undefined ? '' : prose(configuredAt, 80),
  ];
  return `${mutedIcon} ${parts.filter(Boolean).join(' · ')}`;
};

/** Renders *Unmute* for a mute, or for those that were made at once; none if its names are too long. */
const endButton = ({ cluster, clusters, check, subject, createdMs }: MuteGroup): Button | undefined =>
  clusters === undefined
    ? muteButtons.end.render('Unmute', { cluster, check, subject })
    : muteButtons.endGroup.render('Unmute', {
        pattern: cluster,
        check,
        subject,
        createdMs: String(createdMs),
      });

/** Keeps the mutes that at least one of these clusters has. */
export const mutesOn = (mutes: readonly MuteGroup[], clusters: readonly string[]): readonly MuteGroup[] =>
  mutes.filter((mute) => (mute.clusters ?? [mute.cluster]).some((cluster) => clusters.includes(cluster)));

/** The mutes of one cluster or of all that the reader may see, each with a button that ends it. */
export const renderMutes = (mutes: readonly MuteGroup[], cluster: string | undefined): Message => {
  const where = cluster === undefined ? '' : ` on ${scopeName(cluster)}`;
  const text = mutes.length === 0 ? `Nothing is muted${where}` : `*${count(mutes.length, 'mute')}*${where}`;
  const blocks: KnownBlock[] = [section(text)];
  for (const block of mutes.slice(0, maxListed).map(muteBlock)) {
    if (textLength([...blocks, block]) > limits.messageText - 200) break;
    blocks.push(block);
  }
  const left = mutes.length - (blocks.length - 1);
  if (left > 0)
    blocks.push(
      context(
        `… and ${grouped(left)} more: ${code('/peering mutes CLUSTER', 40)} lists those of one cluster`,
      ),
    );
  return { text, blocks };
};

export const muteFormId = 'mute:finding';

/** Block ids of the inputs. */
export const muteFields = { scope: 'scope', end: 'end', reason: 'reason' } as const;

/** The two choices of a scope. */
export const muteScopes = { finding: 'finding', check: 'check' } as const;

const option = (text: string, value: string): PlainTextOption => ({ text: plainText(text), value });

/** Durations to choose from, as people type them. */
const week = option('7 days', '7d');
const lengths = [
  option('12 hours', '12h'),
  option('1 day', '1d'),
  option('3 days', '3d'),
  week,
  option('14 days', '14d'),
  option('30 days', '30d'),
  option('90 days', '90d'),
];

/** The modal that mutes a finding. Its metadata holds the target and the channel that it was opened from. */
export const renderMuteForm = (target: MuteTarget, channel: string): ModalView => {
  const { cluster, check, subject } = target;
  const all = option('Everything that this check finds on the cluster', muteScopes.check);
  const one = option('This finding', muteScopes.finding);
  return form(muteFormId, 'Mute a finding', [cluster, check, subject, channel], 'Mute', [
    section(what(target, cluster)),
    input(
      { id: muteFields.scope, label: 'What' },
      {
        type: 'radio_buttons',
        action_id: inputAction,
        options: subject === null ? [all] : [one, all],
        initial_option: subject === null ? all : one,
      },
    ),
    input(
      { id: muteFields.end, label: 'For' },
      { type: 'static_select', action_id: inputAction, options: lengths, initial_option: week },
    ),
    input(
      { id: muteFields.reason, label: 'Reason', hint: 'Shown in reports' },
      { type: 'plain_text_input', action_id: inputAction, multiline: true, max_length: 300 },
    ),
  ]);
};
