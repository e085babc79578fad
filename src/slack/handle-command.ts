import { nearest } from '../config/nearest';
import type { Decision } from '../jobs/access';
import type { Wish } from '../jobs/people';
import { describeFailure } from '../jobs/posting/call';
import { refusalWords } from '../jobs/refusal';
import type { Failure } from '../render/failure';
import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';
import { parseArgs } from './arguments';
import type { AnyCommand, Asked, SlackTools } from './define';
import { splitWords } from './text';

/** How a command is answered: at once in the acknowledgement, later by a job, or by what is done after it. */
export interface Handled {
  readonly reply?: Message;
  /** What could not come before the acknowledgement. Its message is sent privately. */
  readonly after?: () => Promise<Message | undefined>;
}

/** Whether the person may give one more command now; the failure says when again. */
export type Throttle = (asked: Asked) => Promise<Failure | undefined>;

/**
 * Parse, authorize, run. All that happens here is quick: what takes longer is queued, or comes after the
 * acknowledgement. Strangers and guests learn nothing, not even what commands there are.
 */
export const handleCommand = async (
  text: string,
  asked: Asked,
  commands: readonly AnyCommand[],
  tools: SlackTools,
  throttle: Throttle,
): Promise<Handled> => {
  const fail = (failure: Failure): Handled => ({ reply: renderFailure(failure) });
  const entry: Wish = { command: 'help', clusters: [] };
  const stranger = tools.authorizer.decide(asked.actor, entry);
  if (stranger.kind === 'denied' && stranger.because !== 'not-granted') {
    return fail(refusalWords(stranger, entry));
  }
  const tooMany = await throttle(asked);
  if (tooMany) return fail(tooMany);

  const [name = 'help', ...words] = splitWords(text);
  const command = commands.find((one) => one.name === name.toLowerCase());
  if (command === undefined) {
    const names = commands.map((one) => one.name);
    return fail({ kind: 'unknown-command', command: name, nearest: nearest(name, names) });
  }
  const known = [...tools.config.clusters.keys()];
  const mayHearOf = (cluster: string): boolean =>
    tools.authorizer.decide(asked.actor, { command: command.name, clusters: [cluster] }).kind !== 'denied';
  const parsed = parseArgs(command, words, known.filter(mayHearOf), (cluster) =>
    tools.config.clusters.has(cluster),
  );
  if (!parsed.ok) return fail(parsed.failure);

  const wish: Wish = { command: command.name, clusters: command.access(parsed.args) };
  const run = (now: Asked): Promise<Message | undefined> => command.run(parsed.args, now, tools);
  asked.log.info({ command: command.name, clusters: wish.clusters }, 'command');
  const decision = tools.authorizer.decide(asked.actor, wish);
  if (decision.kind === 'denied') return fail(refusalWords(decision, wish));
  if (decision.kind === 'unsure' && command.decidedBy === 'listener') {
    return { after: () => whenAllowed(asked, wish, tools, run) };
  }
  const reply = await run(asked);
  return reply === undefined ? {} : { reply };
};

/** How long queueing may take, in ms: half of what Slack waits for an acknowledgement. */
export const queueingMs = 1500;

/** Asks Slack who the person is, then runs or refuses. For after the acknowledgement, so the clock starts anew. */
export const whenAllowed = async <T>(
  asked: Asked,
  wish: Wish,
  tools: Pick<SlackTools, 'authorizer'>,
  run: (asked: Asked) => Promise<T>,
): Promise<T | Message> => {
  const answer = await tools.authorizer.authorize(asked.actor, wish);
  if (!answer.ok) {
    asked.log.error({ reason: describeFailure(answer.failure) }, 'could not ask Slack who somebody is');
    return renderFailure({ kind: 'unexpected', requestId: asked.id });
  }
  const decision: Decision = answer.value;
  if (decision.kind === 'allowed') return run({ ...asked, deadline: Date.now() + queueingMs });
  asked.log.info({ user: asked.actor.user, command: wish.command, decision }, 'refused');
  return renderFailure(refusalWords(decision, wish));
};
