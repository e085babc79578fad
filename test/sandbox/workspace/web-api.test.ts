import { LogLevel, WebClient } from '@slack/web-api';
import { readManifest } from '../../../sandbox/workspace/manifest';
import { channels, people, usergroups } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace, type WorkspaceOptions } from '../../../sandbox/workspace/workspace';

/** Answers and error codes of the workspace, seen with Slack's own client. */

let workspace: Workspace;
let client: WebClient;

const clientOf = (of: Workspace, token = of.botToken): WebClient =>
  new WebClient(token, {
    slackApiUrl: of.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 2000,
    logLevel: LogLevel.ERROR,
    logger: {
      debug() {},
      info() {},
      warn() {},
      error() {},
      setLevel() {},
      getLevel: () => LogLevel.ERROR,
      setName() {},
    },
  });

const begin = async (options: WorkspaceOptions = {}): Promise<void> => {
  workspace = await startWorkspace({ messageRate: { perSecond: 1000, burst: 1000 }, ...options });
  client = clientOf(workspace);
};
afterEach(() => workspace.stop());

/** The error code, or the HTTP status, or the client's own code. */
const errorOf = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    await call;
    return undefined;
  } catch (error) {
    const { data, statusCode, code } = error as {
      data?: { error?: string };
      statusCode?: number;
      code?: string;
    };
    return data?.error ?? statusCode ?? code;
  }
};

const post = (channel: string, more: object = {}) =>
  client.chat.postMessage({ channel, text: 'text', ...more });
const divider = { type: 'divider' as const };
const modal = (title = 'Title') => ({
  type: 'modal' as const,
  title: { type: 'plain_text' as const, text: title },
  blocks: [divider],
});

describe('tokens', () => {
  beforeEach(() => begin());

  it('answers who the bot is', async () => {
    expect(await client.auth.test()).toMatchObject({ user_id: people.bot.id, team_id: workspace.teamId });
  });

  it('refuses none, a wrong one, the wrong kind, and a revoked one', async () => {
    expect(await errorOf(clientOf(workspace, '').auth.test())).toBe('not_authed');
    expect(await errorOf(clientOf(workspace, 'xoxb-other').auth.test())).toBe('invalid_auth');
    expect(await errorOf(clientOf(workspace, workspace.appToken).auth.test())).toBe('not_allowed_token_type');
    expect(await errorOf(client.apps.connections.open({}))).toBe('not_allowed_token_type');
    workspace.denyTokens('token_revoked');
    expect(await errorOf(client.auth.test())).toBe('token_revoked');
  });

  it('refuses a method that it does not know', async () => {
    expect(await errorOf(client.apiCall('chat.shout'))).toBe('unknown_method');
    expect(await errorOf(client.apiCall('constructor'))).toBe('unknown_method');
  });
});

