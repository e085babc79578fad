import type { Permission } from '../access/authorizer';
import { describeFailure } from './api/call';
import { refusalWords } from './refusal';
import { within } from '../queue/within';
import type { RequestFailure } from '../render/failure';
import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';
import type { AnyAction, AnyModal, SlackRequest, SlackServices } from './define';

/** The one place where listeners admit or refuse people. */

/** The permission that is needed, or the request that decides who may act. */
type Right =
  | { readonly decidedBy: 'listener' | 'job'; readonly permission: Permission }
  /** The id is null if it could not be read. */
  | { readonly decidedBy: 'request'; readonly request: string | null };

/** The person is admitted, perhaps only after a question to Slack; or refused. */
type Admission =
  | {
      readonly ok: true;
      /** Set if the listener decides but must ask Slack first: asks Slack, then runs or refuses. */
      readonly askFirst?: <T>(run: (request: SlackRequest) => Promise<T>) => Promise<T | Message>;
    }
  | { readonly ok: false; readonly reply: Message };

/** Returns a failure if the person has sent too many commands. */
export type Throttle = (request: SlackRequest) => Promise<RequestFailure | undefined>;

type Services = Pick<SlackServices, 'authorizer' | 'record'>;

/** The least that a member may do. */
const basicPermission: Permission = { command: 'help', clusters: [] };

/** Returns the right that a button or a modal needs. `value` is undefined if it could not be decoded. */
export const rightOf = <S>(item: AnyAction<S> | AnyModal<S>, value: unknown): Right => {
  // `value` was decoded by this very item, which the type of the registry cannot know.
  const own = value as never;
  return item.decidedBy === 'request'
    ? { decidedBy: 'request', request: value === undefined ? null : item.request(own) }
    : {
        decidedBy: item.decidedBy ?? 'listener',
        permission: { command: item.command, clusters: value === undefined ? [] : item.access(own) },
      };
};

/** Refuses people who may never do anything here, if that is known without asking Slack. */
export const outsiderReply = ({ actor }: SlackRequest, { authorizer }: Services): Message | undefined => {
  const decision = authorizer.decide(actor, basicPermission);
  return decision.kind === 'denied' && decision.because !== 'not-granted'
    ? renderFailure(refusalWords(decision, basicPermission))
    : undefined;
};

/**
 * Decides at once, with cached facts, and counts the attempt. If a stored request decides, only outsiders are refused
 * here, and recorded in the audit trail; its job decides everything else.
 */
export const admit = async (
  request: SlackRequest,
  right: Right,
  services: Services,
  throttle: Throttle,
): Promise<Admission> => {
  if (right.decidedBy === 'request') {
    const reply = outsiderReply(request, services);
    const tooMany = await throttle(request);
    if (reply !== undefined && tooMany === undefined) await recordRefusal(request, right.request, services);
    const refused = reply ?? (tooMany && renderFailure(tooMany));
    return refused === undefined ? { ok: true } : { ok: false, reply: refused };
  }
  const { permission } = right;
  const decision = services.authorizer.decide(request.actor, permission);
  // A refusal counts too: each answer is a call to Slack.
  const tooMany = await throttle(request);
  if (decision.kind === 'denied') {
    return { ok: false, reply: renderFailure(refusalWords(decision, permission)) };
  }
  if (tooMany) return { ok: false, reply: renderFailure(tooMany) };
  return decision.kind === 'unsure' && right.decidedBy === 'listener'
    ? { ok: true, askFirst: (run) => runIfAllowed(request, permission, services, run) }
    : { ok: true };
};

/** Maximum time to queue, in ms: half of the time that Slack waits for an acknowledgement. */
export const queueingMs = 1500;

/** Restarts the time to queue, after the acknowledgement. */
export const withNewDeadline = (request: SlackRequest): SlackRequest => ({
  ...request,
  deadline: Date.now() + queueingMs,
});

/** Asks Slack who the person is, then runs or refuses. Only after the acknowledgement. */
const runIfAllowed = async <T>(
  request: SlackRequest,
  permission: Permission,
  { authorizer }: Pick<Services, 'authorizer'>,
  run: (request: SlackRequest) => Promise<T>,
): Promise<T | Message> => {
  const { id, actor, log } = request;
  const answer = await authorizer.authorize(actor, permission);
  if (!answer.ok) {
    log.error({ reason: describeFailure(answer.error) }, 'could not ask Slack who the person is');
    return renderFailure({ kind: 'unexpected', requestId: id });
  }
  const decision = answer.value;
  if (decision.kind === 'allowed') return run(withNewDeadline(request));
  log.info({ user: actor.user, command: permission.command, decision }, 'refused');
  return renderFailure(refusalWords(decision, permission));
};

/** Records the refusal; without Redis, only the log has it. */
const recordRefusal = async (
  { id, actor, deadline, log }: SlackRequest,
  requestId: string | null,
  { record }: Services,
): Promise<void> => {
  const event = {
    action: 'refused-click',
    requestId,
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
