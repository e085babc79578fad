import type { Decision } from '../access/access';
import type { Wish } from '../access/authorizer';
import { describeFailure } from './api/call';
import { refusalWords } from './api/refusal';
import { within } from '../queue/within';
import type { RequestFailure } from '../render/failure';
import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';
import type { AnyAction, AnyView, Asked, SlackTools } from './define';

/** The one place where listeners let people in or refuse them. */

/** What the right to do something hangs on. */
type Right =
  | { readonly decidedBy: 'listener' | 'job'; readonly wish: Wish }
  /** The id is null where it could not be read. */
  | { readonly decidedBy: 'request'; readonly request: string | null };

/** Let in, if need be once Slack was asked who it is; or refused. */
type Admission =
  | {
      readonly ok: true;
      /** Where the listener decides and does not know enough: asks Slack, then runs or refuses. */
      readonly askFirst?: <T>(run: (asked: Asked) => Promise<T>) => Promise<T | Message>;
    }
  | { readonly ok: false; readonly reply: Message };

/** Whether the person may give one more command now; the failure says when again. */
export type Throttle = (asked: Asked) => Promise<RequestFailure | undefined>;

type Tools = Pick<SlackTools, 'authorizer' | 'record'>;

/** The least that anybody here may do. */
const entry: Wish = { command: 'help', clusters: [] };

/** The right that a button or a modal asks for. `value` is undefined where it was not one of ours. */
export const rightOf = (item: AnyAction | AnyView, value: unknown): Right =>
  item.decidedBy === 'request'
    ? { decidedBy: 'request', request: value === undefined ? null : item.request(value) }
    : {
        decidedBy: item.decidedBy ?? 'listener',
        wish: { command: item.command, clusters: value === undefined ? [] : item.access(value) },
      };

/** What people are told who may never do anything here, as far as that is known without asking Slack. */
export const outsiderReply = ({ actor }: Asked, { authorizer }: Tools): Message | undefined => {
  const decision = authorizer.decide(actor, entry);
  return decision.kind === 'denied' && decision.because !== 'not-granted'
    ? renderFailure(refusalWords(decision, entry))
    : undefined;
};

/**
 * Decides at once, from what is remembered here, and counts the attempt. What a request decides is refused only to
 * outsiders, which the audit trail hears of; its job asks everything else.
 */
export const admit = async (
  asked: Asked,
  right: Right,
  tools: Tools,
  throttle: Throttle,
): Promise<Admission> => {
  if (right.decidedBy === 'request') {
    const reply = outsiderReply(asked, tools);
    const tooMany = await throttle(asked);
    if (reply !== undefined && tooMany === undefined) await noteRefusal(asked, right.request, tools);
    const refused = reply ?? (tooMany && renderFailure(tooMany));
    return refused === undefined ? { ok: true } : { ok: false, reply: refused };
  }
  const { wish } = right;
  const decision = tools.authorizer.decide(asked.actor, wish);
  if (decision.kind === 'denied') return { ok: false, reply: renderFailure(refusalWords(decision, wish)) };
  const tooMany = await throttle(asked);
  if (tooMany) return { ok: false, reply: renderFailure(tooMany) };
  return decision.kind === 'unsure' && right.decidedBy === 'listener'
    ? { ok: true, askFirst: (run) => whenAllowed(asked, wish, tools, run) }
    : { ok: true };
};

/** How long queueing may take, in ms: half of what Slack waits for an acknowledgement. */
export const queueingMs = 1500;

/** The same request with its time to queue starting anew, for what comes after the acknowledgement. */
export const afresh = (asked: Asked): Asked => ({ ...asked, deadline: Date.now() + queueingMs });

/** Asks Slack who the person is, then runs or refuses. For after the acknowledgement. */
const whenAllowed = async <T>(
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
  if (decision.kind === 'allowed') return run(afresh(asked));
  asked.log.info({ user: asked.actor.user, command: wish.command, decision }, 'refused');
  return renderFailure(refusalWords(decision, wish));
};

/** Without Redis the refusal stands, and the log has it. */
const noteRefusal = async (asked: Asked, request: string | null, { record }: Tools): Promise<void> => {
  const { id, actor, deadline, log } = asked;
  const event = {
    action: 'refused-click',
    requestId: request,
    person: actor.user,
    team: actor.team,
    cluster: null,
    hash: null,
    detail: `not a full member of this workspace (${id})`,
  };
  await within(Math.max(0, deadline - Date.now()), record(event)).catch((error: unknown) => {
    log.error({ audit: event, reason: String(error) }, 'a refused click could not be written to the trail');
  });
};