describe('posting', () => {
  beforeEach(() => begin());

  it('takes JSON as well as forms', async () => {
    const response = await fetch(`${workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${workspace.botToken}` },
      body: JSON.stringify({ channel: channels.platform, text: 'as JSON', blocks: [divider] }),
    });
    expect(await response.json()).toMatchObject({ ok: true, channel: channels.platform });
    expect(workspace.messages(channels.platform)).toMatchObject([
      { text: 'as JSON', blocks: [{ type: 'divider' }] },
    ]);
  });

  it.each([
    ['an unknown channel', 'C0NONE', {}, 'channel_not_found'],
    ['a private channel that the bot is not in', channels.secret, {}, 'channel_not_found'],
    ['an archived channel', channels.archived, {}, 'is_archived'],
    ['nothing', channels.platform, { text: '' }, 'no_text'],
    ['40,001 characters', channels.platform, { text: 'x'.repeat(40_001) }, 'msg_too_long'],
    ['wrong blocks', channels.platform, { blocks: [{ type: 'section' }] }, 'invalid_blocks'],
    ['blocks that are no list', channels.platform, { blocks: 'text' }, 'invalid_blocks_format'],
    ['wrong metadata', channels.platform, { metadata: { event_type: 'x' } }, 'invalid_metadata_format'],
    ['a thread that is not there', channels.platform, { thread_ts: '1.000001' }, 'thread_not_found'],
    [
      'too much text in blocks',
      channels.platform,
      { blocks: [{ type: 'markdown', text: 'x'.repeat(11_301) }] },
      'msg_blocks_too_long',
    ],
    [
      'two tables',
      channels.platform,
      { blocks: [1, 2].map(() => ({ type: 'table', rows: [[{ type: 'raw_text', text: 'cell' }]] })) },
      'invalid_attachments',
    ],
  ])('refuses %s', async (_what, channel, more, error) => {
    expect(await errorOf(post(channel, more))).toBe(error);
    expect(workspace.messages(channel)).toEqual([]);
  });

  it('says which block is wrong', async () => {
    const failed = await post(channels.platform, { blocks: [divider, { type: 'header' }] }).catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({
      data: {
        response_metadata: { messages: ['[ERROR] missing required field: text [json-pointer:/blocks/1]'] },
      },
    });
  });

  it('posts to a person, which opens a direct conversation', async () => {
    const done = await post(people.requester.id);
    expect(done.channel).toMatch(/^D/);
    expect(workspace.messages(done.channel ?? '')).toHaveLength(1);
  });

  it('keeps threads apart from the channel, and broadcasts where asked to', async () => {
    const root = await post(channels.platform);
    await post(channels.platform, { thread_ts: root.ts, text: 'reply' });
    await post(channels.platform, { thread_ts: root.ts, text: 'broadcast', reply_broadcast: true });
    expect(workspace.messages(channels.platform).map((message) => message.text)).toEqual([
      'text',
      'broadcast',
    ]);
    expect(workspace.thread(root.ts ?? '').map((message) => message.text)).toEqual(['reply', 'broadcast']);
    const { messages } = await client.conversations.replies({
      channel: channels.platform,
      ts: root.ts ?? '',
    });
    expect(messages?.map((message) => message.text)).toEqual(['text', 'reply', 'broadcast']);
    expect(messages?.[0]).toMatchObject({ reply_count: 2 });
  });

  it('edits and deletes only what the bot said', async () => {
    const own = await post(channels.platform, { blocks: [divider] });
    const ts = own.ts ?? '';
    const other = workspace.say(people.requester.id, channels.platform, 'mine').ts;
    const edit = (at: string, more: object = {}) =>
      client.chat.update({ channel: channels.platform, ts: at, text: 'edited', ...more });
    await edit(ts);
    expect(workspace.messages(channels.platform)[0]).toMatchObject({
      text: 'edited',
      blocks: [{ type: 'divider' }],
    });
    await edit(ts, { blocks: [] });
    expect(workspace.messages(channels.platform)[0]).toMatchObject({ text: 'edited', blocks: [] });
    expect(await errorOf(edit(other))).toBe('cant_update_message');
    expect(await errorOf(edit('1.000001'))).toBe('message_not_found');
    expect(await errorOf(edit(ts, { text: 'x'.repeat(4001) }))).toBe('msg_too_long');
    expect(await errorOf(client.chat.delete({ channel: channels.platform, ts: other }))).toBe(
      'cant_delete_message',
    );
    await client.chat.delete({ channel: channels.platform, ts });
    expect(await errorOf(edit(ts))).toBe('message_not_found');
  });

  it('shows an ephemeral message to one person, who must be in the channel, and never edits it', async () => {
    const whisper = (user: string) =>
      client.chat.postEphemeral({ channel: channels.approvals, user, text: 'for you' });
    const { message_ts } = await whisper(people.approver.id);
    expect(workspace.ephemerals(people.approver.id)).toHaveLength(1);
    expect(workspace.ephemerals(people.requester.id)).toEqual([]);
    expect(workspace.messages(channels.approvals)).toEqual([]);
    expect(await errorOf(whisper(people.guest.id))).toBe('user_not_in_channel');
    expect(
      await errorOf(client.chat.update({ channel: channels.approvals, ts: message_ts ?? '', text: 'x' })),
    ).toBe('message_not_found');
  });

  it('knows whom a message would notify', async () => {
    await post(channels.platform, { text: 'plain @here and &lt;!here&gt;' });
    await post(channels.platform, {
      blocks: [{ type: 'header', text: { type: 'plain_text', text: '<!channel>' } }],
    });
    expect(workspace.mentions()).toEqual([]);
    await post(channels.platform, {
      text: `<@${people.approver.id}> <!subteam^${usergroups.leads}> <!here|here>`,
    });
    await post(channels.platform, { blocks: [{ type: 'markdown', text: '<!everyone>' }] });
    expect(workspace.mentions()).toEqual([
      `user:${people.approver.id}`,
      `usergroup:${usergroups.leads}`,
      'here',
      'everyone',
    ]);
  });
});

