import { request } from 'node:http';
import fc from 'fast-check';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';

/** Whatever an app sends, the workspace answers as Slack would: with `ok` and, where it refuses, an error code. */

let workspace: Workspace;
beforeAll(async () => {
  workspace = await startWorkspace({ messageRate: { perSecond: 1e6, burst: 1e6 } });
});
afterAll(() => workspace.stop());

const methods = [
  'auth.test',
  'apps.connections.open',
  'bots.info',
  'chat.delete',
  'chat.getPermalink',
  'chat.postEphemeral',
  'chat.postMessage',
  'chat.update',
  'conversations.history',
  'conversations.info',
  'conversations.join',
  'conversations.list',
  'conversations.members',
  'conversations.open',
  'conversations.replies',
  'files.completeUploadExternal',
  'files.getUploadURLExternal',
  'team.info',
  'usergroups.list',
  'usergroups.users.list',
  'users.info',
  'users.list',
  'views.open',
  'views.publish',
  'views.push',
  'views.update',
];

const names = [
  'channel',
  'user',
  'user_id',
  'users',
  'usergroup',
  'ts',
  'thread_ts',
  'message_ts',
  'text',
  'blocks',
  'attachments',
  'metadata',
  'view',
  'view_id',
  'external_id',
  'trigger_id',
  'hash',
  'files',
  'filename',
  'length',
  'channel_id',
  'limit',
  'cursor',
  'oldest',
  'latest',
  'types',
  '__proto__',
  'constructor',
];

const value = fc.oneof(
  fc.constantFrom<unknown>(
    channels.platform,
    channels.secret,
    people.lead.id,
    people.bot.id,
    '__proto__',
    '-1',
    '1e999',
    '',
  ),
  fc.jsonValue(),
  fc.string({ unit: 'binary', maxLength: 50 }),
);

const post = async (path: string, body: string, contentType: string) => {
  const response = await fetch(`${workspace.origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': contentType, authorization: `Bearer ${workspace.botToken}` },
    body,
  });
  return { status: response.status, body: await response.text() };
};

it('answers any arguments of any method', async () => {
  const args = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 8 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...methods), args, fc.boolean(), async (method, given, asForm) => {
      const form = new URLSearchParams(
        Object.entries(given).map(([key, one]): [string, string] => [
          key,
          typeof one === 'string' ? one : JSON.stringify(one),
        ]),
      );
      const answer = asForm
        ? await post(`/api/${method}`, form.toString(), 'application/x-www-form-urlencoded')
        : await post(`/api/${method}`, JSON.stringify(given), 'application/json');
      expect(answer.status).toBe(200);
      const parsed = JSON.parse(answer.body) as { ok: unknown; error?: unknown };
      expect([typeof parsed.ok, parsed.ok === true || typeof parsed.error === 'string']).toEqual([
        'boolean',
        true,
      ]);
    }),
    { numRuns: 1_000 },
  );
}, 60_000);

it('answers lists of what is no object', async () => {
  const files = (list: unknown) =>
    post('/api/files.completeUploadExternal', JSON.stringify({ files: list }), 'application/json');
  for (const list of [[null], [[]], ['F1'], {}]) expect((await files(list)).status).toBe(200);
});

it('answers bodies that are no arguments', async () => {
  for (const body of ['', '{', '[]', 'null', '"text"', '\0'])
    expect((await post('/api/chat.postMessage', body, 'application/json')).status).toBe(200);
  expect((await post('/response/unknown', '{', 'application/json')).status).toBe(400);
  expect((await post('/upload/unknown', '--x', 'multipart/form-data; boundary=x')).status).toBe(404);
});

it('keeps going where a client goes away in the middle', async () => {
  await new Promise<void>((resolve) => {
    const sent = request(`${workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { 'content-length': '1000' },
    });
    sent.on('error', () => resolve());
    sent.write('channel=');
    setTimeout(() => sent.destroy(), 50);
  });
  expect((await post('/api/auth.test', '', 'application/x-www-form-urlencoded')).status).toBe(200);
});

it('stops reading what is far too long', async () => {
  const status = await new Promise<number | undefined>((resolve) => {
    const sent = request(`${workspace.apiUrl}chat.postMessage`, { method: 'POST' }, (response) =>
      resolve(response.statusCode),
    );
    sent.on('error', () => resolve(undefined));
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    for (let count = 0; count < 66; count += 1) sent.write(chunk);
    sent.end();
  });
  // Answered, or cut off before the answer could be read.
  expect([413, undefined]).toContain(status);
  expect((await post('/api/auth.test', '', 'application/x-www-form-urlencoded')).status).toBe(200);
}, 60_000);

it('keeps any name of a person or channel apart from its own words', async () => {
  const room = workspace.state.channels.get(channels.platform);
  if (!room) throw new Error('no such channel');
  room.name = '__proto__';
  const answer = await post(
    '/api/conversations.info',
    `channel=${channels.platform}`,
    'application/x-www-form-urlencoded',
  );
  expect(JSON.parse(answer.body)).toMatchObject({ channel: { name: '__proto__' } });
});
