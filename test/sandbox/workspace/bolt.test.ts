import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, type BlockButtonAction, HTTPReceiver, LogLevel } from '@slack/bolt';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';

/** The workspace as a real Bolt app sees it, over Socket Mode and over signed HTTP. */

const listen = (app: App): void => {
  app.command('/peering', async ({ command, ack, client, respond }) => {
    await ack({ text: `working on ${command.text}` });
    await respond({ text: 'through the response url', response_type: 'ephemeral' });
    await client.chat.postMessage({
      channel: command.channel_id,
      text: 'report',
      blocks: [
        { type: 'section', block_id: 'verdict', text: { type: 'mrkdwn', text: '*prod-east*' } },
        {
          type: 'actions',
          block_id: 'buttons',
          elements: [
            {
              type: 'button',
              action_id: 'rerun',
              value: 'prod-east',
              text: { type: 'plain_text', text: 'Run again' },
            },
            { type: 'button', action_id: 'open', text: { type: 'plain_text', text: 'Open' } },
          ],
        },
      ],
      metadata: { event_type: 'report', event_payload: { run: '1' } },
    });
  });
  app.action<BlockButtonAction>('rerun', async ({ ack, action, body, client }) => {
    await ack();
    await client.chat.update({
      channel: body.channel?.id ?? '',
      ts: body.message?.ts ?? '',
      text: `again ${action.value} by ${body.user.id}`,
      blocks: [],
    });
  });
  app.action('open', async ({ ack, body, client }) => {
    await ack();
    await client.views.open({
      trigger_id: 'trigger_id' in body ? body.trigger_id : '',
      view: {
        type: 'modal',
        callback_id: 'ask',
        title: { type: 'plain_text', text: 'Ask' },
        submit: { type: 'plain_text', text: 'Send' },
        notify_on_close: true,
        blocks: [
          {
            type: 'input',
            block_id: 'reason',
            label: { type: 'plain_text', text: 'Reason' },
            element: { type: 'plain_text_input', action_id: 'text', min_length: 3 },
          },
        ],
      },
    });
  });
  app.view('ask', async ({ ack, view }) => {
    const said = view.state.values['reason']?.['text']?.value;
    if (said === 'bad') await ack({ response_action: 'errors', errors: { reason: 'say more' } });
    else await ack();
  });
  app.event('app_home_opened', async ({ event, client }) => {
    await client.views.publish({
      user_id: event.user,
      view: { type: 'home', blocks: [{ type: 'header', text: { type: 'plain_text', text: 'Clusters' } }] },
    });
  });
};

const { requester, approver } = people;

const story = (start: () => Promise<{ workspace: Workspace; stop: () => Promise<void> }>): void => {
  let workspace: Workspace;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ workspace, stop } = await start());
  });
  afterAll(() => stop());

  const report = () =>
    workspace.until(() => workspace.messages(channels.platform).find((message) => message.text === 'report'));

  it('brings a command, its acknowledgement, an answer and a message', async () => {
    const done = await workspace.typeCommand(requester.id, channels.platform, '/peering check prod-east');
    expect(done.error).toBeUndefined();
    expect(done.ack).toMatchObject({ text: 'working on check prod-east' });
    await workspace.until(() => workspace.ephemerals(requester.id).length === 2);
    expect(workspace.ephemerals(requester.id).map((message) => message.text)).toEqual([
      'working on check prod-east',
      'through the response url',
    ]);
    expect(workspace.ephemerals(approver.id)).toEqual([]);
    expect((await report()).metadata).toEqual({ event_type: 'report', event_payload: { run: '1' } });
  });

  it('brings a click, and the edit that follows', async () => {
    const message = await report();
    expect(await workspace.click(approver.id, message.ts, 'rerun')).toMatchObject({ ack: {} });
    await workspace.until(() => message.text === `again prod-east by ${approver.id}`);
    expect(message.blocks).toEqual([]);
    expect(message.edited).toBeDefined();
  });

  it('opens a modal, shows its errors, takes its input and closes it', async () => {
    await workspace.typeCommand(requester.id, channels.platform, '/peering check prod-west');
    const message = await report();
    await workspace.click(requester.id, message.ts, 'open');
    await workspace.until(() => workspace.views(requester.id).length === 1);
    expect((await workspace.submitView(requester.id)).errors).toHaveProperty('reason');
    expect((await workspace.submitView(requester.id, { text: 'no' })).errors).toHaveProperty('reason');
    expect((await workspace.submitView(requester.id, { text: 'bad' })).errors).toEqual({
      reason: 'say more',
    });
    expect(workspace.views(requester.id)).toHaveLength(1);
    expect((await workspace.submitView(requester.id, { text: 'for orders' })).errors).toBeUndefined();
    expect(workspace.views(requester.id)).toHaveLength(0);
  });

  it('shows a Home tab', async () => {
    await workspace.openHome(approver.id);
    const home = await workspace.until(() => workspace.appHome(approver.id));
    expect(home.content['blocks']).toMatchObject([{ type: 'header' }]);
  });
};

describe('over Socket Mode', () => {
  story(async () => {
    const workspace = await startWorkspace();
    const app = new App({
      token: workspace.botToken,
      appToken: workspace.appToken,
      socketMode: true,
      logLevel: LogLevel.ERROR,
      clientOptions: { slackApiUrl: workspace.apiUrl },
    });
    listen(app);
    await app.start();
    return {
      workspace,
      stop: async () => {
        await app.stop();
        await workspace.stop();
      },
    };
  });
});

describe('over HTTP', () => {
  story(async () => {
    const workspace = await startWorkspace();
    const receiver = new HTTPReceiver({ signingSecret: workspace.signingSecret, logLevel: LogLevel.ERROR });
    const app = new App({
      token: workspace.botToken,
      receiver,
      logLevel: LogLevel.ERROR,
      clientOptions: { slackApiUrl: workspace.apiUrl },
    });
    listen(app);
    const server = createServer(receiver.requestListener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    workspace.setRequestUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
    return {
      workspace,
      stop: async () => {
        server.closeAllConnections();
        await new Promise<void>((resolve) => server.close(() => resolve()));
        await workspace.stop();
      },
    };
  });
});