describe('reading', () => {
  beforeEach(() => begin());

  it('gives history newest first, in pages, with metadata where asked for', async () => {
    const metadata = { event_type: 'run', event_payload: { id: '7' } };
    for (const text of ['one', 'two', 'three']) await post(channels.platform, { text, metadata });
    const first = await client.conversations.history({ channel: channels.platform, limit: 2 });
    expect(first.messages?.map((message) => message.text)).toEqual(['three', 'two']);
    expect(first.messages?.[0]?.metadata).toBeUndefined();
    const cursor = first.response_metadata?.next_cursor ?? '';
    const rest = await client.conversations.history({
      channel: channels.platform,
      cursor,
      include_all_metadata: true,
    });
    expect(rest.messages).toMatchObject([{ text: 'one', metadata }]);
    const oldest = first.messages?.[1]?.ts ?? '';
    const since = await client.conversations.history({ channel: channels.platform, oldest });
    expect(since.messages?.map((message) => message.text)).toEqual(['three']);
  });

  it('refuses the history of channels that the bot is not in', async () => {
    expect(await errorOf(client.conversations.history({ channel: channels.random }))).toBe('not_in_channel');
    expect(await errorOf(client.conversations.history({ channel: channels.secret }))).toBe(
      'channel_not_found',
    );
  });

  it('joins a public channel', async () => {
    await client.conversations.join({ channel: channels.random });
    expect((await client.conversations.info({ channel: channels.random })).channel?.is_member).toBe(true);
  });

  it('lists the channels that the bot may know of', async () => {
    const { channels: found } = await client.conversations.list({ types: 'public_channel,private_channel' });
    const ids = found?.map((channel) => channel.id);
    expect(ids).toContain(channels.leads);
    expect(ids).toContain(channels.random);
    expect(ids).not.toContain(channels.secret);
  });

  it('describes people: time zone, guest, other team', async () => {
    const info = async (user: string) => (await client.users.info({ user })).user;
    expect(await info(people.requester.id)).toMatchObject({ tz: 'Europe/Berlin', is_restricted: false });
    expect([3600, 7200]).toContain((await info(people.requester.id))?.tz_offset);
    expect(await info(people.guest.id)).toMatchObject({ is_restricted: true });
    expect((await info(people.stranger.id))?.team_id).not.toBe(workspace.teamId);
    expect(await errorOf(info('U0NOBODY'))).toBe('user_not_found');
  });

  it('gives the members of a user group', async () => {
    const { users } = await client.usergroups.users.list({ usergroup: usergroups.leads });
    expect(users).toEqual([people.approver.id, people.lead.id]);
    expect(await errorOf(client.usergroups.users.list({ usergroup: 'S0NONE' }))).toBe('no_such_subteam');
  });
});

describe('files', () => {
  beforeEach(() => begin());

  it('takes an upload of the SDK into a thread', async () => {
    const root = await post(channels.platform);
    await client.filesUploadV2({
      channel_id: channels.platform,
      thread_ts: root.ts ?? '',
      filename: 'findings.json',
      content: '{"ü":1}',
      initial_comment: 'all of them',
    });
    const [message] = workspace.thread(root.ts ?? '');
    expect(message).toMatchObject({ text: 'all of them', files: [{ name: 'findings.json' }] });
    expect(message?.files[0]?.content?.toString()).toBe('{"ü":1}');
  });

  it('refuses a file that was never uploaded', async () => {
    const { file_id } = await client.files.getUploadURLExternal({ filename: 'a.txt', length: 3 });
    expect(
      await errorOf(client.files.completeUploadExternal({ files: [{ id: file_id ?? '', title: 'a' }] })),
    ).toBe('file_not_found');
  });
});

