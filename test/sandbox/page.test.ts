import {
  App,
  type BlockAction,
  type BlockButtonAction,
  LogLevel,
  type PlainTextInputAction,
  type StaticSelectAction,
} from '@slack/bolt';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Driver } from '../../sandbox/workspace/driver';
import { readManifest } from '../../sandbox/workspace/manifest';
import { perform } from '../../sandbox/workspace/page-acts';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { binary, describeWith } from '../lab/binaries';

/** The page in a real browser, with a small real Bolt app behind it. */

const manifest = readManifest(`
features:
  app_home: { home_tab_enabled: true }
  assistant_view: { assistant_description: Checks }
  slash_commands: [{ command: /peering, description: Check, usage_hint: 'check CLUSTER [PEER] | clusters | help' }]
oauth_config: { scopes: { bot: [app_mentions:read, assistant:write, chat:write, commands, im:history] } }
settings: { event_subscriptions: { bot_events: [app_home_opened, app_mention, assistant_thread_started, message.im] }, interactivity: { is_enabled: true } }
`);

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text });

const report = (verdict: string) => [
  { type: 'section' as const, block_id: 'verdict', text: mrkdwn(`*${verdict}*`) },
  {
    type: 'actions' as const,
    block_id: 'buttons',
    elements: [
      { type: 'button' as const, action_id: 'rerun', text: plain('Run again') },
      {
        type: 'button' as const,
        action_id: 'void',
        style: 'danger' as const,
        text: plain('Void'),
        confirm: {
          title: plain('Void the token'),
          text: plain('It stops working.'),
          confirm: plain('Void it'),
          deny: plain('Keep it'),
        },
      },
      { type: 'button' as const, action_id: 'ask', text: plain('Ask') },
      {
        type: 'static_select' as const,
        action_id: 'severity',
        placeholder: plain('Severity'),
        options: [
          { text: plain('Errors'), value: 'error' },
          { text: plain('Warnings'), value: 'warning' },
        ],
      },
    ],
  },
];

/** Clusters whose fixes the page may offer to run, and what was run. */
const ran: string[] = [];
const runner = {
  clusters: ['prod', 'prod-east', 'prod-west'],
  run: (cluster: string, text: string) => {
    ran.push(`${cluster}: ${text}`);
    return Promise.resolve(`ran on ${cluster}`);
  },
};

/** A form that shows what its input makes while it is typed. */
const typedForm = (shown: string) => ({
  type: 'modal' as const,
  callback_id: 'typed',
  title: plain('Typed'),
  submit: plain('Send'),
  blocks: [
    { type: 'section' as const, block_id: 'above', text: mrkdwn(`above: ${shown}`) },
    {
      type: 'input' as const,
      block_id: 'words',
      label: plain('Words'),
      dispatch_action: true,
      element: {
        type: 'plain_text_input' as const,
        action_id: 'typed',
        dispatch_action_config: { trigger_actions_on: ['on_character_entered' as const] },
      },
    },
    { type: 'section' as const, block_id: 'below', text: mrkdwn(`below: ${shown}`) },
  ],
});

