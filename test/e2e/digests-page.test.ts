import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { muteFields } from '../../src/features/mutes/mutes.message';
import { botRules } from '../../sandbox/demo/scene';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { binary, describeWith } from '../lab/binaries';
import { peer, type PeeredPair, readPeering, startPeeredPair } from '../lab/pair';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { go, openPage, picture, typeLine } from './pages';
import { manifest, startBotProcess } from './support';

/** A digest from its first word to a muted finding, at the local page: the real bot, and two real clusters. */

jest.setTimeout(120_000);

const { requester: robin, lead } = people;
/** A peering whose other side was deleted. */
const lost = 'old-region';

describeWith(['consul', 'redis', 'chromium'], 'digests on the page', () => {
  let pair: PeeredPair;
  let redis: RedisServer;
  let slack: Workspace;
  let browser: Browser;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    [pair, redis, slack, browser] = await Promise.all([
      startPeeredPair({ acl: 'deny' }),
      startRedis(),
      startWorkspace({ manifest, messageRate: { perSecond: 100, burst: 100 } }),
      chromium.launch({ executablePath: binary('chromium'), args: ['--no-sandbox'] }),
    ]);
    ends.push(pair.stop, redis.stop, slack.stop, () => browser.close());
    const [east, west] = [pair.east.agent, pair.west.agent];
    await peer(east, lost, west, lost);
    await east.call('DELETE', `/v1/peering/${lost}`);
    await waitFor('the loss', async () => (await readPeering(west, lost)).State === 'TERMINATED');
    const [eastReads, westReads] = await Promise.all([east.tokenWith(botRules), west.tokenWith(botRules)]);
    const bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `
clusters:
  prod-east:
    address: '${east.address}'
    token: { env: EAST }
    peers: { west: prod-west }
    gateway_tokens: [{ gateway: mesh-gateway, accessor: ${pair.east.gatewayToken.accessor} }]
  prod-west:
    address: '${west.address}'
    token: { env: WEST }
    peers: { east: prod-east }
    gateway_tokens: [{ gateway: mesh-gateway, accessor: ${pair.west.gatewayToken.accessor} }]
access:
  - { allow: [digest, mute, unmute, mutes], users: [${robin.id}] }
`,
      env: { EAST: eastReads.secret, WEST: westReads.secret },
    });
    ends.push(() => bot.end('SIGTERM'));
  }, 120_000);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  const open = (person: string): Promise<Page> => openPage(browser, slack, person, channels.platform);

  const digests = (page: Page): Locator =>
    page.locator('#main .message').filter({ has: page.locator('table') });

  const posted = () =>
    slack
      .messages(channels.platform)
      .filter(({ blocks }) => blocks.some(({ type: t }) => t === 'data_table'));

  /** The cells of a cluster, by the heads of their columns. */
  const cells = async (digest: Locator, cluster: string): Promise<Readonly<Record<string, string>>> => {
    const texts = (of: Locator) => of.locator('th, td').allTextContents();
    const heads = await texts(digest.locator('thead tr, tr:first-child').first());
    const row = await texts(digest.locator('tbody tr, tr').filter({ hasText: cluster }).first());
    return Object.fromEntries(heads.map((head, at) => [head.trim(), row[at]?.trim() ?? '']));
  };

  /** A section of App Home. */
  const entry = (page: Page, text: string | RegExp): Locator =>
    page.locator('#main .section').filter({ hasText: text }).first();

  const atHome = (page: Page, text: string | RegExp): Locator =>
    page.locator('#main').getByText(text).first();

  /** An input of a modal, by its block. */
  const input = (modal: Locator, block: string): Locator => modal.locator(`[data-block="${block}"]`);

  it('adds one, runs it, mutes a finding of it, and App Home and the next digest show that', async () => {
    const page = await open(robin.id);
    await typeLine(page, '/peering digest add prod-* daily 09:00');
    const added = page.locator('#main .message').filter({ hasText: 'added digest' });
    await added.waitFor();
    await picture(page, '1-added');
    const [, id = ''] = /digest (\w{4}):/.exec((await added.textContent()) ?? '') ?? [];

    await go(page, 'home');
    await atHome(page, '2 not checked yet').waitFor();
    await atHome(page, id).waitFor();
    await picture(page, '2-home-before');

    await go(page, channels.platform);
    await typeLine(page, `/peering digest run ${id}`);
    const first = digests(page).first();
    await first.waitFor({ timeout: 60_000 });
    expect(await cells(first, 'prod-west')).toMatchObject({ state: '🔴', errors: '1' });
    expect(await cells(first, 'prod-east')).toMatchObject({ errors: '0' });
    await first.locator('.thread-link').click();
    const thread = page.locator('#thread');
    const finding = thread.locator('.section').filter({ hasText: `❌ the peering ${lost}` });
    await finding.waitFor();
    await picture(page, '3-digest');

    await finding.getByRole('button', { name: 'Mute…' }).click();
    const form = page.getByRole('dialog');
    await input(form, muteFields.reason).locator('textarea').waitFor();
    expect(await form.textContent()).toContain(lost);
    await form.getByRole('button', { name: 'Mute', exact: true }).click();
    await form.locator('.error:not(:empty)').first().waitFor();
    await picture(page, '4-mute-refused');
    await input(form, muteFields.reason)
      .locator('textarea')
      .fill('the old region goes on Friday <!channel> *bold*');
    await form.getByRole('button', { name: 'Mute', exact: true }).click();
    await form.getByText('applies from the next check on').waitFor();
    await picture(page, '5-muted');
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'detached' });

    await go(page, 'home');
    await atHome(page, 'Unmute').waitFor();
    await picture(page, '6-home-muted');
    expect(await entry(page, 'goes on Friday').textContent()).toContain(lost);
    expect(await entry(page, /^🔴 \d+ +prod-west/).textContent()).toContain('1 error');
    await page.locator('#main').getByRole('button', { name: 'Run now' }).click();
    await slack.until(() => posted().length === 2, 'the second digest', 60_000);
    await page.locator('#main').getByRole('button', { name: 'Refresh' }).click();
    await atHome(page, /🟡 1 +· +🟢 1 +· +as of/).waitFor();
    expect(await entry(page, /^🟡 \d+ +prod-west/).textContent()).toContain('1 muted');
    await picture(page, '7-home-after');

    await go(page, channels.platform);
    const second = digests(page).nth(1);
    await second.locator('.thread-link').waitFor();
    expect(await cells(second, 'prod-west')).toMatchObject({ state: '🔴 → 🟡', errors: '0', muted: '1' });
    await second.scrollIntoViewIfNeeded();
    await picture(page, '8-digest-after');
    expect(slack.mentions().filter((mention) => !mention.startsWith('user:'))).toEqual([]);
    await page.context().close();
  });

  it('lets nobody mute who may not', async () => {
    const page = await open(lead.id);
    await digests(page).first().locator('.thread-link').click();
    await page.locator('#thread').getByRole('button', { name: 'Mute…' }).first().click();
    await page.locator('#thread, #main').getByText('You are not allowed').first().waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await go(page, 'home');
    await atHome(page, 'Clusters').waitFor();
    expect(await page.locator('#main').getByText('Unmute').count()).toBe(0);
    await page.context().close();
  });
});