describe('views', () => {
  beforeEach(() => begin());

  const trigger = async (): Promise<string> => {
    const done = await workspace.typeCommand(people.requester.id, channels.platform, '/peering help');
    return String(done.payload['trigger_id']);
  };

  it('opens a view once, within three seconds of the interaction', async () => {
    const trigger_id = await trigger();
    await client.views.open({ trigger_id, view: modal() });
    expect(workspace.views(people.requester.id)).toHaveLength(1);
    expect(await errorOf(client.views.open({ trigger_id, view: modal() }))).toBe('exchanged_trigger_id');
    expect(await errorOf(client.views.open({ trigger_id: 'made up', view: modal() }))).toBe(
      'invalid_trigger_id',
    );
    const late = await trigger();
    workspace.advance(3_500);
    expect(await errorOf(client.views.open({ trigger_id: late, view: modal() }))).toBe('expired_trigger_id');
  });

  it('updates the view that is open, and none that is closed', async () => {
    const { view } = await client.views.open({ trigger_id: await trigger(), view: modal() });
    const update = (hash?: string) =>
      client.views.update({ view_id: view?.id ?? '', view: modal('New'), ...(hash ? { hash } : {}) });
    expect(await errorOf(update('other'))).toBe('hash_conflict');
    await update(view?.hash);
    expect(workspace.views(people.requester.id)[0]?.content['title']).toMatchObject({ text: 'New' });
    await workspace.closeView(people.requester.id);
    expect(await errorOf(update())).toBe('not_found');
  });

  it('holds three views on top of each other', async () => {
    await client.views.open({ trigger_id: await trigger(), view: modal() });
    await client.views.push({ trigger_id: await trigger(), view: modal() });
    await client.views.push({ trigger_id: await trigger(), view: modal() });
    expect(await errorOf(client.views.push({ trigger_id: await trigger(), view: modal() }))).toBe(
      'push_limit_reached',
    );
  });

  it('refuses a wrong view and says where', async () => {
    const failed = await client.views
      .open({ trigger_id: await trigger(), view: modal('A title that is far too long') })
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({
      data: {
        error: 'invalid_arguments',
        response_metadata: {
          messages: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'],
        },
      },
    });
  });

  it('publishes a Home tab for a person', async () => {
    const view = { type: 'home' as const, blocks: [divider] };
    await client.views.publish({ user_id: people.lead.id, view });
    expect(workspace.appHome(people.lead.id)?.content).toMatchObject({ type: 'home' });
    expect(await errorOf(client.views.publish({ user_id: 'U0NOBODY', view }))).toBe('user_not_found');
  });
});

describe('the manifest', () => {
  const manifest = readManifest(`
features:
  app_home: { home_tab_enabled: false }
  slash_commands: [{ command: /peering, description: Check, usage_hint: check CLUSTER }]
oauth_config: { scopes: { bot: [chat:write, commands, channels:read] } }
settings: { event_subscriptions: { bot_events: [] } }
`);
  beforeEach(() => begin({ manifest }));

  it('grants the scopes that it lists and names those that are missing', async () => {
    await post(channels.platform);
    const failed = await client.users.info({ user: people.lead.id }).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      data: { error: 'missing_scope', needed: 'users:read', provided: 'chat:write,commands,channels:read' },
    });
    expect(await errorOf(client.conversations.history({ channel: channels.platform }))).toBe('missing_scope');
    expect(await errorOf(client.conversations.info({ channel: channels.leads }))).toBe('missing_scope');
  });

  it('lets the bot post where it is not in only with the scope for it', async () => {
    expect(await errorOf(post(channels.random))).toBe('not_in_channel');
    await workspace.stop();
    await begin();
    await post(channels.random);
    expect(workspace.messages(channels.random)).toHaveLength(1);
  });

  it('knows no other commands, events and tabs', async () => {
    const done = await workspace.typeCommand(people.lead.id, channels.platform, '/other');
    expect(done.error).toBe('invalid_command');
    expect(workspace.ephemerals(people.lead.id)).toHaveLength(1);
    expect(await workspace.openHome(people.lead.id)).toBeUndefined();
    const view = { type: 'home' as const, blocks: [] };
    expect(await errorOf(client.views.publish({ user_id: people.lead.id, view }))).toBe('not_enabled');
    expect(workspace.traffic.all.filter((exchange) => exchange.from === 'slack')).toEqual([]);
  });
});

