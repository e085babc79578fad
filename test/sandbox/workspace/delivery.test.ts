import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { isValidSlackRequest } from '@slack/bolt';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace, type WorkspaceOptions } from '../../../sandbox/workspace/workspace';

/** Delivery of commands, interactions and events to an app, and of its answers. */

const { requester, approver } = people;
let workspace: Workspace;

const begin = async (options: WorkspaceOptions = {}): Promise<void> => {
  workspace = await startWorkspace({
    ackTimeoutMs: 150,
    messageRate: { perSecond: 1000, burst: 1000 },
    ...options,
  });
};
afterEach(() => workspace.stop());

const call = async (
  method: string,
  args: object,
  token = workspace.botToken,
): Promise<Record<string, unknown>> => {
  const response = await fetch(`${workspace.apiUrl}${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(args),
  });
  return (await response.json()) as Record<string, unknown>;
};

const command = () => workspace.typeCommand(requester.id, channels.platform, '/peering check  "prod east" ');

describe('over HTTP', () => {
  interface Delivered {
    readonly body: string;
    readonly headers: IncomingHttpHeaders;
  }
  let app: Server;
  let seen: Delivered[];
  let answer: (seen: Delivered) => { status?: number; body?: string; json?: boolean } | 'silence';

  beforeEach(async () => {
    seen = [];
    answer = () => ({});
    app = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        const one = { body, headers: request.headers };
        seen.push(one);
        const said = answer(one);
        if (said === 'silence') return;
        response.writeHead(said.status ?? 200, said.json ? { 'content-type': 'application/json' } : {});
        response.end(said.body ?? '');
      });
    });
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', () => resolve()));
    await begin({
      requestUrl: `http://127.0.0.1:${(app.address() as AddressInfo).port}/slack/events`,
      eventRetriesMs: [0, 10, 20],
    });
  });
  afterEach(async () => {
    app.closeAllConnections();
    await new Promise<void>((resolve) => app.close(() => resolve()));
  });

  const valid = ({ body, headers }: Delivered, signingSecret = workspace.signingSecret): boolean =>
    isValidSlackRequest({
      signingSecret,
      body,
      headers: {
        'x-slack-signature': String(headers['x-slack-signature']),
        'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']),
      },
    });

  it('signs what it sends', async () => {
    await command();
    await workspace.openHome(requester.id);
    expect(seen.map((one) => valid(one))).toEqual([true, true]);
    expect(seen.map((one) => valid(one, 'another secret'))).toEqual([false, false]);
  });

  it('sends a command with the fields of Slack', async () => {
    await command();
    expect(Object.fromEntries(new URLSearchParams(seen[0]?.body))).toMatchObject({
      command: '/peering',
      text: 'check  "prod east"',
      user_id: requester.id,
      team_id: workspace.teamId,
      channel_id: channels.platform,
      channel_name: 'platform',
    });
  });

  it('names the team of the actor, also if it is another', async () => {
    await workspace.typeCommand(people.stranger.id, channels.partners, '/peering help');
    const form = new URLSearchParams(seen[0]?.body);
    expect(form.get('team_id')).not.toBe(workspace.teamId);
  });

  it.each([
    ['a plain text', { body: 'done' }, 'done', 'ephemeral'],
    ['JSON for the person', { json: true, body: '{"text":"done"}' }, 'done', 'ephemeral'],
    [
      'JSON for the channel',
      { json: true, body: '{"text":"done","response_type":"in_channel"}' },
      'done',
      'channel',
    ],
    ['nothing', {}, undefined, 'nowhere'],
  ])('shows an acknowledgement of %s', async (_what, said, text, where) => {
    answer = () => said;
    expect((await command()).error).toBeUndefined();
    const private_ = workspace.ephemerals(requester.id).map((message) => message.text);
    const public_ = workspace.messages(channels.platform).map((message) => message.text);
    expect([private_, public_]).toEqual([
      where === 'ephemeral' ? [text] : [],
      where === 'channel' ? [text] : [],
    ]);
  });

  it.each([
    ['does not answer in time', () => 'silence' as const, 'operation_timeout'],
    ['answers with an error', () => ({ status: 500 }), 'dispatch_failed'],
    [
      'answers with blocks that are wrong',
      () => ({ json: true, body: '{"blocks":[{"type":"no"}]}' }),
      'invalid_command_response',
    ],
  ])('tells the person where the app %s', async (_what, say, error) => {
    answer = say;
    expect((await command()).error).toBe(error);
    expect(workspace.ephemerals(requester.id).map((message) => message.text)).toEqual([
      `/peering failed with the error "${error}"`,
    ]);
  });

  it('tells the person where the app cannot be reached', async () => {
    app.closeAllConnections();
    await new Promise<void>((resolve) => app.close(() => resolve()));
    expect((await command()).error).toBe('dispatch_failed');
  });

  it('delivers an event again until it is acknowledged, and says which try it is', async () => {
    answer = () => (seen.length < 3 ? { status: 500 } : {});
    await workspace.openHome(requester.id);
    await workspace.until(() => seen.length === 3);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const ids = seen.map((one) => (JSON.parse(one.body) as { event_id: string }).event_id);
    expect(new Set(ids).size).toBe(1);
    expect(seen.map((one) => one.headers['x-slack-retry-num'])).toEqual([undefined, '1', '2']);
    expect(seen[1]?.headers['x-slack-retry-reason']).toBe('http_error');
  });

  it('lets a test sign with another secret or another time', async () => {
    const body = 'command=%2Fpeering';
    const check = (headers: Readonly<Record<string, string>>): boolean => valid({ body, headers });
    expect(check(workspace.sign(body))).toBe(true);
    expect(check(workspace.sign(body, undefined, 'forged'))).toBe(false);
    expect(check(workspace.sign(body, Math.floor(Date.now() / 1000) - 600))).toBe(false);
  });
});

