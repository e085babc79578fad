import type { KnownBlock, SectionBlock } from '@slack/types';
import { prose } from '../../render/escape';
import {
  context,
  mention,
  moment,
  section,
  sectionWithButton,
  usergroupMention,
} from '../../render/slack/blocks';
import type { Message } from '../../render/slack/limits';
import type { Incident } from './incident';
import { incidentButtons } from './incident-buttons';
import type { IncidentKey } from './incidents.store';

/** The row of an incident in messages, which a click on its button replaces. */

const at = (ms: number): string => moment(new Date(ms).toISOString(), '{date_short_pretty} {time}');

/** The block of a cluster's incident in any message. */
const blockIdOf = (cluster: string): string => `incident/${cluster}`;

const person = (user: string): string => mention(user) || 'a person';

/** Says who is on it, with a button to take it or to give it back. */
const renderIncident = ({
  cluster,
  sinceMs,
  taken,
}: Pick<Incident, 'cluster' | 'sinceMs' | 'taken'>): SectionBlock => {
  const value = { cluster, since: String(sinceMs) };
  const name = `*${prose(cluster, 64)}*`;
  const block =
    taken === null
      ? sectionWithButton(`🙋 ${name}: nobody is on it yet`, incidentButtons.take.render("I'm on it", value))
      : sectionWithButton(
          `👤 ${name}: ${person(taken.by)} is on it since ${at(taken.atMs)}`,
          incidentButtons.release.render('No longer on it', value),
        );
  return { ...block, block_id: blockIdOf(cluster) };
};

/** Says that an incident is over, in the place of its row. */
const renderOver = (cluster: string): SectionBlock => ({
  ...section(`▫️ *${prose(cluster, 64)}*: this incident is over`),
  block_id: blockIdOf(cluster),
});

/** Maximum rows of one message. */
const maxRows = 5;

/** Renders the rows of several incidents, the oldest first; those that are too many are left out. */
export const incidentRows = (incidents: Iterable<Incident>): readonly SectionBlock[] =>
  [...incidents]
    .toSorted((a, b) => a.sinceMs - b.sinceMs)
    .slice(0, maxRows)
    .map(renderIncident);

/** Mentions on-call groups; empty if there is none. */
export const onCallLine = (usergroups: readonly string[]): string => {
  const mentions = [...new Set(usergroups)].map(usergroupMention).filter(Boolean);
  return mentions.length === 0 ? '' : `📟 On call: ${mentions.join(' ')}`;
};

/** A message that was clicked, as Slack holds it. */
interface Clicked {
  readonly text: string;
  readonly blocks: readonly KnownBlock[];
}

/** Replaces the row of an incident in a message; undefined if the message has none. */
export const withIncident = (
  { text, blocks }: Clicked,
  { cluster }: Pick<IncidentKey, 'cluster'>,
  incident: Incident | undefined,
): Message | undefined => {
  const id = blockIdOf(cluster);
  const row = incident === undefined ? renderOver(cluster) : renderIncident(incident);
  if (!blocks.some((block) => block.block_id === id)) return undefined;
  return { text, blocks: blocks.map((block) => (block.block_id === id ? row : block)) };
};

const notice = (text: string, next: string): Message => ({ text, blocks: [section(text), context(next)] });

/** Answers a click on a button of an incident that has ended. */
export const renderIncidentOver = (cluster: string): Message =>
  notice(
    `▫️ This incident of *${prose(cluster, 64)}* is over`,
    'If the cluster is not ready again, that is a new incident.',
  );

/** Confirms in private who is on it, for a message that cannot show it. */
export const renderOnIt = ({ cluster, taken }: Incident): Message => {
  const text =
    taken === null
      ? `🙋 *${prose(cluster, 64)}*: nobody is on it now`
      : `👤 *${prose(cluster, 64)}*: ${person(taken.by)} is on it since ${at(taken.atMs)}`;
  return notice(text, 'Cards show this from the next check on.');
};
