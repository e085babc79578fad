import { type Fields, isObject, textOf } from '../blocks/schema';
import { validateView } from '../blocks/validate';
import { isRefusal, type Refusal, refuse } from '../content';
import type { View } from '../model';
import { viewJson } from '../present';
import type { Trigger } from '../state';
import { closeViews, maxStack, publishHome, pushView, replaceView } from '../views';
import { type Context, type Method, ok } from './context';

/** Slack's limit on a whole view, in bytes of JSON. */
const maxViewBytes = 250_000;

const readView = (value: unknown, type: 'modal' | 'home'): Fields | Refusal => {
  if (!isObject(value)) return refuse('invalid_arguments', ['[ERROR] missing required field: view']);
  if (value['type'] !== type)
    return refuse('invalid_arguments', [`[ERROR] must be a valid enum value [json-pointer:/view/type]`]);
  const messages = validateView(value);
  if (messages.length > 0) return refuse('invalid_arguments', messages);
  if (Buffer.byteLength(JSON.stringify(value)) > maxViewBytes) return refuse('view_too_large');
  return value;
};

/** A trigger opens one view, within 3 s. */
const useTrigger = (context: Context, id: unknown): Trigger | Refusal => {
  const trigger = context.state.triggers.get(textOf(id));
  if (!trigger) return refuse('invalid_trigger_id');
  if (trigger.used) return refuse('exchanged_trigger_id');
  if (context.state.now() - trigger.createdAt > context.settings.triggerMs)
    return refuse('expired_trigger_id');
  trigger.used = true;
  return trigger;
};

const externalIdTaken = (context: Context, view: Fields, except?: View): boolean =>
  Boolean(view['external_id']) &&
  [...context.state.views.values()].some(
    (other) => other !== except && other.externalId === view['external_id'],
  );

const open: Method = (args, context) => {
  const view = readView(args['view'], 'modal');
  if (isRefusal(view)) return view;
  if (externalIdTaken(context, view)) return refuse('duplicate_external_id');
  const trigger = useTrigger(context, args['trigger_id']);
  if (isRefusal(trigger)) return trigger;
  closeViews(context.state, trigger.user, true);
  return ok({ view: viewJson(pushView(context.state, trigger.user, view)) });
};

const push: Method = (args, context) => {
  const view = readView(args['view'], 'modal');
  if (isRefusal(view)) return view;
  if (externalIdTaken(context, view)) return refuse('duplicate_external_id');
  const trigger = useTrigger(context, args['trigger_id']);
  if (isRefusal(trigger)) return trigger;
  if ((context.state.stacks.get(trigger.user) ?? []).length >= maxStack) return refuse('push_limit_reached');
  return ok({ view: viewJson(pushView(context.state, trigger.user, view)) });
};

const update: Method = (args, context) => {
  const known = args['view_id']
    ? context.state.views.get(textOf(args['view_id']))
    : [...context.state.views.values()].find((view) => view.externalId === args['external_id']);
  const view = readView(args['view'], 'modal');
  if (isRefusal(view)) return view;
  if (!known) return refuse('not_found');
  if (args['hash'] && args['hash'] !== known.hash) return refuse('hash_conflict');
  if (externalIdTaken(context, view, known)) return refuse('duplicate_external_id');
  replaceView(context.state, known, view);
  return ok({ view: viewJson(known) });
};

const publish: Method = (args, context) => {
  if (context.settings.manifest?.homeTab === false) return refuse('not_enabled');
  const user = textOf(args['user_id']);
  if (!context.state.users.has(user)) return refuse('user_not_found');
  const view = readView(args['view'], 'home');
  if (isRefusal(view)) return view;
  const known = context.state.homes.get(user);
  if (args['hash'] && args['hash'] !== known?.hash) return refuse('hash_conflict');
  return ok({ view: viewJson(publishHome(context.state, user, view)) });
};

export const viewMethods: Readonly<Record<string, Method>> = {
  'views.open': open,
  'views.push': push,
  'views.update': update,
  'views.publish': publish,
};
