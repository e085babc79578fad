import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { binary, describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { waitFor } from '../lab/process';
import { startRedis } from '../lab/redis';
import { findUnreadable, openPage, typeLine } from './pages';
import { manifest, startBotProcess } from './support';

/**
 * Requests about clusters of two owners, from the first card to the Undo of a change, on two real clusters. See them:
 * `SCREENSHOTS=folder npx jest test/e2e/owners-page`.
 */

jest.setTimeout(180_000);

const { requester: robin, approver: avery, lead: noa } = people;
const groups = { east: 'S0EAST', west: 'S0WEST' } as const;
const rules = 'peering = "write"\nmesh = "write"\nservice_prefix "" { policy = "write" }';

describeWith(['consul', 'redis', 'chromium'], 'requests of two owners on the page', () => {
  let east: ConsulAgent;
  let west: ConsulAgent;
  let slack: Workspace;
  let browser: Browser;
  /** Of the requester, of the owner of prod-east, and of the owner of prod-west. */
  let asking: Page;
  let eastern: Page;
  let western: Page;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    const [one, other, redis] = await Promise.all([
      startConsul({ datacenter: 'east' }),
      startConsul({ datacenter: 'west' }),
      startRedis(),
    ]);
    [east, west] = [one, other];
    ends.push(east.stop, west.stop, redis.stop);
    [slack, browser] = await Promise.all([
      startWorkspace({ manifest, messageRate: { perSecond: 100, burst: 100 } }),
      chromium.launch({ executablePath: binary('chromium'), args: ['--no-sandbox'] }),
    ]);
    ends.push(slack.stop, () => browser.close());
    for (const [id, handle, user] of [
      [groups.east, 'orders-platform-leads', avery],
      [groups.west, 'payments-platform-leads', noa],
    ] as const) {
      slack.state.usergroups.set(id, { id, handle, name: handle, users: [user.id] });
    }
    await east.call('PUT', '/v1/agent/service/register', { Name: 'orders-and-invoices-api' });
    const [eastWrites, westWrites] = await Promise.all([east.tokenWith(rules), west.tokenWith(rules)]);
    const bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `
clusters:
  prod-east:
    address: '${east.address}'
    token: { env: EAST }
    peering_token: { env: EAST_WRITES }
    peers: { west: prod-west }
    owner: { usergroup: ${groups.east}, channel: ${channels.approvals} }
  prod-west:
    address: '${west.address}'
    token: { env: WEST }
    peering_token: { env: WEST_WRITES }
    peers: { prod-east: prod-east }
    owner: { usergroup: ${groups.west}, channel: ${channels.leads} }
access:
  - { allow: [connect, export], users: [${robin.id}] }
approvals:
  channel: ${channels.approvals}
  approvers: { users: [${avery.id}] }
`,
      env: {
        EAST: east.token,
        WEST: west.token,
        EAST_WRITES: eastWrites.secret,
        WEST_WRITES: westWrites.secret,
      },
    });
    ends.push(() => bot.end('SIGTERM'));
    [asking, eastern, western] = await Promise.all([
      openPage(browser, slack, robin.id, channels.platform),
      openPage(browser, slack, avery.id, channels.approvals),
      openPage(browser, slack, noa.id, channels.leads),
    ]);
  }, 120_000);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  const cardOn = (page: Page, text: string): Locator =>
    page.locator('#main .message').filter({ hasText: text }).last();

  const buttonsOf = async (card: Locator): Promise<readonly string[]> =>
    (await card.getByRole('button').allTextContents())
      .map((name) => name.trim())
      .filter((name) => /^(?:Approve|Deny|Cancel|Undo|Reveal)/.test(name));

  /** Clicks a button of a card, looks at its modal, and submits that. */
  const confirm = async (
    page: Page,
    card: Locator,
    button: 'Approve' | 'Undo',
    name: string,
    before: () => Promise<unknown> = async () => undefined,
  ): Promise<void> => {
    await card.getByRole('button', { name: `${button}…` }).click();
    const modal = page.getByRole('dialog');
    const submit = modal.getByRole('button', { name: button, exact: true });
    await submit.waitFor();
    expect(await findUnreadable(page, modal, name)).toEqual({});
    await before();
    await submit.click();
    await modal.waitFor({ state: 'detached' });
  };

  /** Follows the buttons of both cards. */
  const untilButtons = async (cards: readonly Locator[], expected: readonly string[]): Promise<void> => {
    const shown = (): Promise<readonly (readonly string[])[]> => Promise.all(cards.map(buttonsOf));
    const isAsExpected = async (): Promise<boolean> =>
      (await shown()).every((names) => names.join() === expected.join());
    await waitFor('the buttons', isAsExpected, { timeoutMs: 30_000 }).catch(() => undefined);
    expect(await shown()).toEqual(cards.map(() => expected));
  };

  const stateOf = async ({ request }: ConsulAgent, peer: string): Promise<string | undefined> =>
    (await request<{ State?: string }>('GET', `/v1/peering/${peer}`)).body.State;

  it('shows what is asked, the first yes, and both', async () => {
    const reason = 'the orders team moves to the new region';
    await typeLine(asking, `/peering connect prod-east prod-west ${reason}`);
    const cards = [cardOn(eastern, reason), cardOn(western, reason)] as const;
    const [ours, theirs] = cards;
    await untilButtons(cards, ['Approve…', 'Deny…', 'Cancel request']);
    expect(await findUnreadable(eastern, ours, 'two-owners-none')).toEqual({});

    await confirm(eastern, ours, 'Approve', 'two-owners-confirm');
    for (const card of cards) await card.filter({ hasText: avery.realName }).waitFor();
    await untilButtons(cards, ['Approve…', 'Deny…', 'Cancel request']);
    expect(await findUnreadable(eastern, ours, 'two-owners-first')).toEqual({});
    expect(await findUnreadable(western, theirs, 'two-owners-first-other')).toEqual({});
    expect(await stateOf(east, 'west')).toBeUndefined();

    await confirm(western, theirs, 'Approve', 'two-owners-confirm-other');
    await untilButtons(cards, []);
    for (const card of cards) {
      await card.filter({ hasText: noa.realName }).waitFor();
      await card.filter({ hasText: avery.realName }).waitFor();
    }
    await waitFor('the peering', async () => (await stateOf(east, 'west')) === 'ACTIVE', {
      timeoutMs: 60_000,
    });
    await ours.filter({ hasText: 'connected' }).waitFor({ timeout: 60_000 });
    expect(await findUnreadable(eastern, ours, 'two-owners-both')).toEqual({});
    expect(await findUnreadable(western, theirs, 'two-owners-both-other')).toEqual({});
  });

  it('shows an export that was carried out, its Undo, and the end', async () => {
    const reason = 'invoices are read from the other region';
    const exported = async (): Promise<boolean> => {
      const { body } = await east.request('GET', '/v1/config/exported-services/default');
      return JSON.stringify(body).includes('orders-and-invoices-api');
    };
    await typeLine(asking, `/peering export orders-and-invoices-api from prod-east to west ${reason}`);
    const card = cardOn(eastern, reason);
    await untilButtons([card], ['Approve…', 'Deny…', 'Cancel request']);
    expect(await findUnreadable(eastern, card, 'export-pending')).toEqual({});
    await confirm(eastern, card, 'Approve', 'export-confirm');
    await untilButtons([card], ['Undo…']);
    await waitFor('the export', exported);
    expect(await findUnreadable(eastern, card, 'export-done')).toEqual({});

    await confirm(eastern, card, 'Undo', 'export-undo', async () => expect(await exported()).toBe(true));
    await untilButtons([card], []);
    await waitFor('the end of the export', async () => !(await exported()));
    expect(await findUnreadable(eastern, card, 'export-undone')).toEqual({});
  });
});
