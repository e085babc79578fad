import { isObject, textOf } from '../blocks/schema';
import { isRefusal, readContent, refuse, textLimits } from '../content';
import type { StoredFile } from '../model';
import { people } from '../people';
import { addMessage } from '../posting';
import { fileJson } from '../present';
import { messagesIn } from '../state';
import { type Method, needScope, ok, postTarget, rateLimited } from './context';

const getUploadUrl: Method = (args, context) => {
  const scope = needScope(context, 'files:write');
  if (scope) return scope;
  const name = textOf(args['filename']);
  const length = Number(args['length']);
  if (!name) return refuse('invalid_arguments', ['[ERROR] missing required field: filename']);
  if (!Number.isInteger(length) || length < 1)
    return refuse('invalid_arguments', ['[ERROR] must be greater than 0 [json-pointer:/length]']);
  const file: StoredFile = { id: context.state.nextId('F'), name, title: name, length, channels: [] };
  context.state.files.set(file.id, file);
  return ok({ upload_url: `${context.origin}/upload/${file.id}`, file_id: file.id });
};

const completeUpload: Method = (args, context) => {
  const { state, settings, rate, origin } = context;
  const scope = needScope(context, 'files:write');
  if (scope) return scope;
  const requested: readonly unknown[] = Array.isArray(args['files']) ? args['files'] : [];
  if (!requested.every(isObject))
    return refuse('invalid_arguments', ['[ERROR] must provide an object [json-pointer:/files]']);
  const files = requested.map((entry) => state.files.get(textOf(entry['id'])));
  if (files.length === 0 || files.some((file) => !file)) return refuse('file_not_found');
  const found = files.filter((file) => file !== undefined);
  if (found.some((file) => file.content === undefined)) return refuse('file_not_found');
  for (const [index, file] of found.entries()) file.title = textOf(requested[index]?.['title']) || file.name;
  if (args['channel_id']) {
    const channel = postTarget(context, args['channel_id']);
    if (isRefusal(channel)) return channel;
    if (!channel.members.has(people.bot.id)) return refuse('not_in_channel');
    const threadTs = args['thread_ts'] ? textOf(args['thread_ts']) : undefined;
    if (threadTs && !messagesIn(state, channel.id).some((message) => message.ts === threadTs))
      return refuse('invalid_thread_ts');
    const said = { text: args['initial_comment'] ?? '', blocks: args['blocks'] };
    const empty = !said.text && said.blocks === undefined;
    const content = empty
      ? { text: '', blocks: [], attachments: [] }
      : readContent(state, said, { text: textLimits.post, blockText: settings.blockText });
    if (isRefusal(content)) return content;
    const wait = rate.message(channel.id);
    if (wait > 0) return rateLimited(wait);
    for (const file of found) file.channels.push(channel.id);
    addMessage(state, {
      ...content,
      channel: channel.id,
      user: people.bot.id,
      fromBot: true,
      threadTs,
      files: found,
    });
  }
  return ok({ files: found.map((file) => fileJson(file, origin)) });
};

const info: Method = (args, context) => {
  const scope = needScope(context, 'files:read');
  if (scope) return scope;
  const file = context.state.files.get(textOf(args['file']));
  return file ? ok({ file: fileJson(file, context.origin), comments: [] }) : refuse('file_not_found');
};

export const fileMethods: Readonly<Record<string, Method>> = {
  'files.info': info,
  'files.getUploadURLExternal': getUploadUrl,
  'files.completeUploadExternal': completeUpload,
};
