import type { Change } from '../workspace/state';
import { addMessage } from '../workspace/posting';
import { channels, people } from '../workspace/people';
import type { Message } from '../workspace/model';
import type { Workspace } from '../workspace/workspace';

/**
 * Leads through the demo in three minutes: after each step, Slackbot says what to try next. It watches what the workspace shows,
 * and knows nothing of the bot. The names are those of the recordings.
 */

interface Step {
  /** Tells from a message that the step before is done. */
  readonly when: (message: Message, workspace: Workspace) => boolean;
  readonly channel: string;
  readonly text: string;
}

const saidBy =
  (bot: boolean) =>
  (message: Message): boolean =>
    message.user === (bot ? people.bot.id : people.slackbot.id);
const byBot = saidBy(true);

/** All text that people can read in a message. */
const textIn = (message: Message): string => `${message.text} ${JSON.stringify(message.blocks)}`;

/** Fixes of prod-east that the tour names. */
const fixes = ['proxy-defaults', 'web-sidecar-proxy', 'exported-services', 'mesh-gateway'];

const isRun = (message: Message): boolean =>
  saidBy(false)(message) && message.text.includes('on the recording of') && message.text.includes(': done');

const { platform, approvals } = channels;

const isHelp = (message: Message): boolean =>
  /\/peering check/.test(textIn(message)) && /\/peering digest/.test(textIn(message));

const tourSteps: readonly Step[] = [
  {
    when: () => true,
    channel: platform,
    text: 'A tour of three minutes: a finding, its fix, green, a digest, an approval.\n*Try next:* `/peering check prod-east`',
  },
  {
    when: (message) =>
      byBot(message) && !message.threadTs && /\*?prod-east\*? is not ready/.test(textIn(message)),
    channel: platform,
    text: `Open the replies below the verdict, and the findings there. Each has its evidence and a fix.\n*Try next:* click _Run on prod-east_ under the fixes of the first four findings. Paste them into a terminal instead if you have \`consul\`.`,
  },
  {
    when: (message, workspace) =>
      isRun(message) && workspace.thread(message.threadTs ?? '').filter(isRun).length >= fixes.length,
    channel: platform,
    text: 'One warning is left: both recorded clusters ran on one machine, so it is right here.\n*Try next:* `/peering mute prod-east peering-server-addresses for 7d both run on one machine`',
  },
  {
    when: (message) => byBot(message) && /Muted `?peering-server-addresses/.test(textIn(message)),
    channel: platform,
    text: '*Try next:* _Run again_ under the verdict, or `/peering check prod-east`',
  },
  {
    when: (message) =>
      byBot(message) && !message.threadTs && /🟢 \*?prod-east\*? is ready/.test(textIn(message)),
    channel: platform,
    text: 'Green, also hop by hop: `/peering trace prod-east web api`\n*Try next:* a digest for this channel, `/peering digest add all weekdays 09:00`, and _Run now_ in its answer',
  },
  {
    when: (message) =>
      byBot(message) && message.blocks.some((block) => /^(?:data_)?table$/.test(String(block['type']))),
    channel: platform,
    text: '*Try next:* `/peering connect prod-west staging`. Nobody sees the token, and another person has to approve it.',
  },
  {
    when: (message) =>
      byBot(message) && message.channel === approvals && /requests to peer/.test(textIn(message)),
    channel: approvals,
    text: 'You cannot approve your own request.\n*Try next:* choose _Avery Chen_ at the bottom of the sidebar, and click _Approve…_ above',
  },
  {
    when: (message) => message.channel === approvals && /both sides are ACTIVE/.test(textIn(message)),
    channel: approvals,
    text: 'The two recordings are peered, but nothing is exported yet.\n*Try next:* as Robin Vega in #platform, `/peering export api from prod-west to staging`, and approve it as Avery Chen',
  },
  {
    when: (message) => message.channel === approvals && /✅ prod-west exports api/.test(textIn(message)),
    channel: approvals,
    text: 'That is the tour. `/peering help` lists the rest, and `/peering audit` what was approved. Everything is as it was recorded at the next start.',
  },
];

/** Follows the workspace; returns how to stop. */
export const startTour = (workspace: Workspace): (() => void) => {
  const { state } = workspace;
  let next = 0;
  let last: Step | undefined;
  const say = (step: Step): void => {
    last = step;
    addMessage(state, {
      channel: step.channel,
      user: people.slackbot.id,
      fromBot: false,
      text: step.text,
      blocks: [],
      attachments: [],
    });
  };
  const look = (change: Change): void => {
    if (change.kind !== 'message') return;
    const { message } = change;
    // Help is the way back into the tour.
    const helped = byBot(message) && message.ephemeralTo !== undefined && isHelp(message);
    if (helped && last) setImmediate(say, last);
    const step = tourSteps[next];
    if (!step?.when(message, workspace)) return;
    next += 1;
    // After the message that it answers.
    setImmediate(say, step);
  };
  const [first] = tourSteps;
  next = 1;
  if (first) say(first);
  state.changes.on('change', look);
  return () => state.changes.off('change', look);
};