const botOf = (workspace: Workspace): App => {
  const app = new App({
    token: workspace.botToken,
    appToken: workspace.appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: workspace.apiUrl },
  });
  app.command('/peering', async ({ command, ack, client }) => {
    if (command.text === 'form') {
      await ack();
      await client.views.open({ trigger_id: command.trigger_id, view: typedForm('nothing yet') });
      return;
    }
    await ack(command.text.startsWith('check') ? undefined : { text: `no command ${command.text}` });
    if (!command.text.startsWith('check')) return;
    const channel = command.channel_id;
    const { ts = '' } = await client.chat.postMessage({
      channel,
      text: 'reading',
      blocks: report('reading the cluster'),
    });
    await client.chat.update({ channel, ts, text: 'done', blocks: report('prod-east is not ready') });
    await client.chat.postMessage({
      channel,
      thread_ts: ts,
      text: 'details',
      blocks: [
        {
          type: 'container',
          title: plain('mesh-gateway-mode'),
          is_collapsible: true,
          default_collapsed: true,
          child_blocks: [
            { type: 'section', text: mrkdwn('```kind = "proxy-defaults"```') },
            { type: 'section', text: mrkdwn('*Fix*\n```consul config write -```') },
            { type: 'section', text: mrkdwn('*Fix* In west: write it\n```consul config write -```') },
            { type: 'section', text: mrkdwn('*Fix*\n```rm -rf ~```') },
          ],
        },
      ],
    });
  });
  for (const action of ['rerun', 'void'])
    app.action<BlockButtonAction>(action, async ({ ack, body, client }) => {
      await ack();
      const done = action === 'rerun' ? 'prod-east is ready' : `voided by ${body.user.id}`;
      await client.chat.update({
        channel: body.channel?.id ?? '',
        ts: body.message?.ts ?? '',
        text: done,
        blocks: report(done),
      });
    });
  app.action<BlockAction<StaticSelectAction>>('severity', async ({ ack, action, body, client }) => {
    await ack();
    await client.chat.postEphemeral({
      channel: body.channel?.id ?? '',
      user: body.user.id,
      text: `only ${action.selected_option.value}`,
    });
  });
  app.action<BlockButtonAction>('ask', async ({ ack, body, client }) => {
    await ack();
    await client.views.open({
      trigger_id: body.trigger_id,
      view: {
        type: 'modal',
        callback_id: 'ask',
        title: plain('Ask for a token'),
        submit: plain('Send'),
        blocks: [
          {
            type: 'input',
            block_id: 'reason',
            label: plain('Reason'),
            element: { type: 'plain_text_input', action_id: 'text' },
          },
        ],
      },
    });
  });
  app.action<BlockAction<PlainTextInputAction>>('typed', async ({ ack, action, body, client }) => {
    await ack();
    await client.views.update({ view_id: body.view?.id ?? '', view: typedForm(`sends ${action.value}`) });
  });
  app.view('ask', async ({ ack, view, body, client }) => {
    const reason = view.state.values['reason']?.['text']?.value ?? '';
    if (reason.length < 5) {
      await ack({ response_action: 'errors', errors: { reason: 'Say a little more.' } });
      return;
    }
    await ack();
    await client.chat.postMessage({
      channel: channels.approvals,
      text: `<@${body.user.id}> asks: ${reason}`,
    });
  });
  app.event('assistant_thread_started', async ({ event, client }) => {
    const { channel_id, thread_ts } = event.assistant_thread;
    const prompts = [{ title: 'Check prod', message: 'check prod' }] as const;
    await client.assistant.threads.setSuggestedPrompts({ channel_id, thread_ts, prompts: [...prompts] });
  });
  app.event('message', async ({ event, client }) => {
    if (event.subtype !== undefined || event.thread_ts === undefined) return;
    const { channel, text = '', thread_ts } = event;
    if (text !== 'check prod') {
      await client.chat.postMessage({ channel, thread_ts, text: `answer to ${text}` });
      return;
    }
    const thread = { channel_id: channel, thread_ts };
    await client.assistant.threads.setTitle({ ...thread, title: text });
    await client.assistant.threads.setStatus({ ...thread, status: 'is working on it…' });
  });
  app.event('app_mention', async ({ event, client }) => {
    await client.chat.postMessage({
      channel: event.channel,
      text: `read ${event.text.replace(/<.*>/, '@')}`,
    });
  });
  app.event('app_home_opened', async ({ event, client }) => {
    await client.views.publish({
      user_id: event.user,
      view: { type: 'home', blocks: [{ type: 'header', text: plain(`Home of ${event.user}`) }] },
    });
  });
  return app;
};