describe('limits', () => {
  it('takes one message a second to a channel, after a short burst, and names the seconds to wait', async () => {
    await begin({ messageRate: { perSecond: 1, burst: 2 } });
    await post(channels.platform);
    await post(channels.platform);
    const failed = await post(channels.platform).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 1 });
    await post(channels.approvals);
    workspace.advance(1_000);
    await post(channels.platform);
    expect(workspace.messages(channels.platform)).toHaveLength(3);
  });

  it('holds the tiers of methods where asked to', async () => {
    await begin({ methodTiers: true });
    const list = () => client.users.list({});
    for (let call = 0; call < 20; call += 1) await list();
    expect(await list().catch((error: unknown) => error)).toMatchObject({
      code: 'slack_webapi_rate_limited_error',
    });
    workspace.advance(60_000);
    await list();
  });
});

describe('faults', () => {
  beforeEach(() => begin());

  it('drops the reply after the work was done, or the request before it', async () => {
    workspace.faults.next('chat.postMessage', { kind: 'drop-reply' });
    expect(await errorOf(post(channels.platform))).toBe('slack_webapi_request_error');
    expect(workspace.messages(channels.platform)).toHaveLength(1);
    workspace.faults.next('chat.postMessage', { kind: 'drop-request' });
    expect(await errorOf(post(channels.platform))).toBe('slack_webapi_request_error');
    expect(workspace.messages(channels.platform)).toHaveLength(1);
    await post(channels.platform);
    expect(workspace.messages(channels.platform)).toHaveLength(2);
  });

  it('answers with a status, a rate limit or an error instead, as often as asked', async () => {
    workspace.faults.next('auth.test', { kind: 'status', status: 503 }, 2);
    expect(await errorOf(client.auth.test())).toBe(503);
    expect(await errorOf(client.auth.test())).toBe(503);
    workspace.faults.next('*', { kind: 'ratelimited', retryAfter: 7 });
    expect(await client.auth.test().catch((error: unknown) => error)).toMatchObject({ retryAfter: 7 });
    workspace.faults.next('auth.test', { kind: 'error', error: 'internal_error' });
    expect(await errorOf(client.auth.test())).toBe('internal_error');
    expect(await errorOf(client.auth.test())).toBeUndefined();
  });

  it('answers late, or never', async () => {
    workspace.faults.next('auth.test', { kind: 'hang' });
    expect(await errorOf(clientOf(workspace).auth.test())).toBe('slack_webapi_request_error');
    workspace.faults.next('auth.test', { kind: 'delay', ms: 200 });
    const started = Date.now();
    await client.auth.test();
    expect(Date.now() - started).toBeGreaterThanOrEqual(190);
  });
});

