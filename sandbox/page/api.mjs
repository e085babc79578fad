// Talking to the workspace: what happens arrives as events, what the person does is posted.

/** @import { Everything, Message, View, Block, Channel, ThreadState } from './types.d.mts' */

/**
 * @typedef {{ kind: 'everything', everything: Everything }
 *   | { kind: 'message', message: Message }
 *   | { kind: 'deleted', channel: string, ts: string }
 *   | { kind: 'views', views: View[] }
 *   | { kind: 'home', home: Block | null }
 *   | { kind: 'channels', channels: Channel[] }
 *   | { kind: 'threads', threads: ThreadState[] }
 *   | { kind: 'status', online: boolean }} Change
 */

/** Follows what one person sees until `close` is called. @param {string} user @param {(change: Change) => void} changed @param {(connected: boolean) => void} connection */
export const follow = (user, changed, connection) => {
  const source = new EventSource(`/page/events?user=${encodeURIComponent(user)}`);
  source.addEventListener('message', (event) => changed(JSON.parse(event.data)));
  source.addEventListener('open', () => connection(true));
  // The browser tries again by itself; everything is sent again then.
  source.addEventListener('error', () => connection(false));
  return { close: () => source.close() };
};

/** @type {Record<string, string>} */
const words = {
  operation_timeout: 'The app did not answer in time.',
  dispatch_failed: 'The app could not be reached.',
  is_archived: 'This channel is archived.',
  invalid_command: 'No app knows this command.',
};

/**
 * Does something as a person. `error` is a sentence.
 * @param {string} user @param {Record<string, unknown>} what
 * @returns {Promise<{ error?: string, errors?: Record<string, string>, thread?: string }>}
 */
export const act = async (user, what) => {
  try {
    const response = await fetch('/page/act', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user, ...what }),
    });
    const { error, errors, thread } = await response.json();
    return {
      ...(error ? { error: words[error] ?? String(error) } : {}),
      ...(errors ? { errors } : {}),
      ...(thread ? { thread } : {}),
    };
  } catch {
    return { error: 'The workspace has stopped.' };
  }
};
