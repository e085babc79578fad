import { createHash } from 'node:crypto';
import { type Fields, textOf } from './blocks/schema';
import { withIds } from './content';
import type { View } from './model';
import type { State } from './state';

/** Modals and Home tabs as people have them open. */

/** A person's stack of modals holds at most three: https://docs.slack.dev/surfaces/modals */
export const maxStack = 3;

const hashOf = (state: State, content: Fields): string =>
  `${Math.floor(state.now() / 1000)}.${createHash('sha256')
    .update(JSON.stringify(content) + state.nextTs())
    .digest('hex')
    .slice(0, 8)}`;

const filled = (state: State, content: Fields): Fields => ({
  ...content,
  blocks: withIds(state, content['blocks'] as readonly Fields[]),
});

const externalIdOf = (content: Fields): string => textOf(content['external_id']);

/** Puts a modal on top of the person's stack. */
export const pushView = (state: State, user: string, content: Fields): View => {
  const stack = state.stacks.get(user) ?? [];
  const id = state.nextId('V');
  const view: View = {
    id,
    user,
    content: filled(state, content),
    hash: hashOf(state, content),
    externalId: externalIdOf(content),
    previous: stack.at(-1) ?? null,
    root: stack[0] ?? id,
  };
  state.views.set(id, view);
  state.stacks.set(user, [...stack, id]);
  state.changed({ kind: 'view', user });
  return view;
};

export const replaceView = (state: State, view: View, content: Fields): void => {
  view.content = filled(state, content);
  view.hash = hashOf(state, content);
  view.externalId = externalIdOf(content);
  state.changed({ kind: 'view', user: view.user });
};

/** Closes a person's topmost view, or all of them, and gives back what was closed, the topmost first. */
export const closeViews = (state: State, user: string, all: boolean): View[] => {
  const stack = state.stacks.get(user) ?? [];
  const closing = all ? stack.toReversed() : stack.slice(-1);
  state.stacks.set(user, all ? [] : stack.slice(0, -1));
  const closed = closing.flatMap((id) => state.views.get(id) ?? []);
  for (const view of closed) state.views.delete(view.id);
  state.changed({ kind: 'view', user });
  return closed;
};

export const publishHome = (state: State, user: string, content: Fields): View => {
  const known = state.homes.get(user);
  const id = known?.id ?? state.nextId('V');
  const view: View = {
    id,
    user,
    content: filled(state, content),
    hash: hashOf(state, content),
    externalId: externalIdOf(content),
    previous: null,
    root: id,
  };
  state.homes.set(user, view);
  state.changed({ kind: 'home', user });
  return view;
};