describe('links', () => {
  const manifest = readManifest(`
features: { unfurl_domains: [consul.example.com] }
oauth_config: { scopes: { bot: [links:read, links:write] } }
settings: { event_subscriptions: { bot_events: [link_shared] } }
`);
  const url = 'https://east.consul.example.com/ui?a=1';
  const blocks = [{ type: 'section' as const, text: { type: 'plain_text' as const, text: 'ready' } }];
  const { requester } = people;
  const eventOf = (payload: unknown): Record<string, unknown> =>
    (payload as { event?: Record<string, unknown> } | undefined)?.event ?? {};
  const share = async (text = `see <${url}|east>`, channel: string = channels.platform) => {
    const delivered = await workspace.share(requester.id, channel, text);
    return eventOf(delivered?.payload);
  };
  const unfurl = (more: object) => client.chat.unfurl({ unfurls: { [url]: { blocks } }, ...more } as never);
  const attached = () => workspace.messages(channels.platform).flatMap(({ attachments }) => attachments);

  it('reach the app by domain, also from a channel that it is not in', async () => {
    await begin({ manifest });
    const event = await share(`${url} https://consul.example.com.evil.example/ui`, channels.random);
    expect(event).toMatchObject({
      type: 'link_shared',
      user: requester.id,
      channel: channels.random,
      is_bot_user_member: false,
      source: 'conversations_history',
      links: [{ domain: 'consul.example.com', url }],
    });
    expect(await workspace.share(requester.id, channels.platform, 'https://example.com/')).toBeUndefined();
  });

  it.each([
    ['the event', { events: [] }],
    ['links:read', { scopes: [] }],
    ['the domain', { unfurlDomains: [] }],
  ])('do not reach it without %s', async (_, without) => {
    await begin({ manifest: { ...manifest, ...without } });
    expect(await workspace.share(requester.id, channels.platform, url)).toBeUndefined();
  });

  it('get a preview below the message, which a second call replaces', async () => {
    await begin({ manifest });
    const { channel, message_ts: ts, unfurl_id, source } = await share();
    await unfurl({ channel, ts });
    expect(attached()).toMatchObject([{ from_url: url, is_app_unfurl: true, blocks }]);
    await unfurl({ unfurl_id, source });
    expect(attached()).toHaveLength(1);
    const [message] = workspace.messages(channels.platform);
    expect(message).not.toHaveProperty('edited');
  });

  it('reach it before the message is posted, without a channel', async () => {
    await begin({ manifest });
    const event = eventOf((await workspace.compose(requester.id, url))?.payload);
    expect(event).toMatchObject({ channel: 'COMPOSER', source: 'composer', message_ts: event['unfurl_id'] });
    await unfurl({ unfurl_id: event['unfurl_id'], source: 'composer' });
    expect(attached()).toEqual([]);
  });

  it('get no preview that Slack would refuse', async () => {
    await begin({ manifest });
    const { channel, message_ts: ts } = await share();
    expect(await errorOf(unfurl({ channel, ts, unfurls: { 'https://other.example/': { blocks } } }))).toBe(
      'cannot_unfurl_url',
    );
    expect(await errorOf(unfurl({ channel, ts: '1.1' }))).toBe('cannot_unfurl_message');
    expect(await errorOf(unfurl({ channel, ts, unfurls: { [url]: { blocks: [{ type: 'none' }] } } }))).toBe(
      'invalid_blocks',
    );
    workspace.state.channels.get(channels.platform)?.members.delete(people.bot.id);
    expect(await errorOf(unfurl({ channel, ts }))).toBeUndefined();
    await workspace.stop();
    await begin({ manifest: { ...manifest, scopes: ['links:read'] } });
    const other = await share();
    expect(await errorOf(unfurl({ channel: other['channel'], ts: other['message_ts'] }))).toBe(
      'missing_scope',
    );
  });

  it('name no message in the click on a preview', async () => {
    await begin({ manifest });
    const { channel, message_ts: ts } = await share();
    const button = {
      type: 'button',
      text: { type: 'plain_text', text: 'Check' },
      action_id: 'check',
      value: '1',
    };
    await unfurl({ channel, ts, unfurls: { [url]: { blocks: [{ type: 'actions', elements: [button] }] } } });
    const { payload } = await workspace.click(people.lead.id, String(ts), 'check');
    expect(payload).toMatchObject({
      container: { type: 'message_attachment', message_ts: ts, is_app_unfurl: true, app_unfurl_url: url },
      channel: { id: channels.platform },
      actions: [{ action_id: 'check', value: '1' }],
    });
    expect(payload).not.toHaveProperty('message');
  });
});