describeWith(['chromium'], 'the page', () => {
  let browser: Browser;
  let workspace: Workspace;
  let bot: App;
  let page: Page;
  /** Messages of the browser's console: blocked scripts, errors. */
  let complaints: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: binary('chromium'), args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(() => browser.close());

  const open = async (options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const opened = await context.newPage();
    opened.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    opened.on('pageerror', (error) => complaints.push(error.message));
    await opened.goto(workspace.url);
    await opened.waitForSelector('#composer');
    return opened;
  };

  beforeEach(async () => {
    complaints = [];
    workspace = await startWorkspace({
      manifest,
      offer: { suggestions: ['/peering check prod-east'], notice: 'A notice.', runner },
      messageRate: { perSecond: 1000, burst: 1000 },
    });
    bot = botOf(workspace);
    await bot.start();
    page = await open();
  }, 30_000);
  afterEach(async () => {
    await page.context().close();
    await bot.stop();
    await workspace.stop();
    expect(complaints).toEqual([]);
  });

  const send = async (line: string): Promise<void> => {
    await page.fill('#composer', line);
    await page.press('#composer', 'Enter');
  };
  const see = (text: string, where = '#main') => page.locator(where).getByText(text).first().waitFor();

  it('runs a command, shows its edits as they come, and its thread', async () => {
    await send('/peering check prod-east');
    await see('prod-east is not ready');
    await page.getByRole('button', { name: '1 reply' }).click();
    await see('mesh-gateway-mode', '#thread');
    const snippet = page.locator('#thread pre').first();
    expect(await snippet.isVisible()).toBe(false);
    await page.locator('#thread summary').click();
    expect(await snippet.isVisible()).toBe(true);
    await page.locator('#main').getByRole('button', { name: 'Run again' }).click();
    await see('prod-east is ready');
    await see('prod-east is ready', '#thread');
  });

  it('asks before a button that wants it, and does nothing where one declines', async () => {
    await send('/peering check prod-east');
    await see('not ready');
    const voiding = page.getByRole('button', { name: 'Void', exact: true });
    await voiding.click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    await voiding.click();
    await page.getByRole('button', { name: 'Void it' }).click();
    await see(`voided by ${people.requester.id}`);
    const clicks = workspace.traffic.calls('interactive');
    expect(clicks).toHaveLength(1);
  });

  it('shows what a menu brings to the one who chose, and to nobody else', async () => {
    await send('/peering check prod-east');
    await see('not ready');
    await page.selectOption('[data-action=severity]', 'warning');
    await see('only warning');
    await see('Only visible to you');
    await page.selectOption('#person', people.approver.id);
    // The page shows the former person's view until the new one has arrived.
    await page.getByText('only warning').waitFor({ state: 'detached' });
    await see('not ready');
  });

  it('opens a modal, shows its errors, sends it, and lets another person read what came of it', async () => {
    await send('/peering check prod-east');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await see('This field is required.', 'dialog');
    await dialog.locator('input').fill('why');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await see('Say a little more.', 'dialog');
    expect(await dialog.locator('input').inputValue()).toBe('why');
    await dialog.locator('input').fill('orders move to the new region');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.selectOption('#person', people.approver.id);
    await page.click(`[data-where=${channels.approvals}]`);
    await see('asks: orders move to the new region');
    await see('@Robin Vega');
  });

  it('tells the app what is typed, and keeps focus and cursor while the form changes', async () => {
    await send('/peering form');
    const typed = page.getByRole('dialog').locator('input');
    await typed.click();
    await page.keyboard.type('a');
    await see('below: sends a', 'dialog');
    await page.keyboard.type('c');
    await see('below: sends ac', 'dialog');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.type('b');
    await see('below: sends abc', 'dialog');
    await page.keyboard.type('-');
    await see('above: sends ab-c', 'dialog');
    expect(await typed.inputValue()).toBe('ab-c');
  });

  it('opens a thread with the app beside a channel, with prompts, its title and its status', async () => {
    const thread = page.locator('#thread');
    await page.getByRole('button', { name: 'Ask Peering' }).click();
    const prompt = thread.getByRole('button', { name: 'Check prod' });
    await prompt.click();
    const status = thread.getByText('Peering is working on it…');
    await status.waitFor();
    await thread.locator('h1', { hasText: 'check prod' }).waitFor();
    expect([await prompt.count(), await page.locator('#main h1').textContent()]).toEqual([0, 'platform']);
    expect(await page.getByText('New Assistant Thread').count()).toBe(0);
    expect(await page.locator('#sidebar .unread').count()).toBe(0);
    await page.fill('#thread-composer', 'go on');
    await page.press('#thread-composer', 'Enter');
    await see('answer to go on', '#thread');
    await status.waitFor({ state: 'detached' });
    // In the conversation with the app, the thread has its title.
    await page.locator('[data-where^=D]').click();
    await see('check prod');
    expect(await page.locator('#main').getByText('New Assistant Thread').count()).toBe(0);
  });

  it('mentions the app anywhere in a message', async () => {
    await send('hey @peering-bot check prod, not #peering-approvals or a@peering.example');
    await see('read hey @ check prod, not #peering-approvals or a@peering.example');
  });

  it('stays at the end of a conversation while that grows, and where one has scrolled to', async () => {
    await page.setViewportSize({ width: 400, height: 500 });
    const list = page.locator('#main .messages');
    const isAtEnd = () =>
      list.evaluate(
        (node) =>
          node.scrollHeight - node.clientHeight > 100 &&
          node.scrollHeight - node.scrollTop - node.clientHeight < 2,
      );
    const atEnd = async () => {
      while (!(await isAtEnd())) await page.waitForTimeout(50);
    };
    for (let at = 1; at <= 3; at += 1) {
      await send('/peering check prod-east');
      await page
        .getByRole('button', { name: '1 reply' })
        .nth(at - 1)
        .waitFor();
    }
    await atEnd();
    await page.fill('#composer', 'one\ntwo\nthree\nfour');
    await atEnd();
    await list.evaluate((node) => {
      node.scrollTop = 0;
    });
    await page.waitForTimeout(100);
    workspace.say(people.lead.id, channels.platform, 'one more');
    await see('one more');
    expect(await list.evaluate((node) => node.scrollTop)).toBe(0);
  });

  it('shows each person their own Home tab', async () => {
    await page.click('[data-where=home]');
    await see(`Home of ${people.requester.id}`);
    await page.selectOption('#person', people.lead.id);
    await see(`Home of ${people.lead.id}`);
  });

  it('counts what arrives elsewhere', async () => {
    await page.click(`[data-where=${channels.random}]`);
    workspace.say(people.lead.id, channels.platform, 'one');
    workspace.say(people.lead.id, channels.platform, 'two');
    await page.locator(`[data-where=${channels.platform}] .count`).getByText('2').waitFor();
    await page.click(`[data-where=${channels.platform}]`);
    expect(await page.locator('.count').count()).toBe(0);
  });

  it('shows each person only their own conversations', async () => {
    await page.selectOption('#person', people.stranger.id);
    await page.locator(`[data-where=${channels.platform}]`).waitFor({ state: 'detached' });
    const rooms = await page
      .locator('#sidebar [data-where^=C]')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-where')));
    expect(rooms).toEqual([channels.partners]);
  });

  it('is used by keyboard alone', async () => {
    await page.keyboard.press('Escape');
    await page.locator('#main .messages').focus();
    await page.keyboard.press('/');
    await page.keyboard.type('peer');
    await page.locator('.offers [role=option]').first().waitFor();
    await page.keyboard.press('Tab');
    expect(await page.inputValue('#composer')).toBe('/peering check prod-east');
    await page.keyboard.press('Enter');
    await see('not ready');
    await page.keyboard.press('ArrowUp');
    expect(await page.inputValue('#composer')).toBe('/peering check prod-east');
    await page.fill('#composer', '/peering ch');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    expect(await page.inputValue('#composer')).toBe('/peering check ');
    await page.fill('#composer', '');
    await page.getByRole('button', { name: '1 reply' }).focus();
    await page.keyboard.press('Enter');
    await see('mesh-gateway-mode', '#thread');
    expect(await page.evaluate('document.activeElement?.id')).toBe('thread-composer');
    await page.keyboard.press('Escape');
    expect(await page.locator('#thread').isVisible()).toBe(false);
    await page.keyboard.press('Alt+ArrowDown');
    await page.locator('h1', { hasText: 'peering-approvals' }).waitFor();
  });

  it('says what went wrong where the app is not there', async () => {
    await bot.stop();
    await page.locator('.dot:not(.online)').waitFor();
    await send('/peering check prod-east');
    await see('The app could not be reached.', '#toasts');
    await see('/peering failed with the error "dispatch_failed"');
  });

  it('comes back by itself after the connection broke, with what was said meanwhile', async () => {
    await page.evaluate('window.stop()');
    await page.context().setOffline(true);
    workspace.say(people.lead.id, channels.platform, 'said meanwhile');
    await page.context().setOffline(false);
    await page.reload();
    await see('said meanwhile');
  });

  it('follows the permalink of a message', async () => {
    await send('/peering check prod-east');
    await see('not ready');
    const [message] = workspace.messages(channels.platform);
    await page.goto(`${workspace.origin}/archives/${channels.platform}/p${message?.ts.replace('.', '')}`);
    await see('mesh-gateway-mode', '#thread');
  });

  describe('with hostile text', () => {
    const attack =
      '<img src=x onerror="window.hit=1"><script>window.hit=1</script>" onload=hit \u202Egnp.exe javascript:alert(1)';
    const long = 'x'.repeat(1_100);

    const post = (blocks: unknown, more: object = {}) =>
      fetch(`${workspace.apiUrl}chat.postMessage`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${workspace.botToken}` },
        body: JSON.stringify({ channel: channels.platform, text: attack, blocks, ...more }),
      }).then(async (response) => expect(await response.json()).toMatchObject({ ok: true }));

    const texts = (text: string) => [
      { type: 'section', text: mrkdwn(text) },
      { type: 'section', text: mrkdwn(`<javascript:window.hit=1|click> \`${text}\``) },
      { type: 'header', text: plain(text.slice(0, 150)) },
      { type: 'context', elements: [mrkdwn(text), plain(text)] },
      { type: 'markdown', text: `# ${text}\n[click](javascript:window.hit=1) **${text}**` },
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
      },
      {
        type: 'actions',
        elements: [
          {
            type: 'button',
            action_id: text.slice(0, 200),
            value: text.slice(0, 1000),
            text: plain(text.slice(0, 75)),
          },
        ],
      },
      {
        type: 'container',
        title: plain(text.slice(0, 150)),
        is_collapsible: true,
        child_blocks: [{ type: 'section', text: mrkdwn(`\`\`\`${text}\`\`\``) }],
      },
    ];

    it('runs nothing, loads nothing, links to nothing that runs', async () => {
      workspace.say(people.lead.id, channels.platform, attack);
      const channel = workspace.state.channels.get(channels.random);
      if (channel) channel.name = attack;
      await post(texts(attack));
      await post(undefined);
      await page.reload();
      await see('window.hit=1');
      for (const message of await page.locator('.message button[data-action]').all()) await message.click();
      await page.evaluate("for (const link of document.querySelectorAll('.message a')) link.click()");
      expect(await page.evaluate("'hit' in window")).toBe(false);
      expect(await page.locator('.message :is(img, script, iframe, object)').count()).toBe(0);
      expect(await page.locator('a[href^=javascript]').count()).toBe(0);
      expect(await page.locator('.message').first().textContent()).toContain(
        '<img src=x onerror="window.hit=1">',
      );
    });

    it.each([320, 700, 1280])('fits a window %i pixels wide', async (width) => {
      await page.setViewportSize({ width, height: 700 });
      await post(texts(long));
      await post([
        {
          type: 'table',
          rows: Array.from({ length: 3 }, () =>
            Array.from({ length: 20 }, () => ({ type: 'raw_text', text: 'a cell' })),
          ),
        },
      ]);
      await page.waitForSelector('.table');
      const wide = await page.evaluate(
        "[document.documentElement, document.querySelector('#main .messages')].map((it) => it.scrollWidth - it.clientWidth)",
      );
      expect(wide).toEqual([0, 0]);
    });
  });

  describe('in a narrow window', () => {
    beforeEach(() => page.setViewportSize({ width: 400, height: 720 }));

    it('keeps the conversations in a drawer', async () => {
      const random = page.locator(`[data-where=${channels.random}]`);
      await random.waitFor({ state: 'hidden' });
      await page.getByRole('button', { name: 'Conversations' }).click();
      await random.click();
      await page.locator('h1', { hasText: 'random' }).waitFor();
      await random.waitFor({ state: 'hidden' });
    });

    it('gives a thread the whole window, and the way back', async () => {
      await send('/peering check prod-east');
      await page.getByRole('button', { name: '1 reply' }).click();
      await see('mesh-gateway-mode', '#thread');
      expect(await page.locator('#composer').isVisible()).toBe(false);
      await page.getByRole('button', { name: 'Close thread' }).click();
      await page.locator('#composer').waitFor();
    });
  });

  it('is light or dark as the system is, until someone chooses', async () => {
    const background = (of: Page) => of.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background(page);
    const dark = await open({ colorScheme: 'dark' });
    const darkBackground = await background(dark);
    expect(darkBackground).not.toBe(light);
    await dark.click('#theme');
    expect(await background(dark)).toBe(light);
    await dark.reload();
    await dark.waitForSelector('#composer');
    expect(await background(dark)).toBe(light);
    await dark.context().close();
  });

  it('draws emoji and letters from files of its own, and keeps the text', async () => {
    await send('verdict 🔴 for ⚠️ prod-east → west :white_check_mark: 🫪');
    const text = page.locator('#main .message .text').last();
    const drawn = text.locator('.emoji');
    await drawn.nth(2).waitFor();
    expect(await text.textContent()).toBe('verdict 🔴 for ⚠️ prod-east → west ✅ 🫪');
    // The last is newer than the pictures, so it stays text.
    expect(await drawn.allTextContents()).toEqual(['🔴', '⚠️', '✅']);
    const families = await page.evaluate<readonly string[]>(
      `document.fonts.ready.then((all) => [...all].filter((font) => font.status === 'loaded').map((font) => font.family.replaceAll('"', '')))`,
    );
    expect([...new Set(families)].sort()).toEqual(['Inter', 'Page Mono']);
    expect(complaints.filter((line) => !line.includes('404'))).toEqual([]);
    complaints = [];
  });

  it('runs a fix on the cluster of its thread, and says above all what the clusters are', async () => {
    ran.length = 0;
    await see('A notice.');
    await send('/peering check prod-east');
    await see('prod-east is not ready');
    await page.getByRole('button', { name: '1 reply' }).click();
    await page.locator('#thread summary').click();
    const buttons = page.locator('#thread').getByRole('button', { name: 'Run on prod-east' });
    // One for each fix of this cluster: none for another's, and none for other commands.
    expect(await buttons.count()).toBe(1);
    await buttons.click();
    await see('ran on prod-east', '#thread');
    expect(ran).toEqual(['prod-east: consul config write -']);
  });

  const fix = (where: string) => ({
    type: 'section' as const,
    text: mrkdwn(`*Fix:* ${where}write it\n\`\`\`consul config write -\`\`\``),
  });

  it('runs each fix of a thread about several clusters on its own, and answers there as Slackbot', async () => {
    ran.length = 0;
    const { ts = '' } = await bot.client.chat.postMessage({
      channel: channels.platform,
      text: 'trace',
      blocks: [
        {
          type: 'section',
          text: mrkdwn('web of prod-west-2 calls\nprod-east from prod-west: denied in prod-east.'),
        },
      ],
    });
    await bot.client.chat.postMessage({
      channel: channels.platform,
      thread_ts: ts,
      text: 'fixes',
      blocks: [fix(''), fix('In prod-west: '), fix('In prod: '), fix('In west: ')],
    });
    await page.getByRole('button', { name: '1 reply' }).click();
    const buttons = page.locator('#thread').getByRole('button', { name: 'Run on' });
    await buttons.first().waitFor();
    // None on a cluster whose name is only part of another's, and none on one that the page cannot run.
    expect(await buttons.allTextContents()).toEqual([
      'Run on prod-east (recording)',
      'Run on prod-west (recording)',
    ]);
    await page.selectOption('#person', people.approver.id);
    await page.getByRole('button', { name: '1 reply' }).waitFor();
    if ((await buttons.count()) === 0) await page.getByRole('button', { name: '1 reply' }).click();
    await buttons.nth(1).click();
    await see('ran on prod-west', '#thread');
    expect(ran).toEqual(['prod-west: consul config write -']);
    expect(workspace.thread(ts).map(({ user, text }) => [user, text])).toEqual([
      [people.bot.id, 'fixes'],
      [people.slackbot.id, 'ran on prod-west'],
    ]);
    expect(workspace.ephemerals(people.approver.id)).toEqual([]);
  });

  it.each([
    ['in a channel', false],
    ['in a thread', true],
  ])('tells the outcome of a fix %s that one person sees to that person only', async (_, isThreaded) => {
    ran.length = 0;
    const channel = channels.platform;
    const { ts = '' } = await bot.client.chat.postMessage({ channel, text: 'prod-east is not ready' });
    if (isThreaded) await bot.client.chat.postMessage({ channel, thread_ts: ts, text: 'details' });
    await bot.client.chat.postEphemeral({
      channel,
      user: people.requester.id,
      text: 'prod-east',
      blocks: [fix('In prod-east: '), { type: 'section', text: mrkdwn('for prod-east') }],
      ...(isThreaded && { thread_ts: ts }),
    });
    if (isThreaded) await page.locator('.thread-link').click();
    const where = isThreaded ? '#thread' : '#main';
    await page.locator(where).getByRole('button', { name: 'Run on prod-east' }).click();
    await see('ran on prod-east', where);
    const outcome = workspace.ephemerals(people.requester.id).at(-1);
    expect([outcome?.user, outcome?.text, outcome?.threadTs]).toEqual([
      people.slackbot.id,
      'ran on prod-east',
      isThreaded ? ts : undefined,
    ]);
    expect(JSON.stringify([workspace.messages(channel), workspace.thread(ts)])).not.toContain('ran on');
  });

  it('runs no fix that the one who asks does not see, and none on other clusters', async () => {
    ran.length = 0;
    const channel = channels.platform;
    await bot.client.chat.postEphemeral({ channel, user: people.requester.id, text: 'private' });
    const { ts: shared } = await bot.client.chat.postMessage({ channel, text: 'shared' });
    const hidden = workspace.ephemerals(people.requester.id).at(-1)?.ts;
    for (const [anchor, cluster] of [
      [hidden, 'prod-east'],
      [shared, 'staging'],
    ]) {
      const act = { kind: 'run', user: people.approver.id, anchor, cluster, text: 'consul config write -' };
      const driver: Driver = workspace;
      expect(await perform(act, workspace.state, driver, runner)).toEqual({ error: 'not understood' });
    }
    expect(ran).toEqual([]);
  });

  it('names every control', async () => {
    await send('/peering check prod-east');
    await see('not ready');
    const unnamed = await page
      .locator('button, input, select, textarea')
      .evaluateAll((controls) =>
        controls
          .filter((control) => !(control.getAttribute('aria-label') ?? control.textContent ?? '').trim())
          .map((control) => control.outerHTML),
      );
    expect(unnamed).toEqual([]);
  });
});