describe('over Socket Mode', () => {
  beforeEach(() => begin());

  interface Envelope {
    readonly type: string;
    readonly envelope_id: string;
    readonly payload: Record<string, unknown>;
    readonly reason?: string;
  }

  /** A bare connection: what it received, and a way to acknowledge. */
  const connect = async (acknowledge = true) => {
    const { url } = await call('apps.connections.open', {}, workspace.appToken);
    const socket = new WebSocket(String(url));
    const received: Envelope[] = [];
    socket.on('message', (data: Buffer) => {
      const envelope = JSON.parse(data.toString()) as Envelope;
      received.push(envelope);
      if (acknowledge && envelope.envelope_id)
        socket.send(JSON.stringify({ envelope_id: envelope.envelope_id }));
    });
    // A cut connection is what some of these tests are about.
    socket.on('error', () => undefined);
    await new Promise((resolve) => {
      socket.once('message', resolve);
      socket.once('close', resolve);
    });
    return { socket, received, url: String(url), envelopes: () => received.filter((one) => one.envelope_id) };
  };

  it('says so where nobody is connected', async () => {
    expect((await command()).error).toBe('dispatch_failed');
  });

  it('greets, and gives an address that works once', async () => {
    const { received, url } = await connect();
    expect(received[0]).toMatchObject({ type: 'hello', num_connections: 1 });
    const second = new WebSocket(url);
    const refused = await new Promise((resolve) => second.once('error', resolve));
    expect(refused).toMatchObject({ message: expect.stringContaining('403') });
  });

  it('gives each envelope to one of the connections', async () => {
    const both = [await connect(), await connect()];
    for (let index = 0; index < 4; index += 1) expect((await command()).error).toBeUndefined();
    expect(both.map((one) => one.envelopes().length)).toEqual([2, 2]);
  });

  it('takes ten connections and no more', async () => {
    for (let index = 0; index < 10; index += 1) await connect();
    const { received } = await connect();
    expect(received[0]).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' });
    expect(workspace.sockets.connections()).toBe(10);
  });

  it('reports an envelope that is not acknowledged, and one whose connection breaks', async () => {
    const { socket, envelopes } = await connect(false);
    expect((await command()).error).toBe('operation_timeout');
    const broken = command();
    await workspace.until(() => envelopes().length === 2);
    socket.terminate();
    expect((await broken).error).toBe('dispatch_failed');
  });

  it('asks to reconnect, and cuts off', async () => {
    const { socket, received } = await connect();
    workspace.sockets.refresh();
    await workspace.until(() => received.some((one) => one.reason === 'refresh_requested'));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    workspace.sockets.drop();
    await closed;
    await workspace.until(() => workspace.sockets.connections() === 0);
  });

  it('delivers again what a test asks it to', async () => {
    const { envelopes } = await connect();
    const { payload } = await command();
    await workspace.deliver('slash_commands', payload);
    expect(envelopes().map((one) => one.payload)).toEqual([payload, payload]);
  });

  const posted = async (): Promise<string> => {
    const button = { type: 'button', action_id: 'go', value: 'v', text: { type: 'plain_text', text: 'Go' } };
    const { ts } = await call('chat.postMessage', {
      channel: channels.platform,
      blocks: [{ type: 'actions', block_id: 'b', elements: [button] }],
    });
    return String(ts);
  };

  it('describes a click as Slack does', async () => {
    await connect();
    const ts = await posted();
    const { payload } = await workspace.click(approver.id, ts, 'go');
    expect(payload).toMatchObject({
      type: 'block_actions',
      user: { id: approver.id, team_id: workspace.teamId },
      channel: { id: channels.platform, name: 'platform' },
      container: { type: 'message', message_ts: ts, is_ephemeral: false },
      message: { ts },
      actions: [{ type: 'button', action_id: 'go', block_id: 'b', value: 'v' }],
    });
  });

  it('can claim what no honest client would', async () => {
    await connect();
    const ts = await posted();
    const { payload } = await workspace.click(approver.id, ts, 'go', { tamper: { value: 'other' } });
    expect(payload['actions']).toMatchObject([{ value: 'other' }]);
  });

  it('throws where a test clicks on what is not there', async () => {
    const ts = await posted();
    await expect(workspace.click(approver.id, ts, 'other')).rejects.toThrow('other');
    await expect(workspace.click(approver.id, '1.000001', 'go')).rejects.toThrow('1.000001');
  });

  it('sends view_closed only if the app requested it', async () => {
    const { envelopes } = await connect();
    const open = async (notify_on_close: boolean): Promise<void> => {
      const { payload } = await command();
      const view = {
        type: 'modal',
        title: { type: 'plain_text', text: 'T' },
        notify_on_close,
        blocks: [{ type: 'divider' }],
      };
      await call('views.open', { trigger_id: payload['trigger_id'], view });
    };
    await open(false);
    await workspace.closeView(requester.id);
    expect(envelopes().at(-1)?.type).toBe('slash_commands');
    await open(true);
    await workspace.closeView(requester.id);
    expect(envelopes().at(-1)?.payload).toMatchObject({ type: 'view_closed', user: { id: requester.id } });
  });

  describe('a response URL', () => {
    const respond = async (url: unknown, body: object): Promise<{ status: number; error: unknown }> => {
      const response = await fetch(String(url), {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
      return { status: response.status, error: ((await response.json()) as { error?: string }).error };
    };
    const url = async (): Promise<unknown> => (await command()).payload['response_url'];

    beforeEach(() => connect());

    it('takes five posts', async () => {
      const to = await url();
      for (let index = 0; index < 5; index += 1) expect((await respond(to, { text: 'x' })).status).toBe(200);
      expect(await respond(to, { text: 'x' })).toEqual({ status: 404, error: 'used_url' });
      expect(workspace.ephemerals(requester.id)).toHaveLength(5);
    });

    it('lives 30 minutes', async () => {
      const to = await url();
      workspace.advance(30 * 60_000 + 1000);
      expect(await respond(to, { text: 'x' })).toEqual({ status: 404, error: 'expired_url' });
    });

    it('reaches conversations that the bot is not in', async () => {
      const { payload } = await workspace.typeCommand(requester.id, channels.secret, '/peering help');
      await respond(payload['response_url'], { text: 'here', response_type: 'in_channel' });
      expect(workspace.messages(channels.secret)).toMatchObject([{ text: 'here' }]);
    });

    it('replaces and deletes the message that was clicked, ephemeral ones too', async () => {
      await respond(await url(), {
        blocks: [
          {
            type: 'actions',
            elements: [{ type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' } }],
          },
        ],
      });
      const [message] = workspace.ephemerals(requester.id);
      const { payload } = await workspace.click(requester.id, message?.ts ?? '', 'go');
      expect(payload).toMatchObject({ container: { is_ephemeral: true } });
      expect(payload).not.toHaveProperty('message');
      await respond(payload['response_url'], { text: 'replaced', blocks: [], replace_original: true });
      expect(workspace.ephemerals(requester.id)).toMatchObject([{ text: 'replaced', blocks: [] }]);
      await respond(payload['response_url'], { delete_original: true });
      expect(workspace.ephemerals(requester.id)).toEqual([]);
    });

    it('refuses what a message must not hold', async () => {
      expect(await respond(await url(), { blocks: [{ type: 'no' }] })).toEqual({
        status: 400,
        error: 'invalid_blocks',
      });
      expect(await respond(`${workspace.origin}/response/unknown`, { text: 'x' })).toMatchObject({
        status: 404,
      });
    });
  });
});

describe('stopping', () => {
  it('frees the port and leaves nothing behind', async () => {
    await begin();
    const port = Number(new URL(workspace.origin).port);
    await workspace.stop();
    await expect(fetch(`${workspace.apiUrl}auth.test`)).rejects.toThrow('fetch failed');
    await begin({ port });
    expect(workspace.origin).toBe(`http://127.0.0.1:${port}`);
  });

  it('rejects where the port is taken', async () => {
    await begin();
    const port = Number(new URL(workspace.origin).port);
    await expect(startWorkspace({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