describe('the assistant view', () => {
  const prompt = { title: 'Help', message: 'help' };
  const open = async () => {
    const thread = await workspace.openAssistant(people.lead.id, channels.platform);
    return { thread, at: { channel_id: thread.channel, thread_ts: thread.ts } };
  };

  it('gives a thread prompts and a title', async () => {
    await begin();
    const { thread, at } = await open();
    const { threads } = client.assistant;
    await threads.setSuggestedPrompts({ ...at, prompts: [prompt] });
    await threads.setTitle({ ...at, title: 'help' });
    expect(thread).toMatchObject({ prompts: [prompt], title: 'help' });
  });

  it('takes one to four whole prompts, and only in its own threads', async () => {
    await begin();
    const { thread, at } = await open();
    const suggest = (prompts: (typeof prompt)[], where: typeof at = at) =>
      errorOf(client.assistant.threads.setSuggestedPrompts({ ...where, prompts }));
    expect(await suggest([])).toBe('invalid_arguments');
    expect(await suggest(Array.from({ length: 5 }, () => prompt))).toBe('invalid_arguments');
    expect(await suggest([{ title: '', message: 'help' }])).toBe('invalid_arguments');
    const { ts } = await post(channels.platform);
    expect(await suggest([prompt], { channel_id: channels.platform, thread_ts: ts ?? '' })).toBe(
      'invalid_thread_ts',
    );
    expect(await suggest([prompt], { ...at, channel_id: 'D0NONE' })).toBe('channel_not_found');
    expect(await errorOf(client.assistant.threads.setTitle({ ...at, title: '' }))).toBe('invalid_arguments');
    expect(thread).toMatchObject({ prompts: [], title: '' });
  });

  it('shows a status until it is cleared, a reply is posted, or two minutes have passed', async () => {
    await begin();
    const { thread, at } = await open();
    const set = async (status: string) => {
      await client.assistant.threads.setStatus({ ...at, status });
      return workspace.statusOf(thread.ts);
    };
    expect(await set('is working')).toBe('is working');
    expect(await set('')).toBeUndefined();
    await set('is working');
    await post(thread.channel, { thread_ts: thread.ts });
    expect(workspace.statusOf(thread.ts)).toBeUndefined();
    await set('is working');
    workspace.advance(120_000);
    expect(workspace.statusOf(thread.ts)).toBeUndefined();
  });

  const manifestWith = (scopes: string, events: string, view = '') =>
    readManifest(`
features: { ${view} }
oauth_config: { scopes: { bot: [${scopes}] } }
settings: { event_subscriptions: { bot_events: [${events}] } }
`);

  it('needs a scope: for a status, that of messages is enough', async () => {
    await begin({ manifest: manifestWith('chat:write', '', 'assistant_view: {}') });
    const { at } = await open();
    const { threads } = client.assistant;
    expect(await errorOf(threads.setSuggestedPrompts({ ...at, prompts: [prompt] }))).toBe('missing_scope');
    expect(await errorOf(threads.setTitle({ ...at, title: 'help' }))).toBe('missing_scope');
    expect(await errorOf(threads.setStatus({ ...at, status: 'is working' }))).toBeUndefined();
  });

  it('exists only with a manifest that has one, and tells the app only what it subscribed to', async () => {
    await begin({ manifest: manifestWith('assistant:write', '', 'assistant_view: {}') });
    const { thread } = await open();
    expect(await workspace.viewChannel(thread, channels.approvals)).toBeUndefined();
    expect(await workspace.write(people.lead.id, 'help', thread.ts)).toBeUndefined();
    expect(workspace.traffic.all.filter((exchange) => exchange.from === 'slack')).toEqual([]);
    await workspace.stop();
    await begin({ manifest: manifestWith('assistant:write', 'assistant_thread_started') });
    await expect(open()).rejects.toThrow('no assistant view');
  });
});

describe('traffic', () => {
  it('finds a text in what passed, however it was encoded', async () => {
    await begin();
    const canary = 'a "quoted" canary & more';
    const block = { type: 'section' as const, text: { type: 'plain_text' as const, text: canary } };
    await post(channels.platform, { text: canary });
    await post(channels.platform, { blocks: [block] });
    await workspace.typeCommand(people.lead.id, channels.platform, `/peering ${canary}`);
    // Neither of these is repeated in its answer.
    await errorOf(client.users.info({ user: canary }));
    await errorOf(post('C0NONE', { blocks: [block] }));
    expect(workspace.traffic.find(canary).map((exchange) => exchange.what)).toEqual([
      'chat.postMessage',
      'chat.postMessage',
      'slash_commands',
      'users.info',
      'chat.postMessage',
    ]);
    expect(workspace.traffic.find('nothing of it')).toEqual([]);
  });
});
