import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { approvalButtons } from '../../src/features/approvals/cards/buttons';
import { approvalFields } from '../../src/features/approvals/new-requests/form-parts.modal';
import { channels, people, usergroups } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { binary, describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { sleep } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { openPage, picture, typeLine } from './pages';
import { manifest, startBotProcess } from './support';

/** Two people at the local page, the real bot behind it, and two real clusters. */

jest.setTimeout(120_000);

const { requester: robin, approver: avery, lead: noa } = people;

describeWith(['consul', 'redis', 'chromium'], 'requests for peering tokens on the page', () => {
  let east: ConsulAgent;
  let west: ConsulAgent;
  let redis: RedisServer;
  let slack: Workspace;
  let browser: Browser;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    [east, west, redis, slack, browser] = await Promise.all([
      startConsul({ acl: 'deny', datacenter: 'east' }),
      startConsul({ acl: 'deny', datacenter: 'west' }),
      startRedis(),
      startWorkspace({ manifest, messageRate: { perSecond: 100, burst: 100 } }),
      chromium.launch({ executablePath: binary('chromium'), args: ['--no-sandbox'] }),
    ]);
    ends.push(east.stop, west.stop, redis.stop, slack.stop, () => browser.close());
    const [eastWrites, westWrites] = await Promise.all([
      east.tokenWith('peering = "write"'),
      west.tokenWith('peering = "write"'),
    ]);
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
  prod-west:
    address: '${west.address}'
    token: { env: WEST }
    peering_token: { env: WEST_WRITES }
access:
  - { allow: [token, connect, audit], users: [${robin.id}, ${noa.id}] }
approvals:
  channel: ${channels.approvals}
  approvers: { users: [${robin.id}], usergroups: [${usergroups.leads}] }
`,
      env: {
        EAST: east.token,
        WEST: west.token,
        EAST_WRITES: eastWrites.secret,
        WEST_WRITES: westWrites.secret,
        PEERING_SIGNING_KEY: 'a-key-of-at-least-32-characters!',
      },
    });
    ends.push(() => bot.end('SIGTERM'));
  }, 120_000);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  const open = (person: string, where: string): Promise<Page> => openPage(browser, slack, person, where);

  const messageWith = (page: Page, text: string | RegExp): Locator =>
    page.locator('#main .message').filter({ hasText: text });

  /** Without the token: pictures are kept. */
  const withoutTokens = (page: Page): Promise<void> =>
    page.evaluate(`for (const code of document.querySelectorAll('dialog pre'))
      if (/^[A-Za-z0-9+/=\\s]{200,}$/.test(code.textContent))
        code.textContent = 'CANARY-'.repeat(code.textContent.length / 7);`);

  const tokenIn = async (dialog: Locator): Promise<string> =>
    (await dialog.locator('pre').allTextContents()).find((text) => /^[\w+/=\s]{200,}$/.test(text))?.trim() ??
    '';

  /** Approves in the modal, which shows what will change. */
  const confirm = async (page: Page, change: string): Promise<void> => {
    const modal = page.getByRole('dialog');
    await modal.getByText(change).waitFor();
    await picture(page, 'confirm');
    await modal.getByRole('button', { name: 'Approve' }).click();
    await modal.waitFor({ state: 'detached' });
  };

  /** An input of a modal, by its block. */
  const input = (modal: Locator, block: string): Locator =>
    modal.locator(`[data-block="${block}"]`).locator('select, input, textarea');

  it('asks, is refused, approves, reveals once', async () => {
    const asking = await open(robin.id, channels.platform);
    await typeLine(asking, '/peering token prod-east orders orders moves to the new region');
    await messageWith(asking, 'Only visible to you').first().waitFor();

    await asking.click(`button[data-where="${channels.approvals}"]`);
    const card = messageWith(asking, 'orders moves to the new region');
    await card.getByRole('button', { name: 'Approve' }).waitFor();
    await picture(asking, 'card-pending');

    // Not by the requester, although anyone may approve.
    await card.getByRole('button', { name: 'Approve' }).click();
    await asking.getByRole('dialog').getByText('cannot approve your own').waitFor();
    await asking.keyboard.press('Escape');
    await asking.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await card.getByRole('button', { name: 'Approve' }).isVisible()).toBe(true);
    await picture(asking, 'card-refused');

    const approving = await open(avery.id, channels.approvals);
    const theirs = messageWith(approving, 'orders moves to the new region');
    await theirs.getByRole('button', { name: 'Approve' }).click();
    await confirm(approving, 'creates peering orders on prod-east');
    await theirs.getByRole('button', { name: 'Reveal token' }).waitFor();
    await picture(approving, 'card-approved');

    // The approver cannot reveal the token.
    await theirs.getByRole('button', { name: 'Reveal token' }).click();
    const refused = approving.getByRole('dialog');
    await refused.waitFor();
    await refused.getByText('Loading').waitFor({ state: 'detached' });
    expect(await tokenIn(refused)).toBe('');
    await picture(approving, 'reveal-refused');
    await approving.keyboard.press('Escape');

    const [before] = slack.messages(channels.approvals);
    const blocks = before?.blocks ?? [];
    await card.getByRole('button', { name: 'Reveal token' }).click();
    const dialog = asking.getByRole('dialog');
    await dialog.locator('pre').first().waitFor();
    const token = await tokenIn(dialog);
    expect(JSON.parse(Buffer.from(token, 'base64').toString())).toHaveProperty('EstablishmentSecret');
    expect(slack.traffic.find(token).map(({ what }) => what)).toEqual(['views.update']);
    await withoutTokens(asking);
    await picture(asking, 'revealed');
    await asking.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await card.getByRole('button', { name: 'Reveal token' }).waitFor({ state: 'detached' });
    await picture(asking, 'card-revealed');

    // As if somebody had kept the button.
    if (before) {
      before.blocks = blocks;
      slack.state.changed({ kind: 'message', message: before });
    }
    // A click within two seconds of the first would be taken for the same.
    await sleep(2000);
    await card.getByRole('button', { name: 'Reveal token' }).click();
    await dialog.getByText('already revealed').waitFor();
    expect(await tokenIn(dialog)).toBe('');
    await picture(asking, 'revealed-again');
    await asking.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });

    // And it works.
    const joined = await west.run(['peering', 'establish', '-name', 'orders-hub', '-peering-token', token]);
    expect(joined.status).toBe(0);
    await asking.context().close();
    await approving.context().close();
  });

  it('is filled in in a modal, denied with a reason, and connects two clusters', async () => {
    const asking = await open(robin.id, channels.platform);
    const approving = await open(avery.id, channels.approvals);
    await typeLine(asking, '/peering connect');
    const form = asking.getByRole('dialog');
    await input(form, approvalFields.acceptor).selectOption({ label: 'prod-east' });
    await input(form, approvalFields.dialer).selectOption({ label: 'prod-east' });
    await input(form, approvalFields.peer).fill('Not A Name');
    await input(form, approvalFields.reason).fill('lab work');
    await picture(asking, 'form');
    await form.getByRole('button', { name: 'Request', exact: true }).click();
    await form.locator('.error:not(:empty)').first().waitFor();
    await picture(asking, 'form-errors');
    await input(form, approvalFields.dialer).selectOption({ label: 'prod-west' });
    await input(form, approvalFields.peer).fill('lab');
    await input(form, approvalFields.dialerPeer).fill('hub');
    await form.getByRole('button', { name: 'Request', exact: true }).click();
    await form.waitFor({ state: 'detached' });

    const card = messageWith(approving, 'lab work').last();
    await card.getByRole('button', { name: 'Deny' }).click();
    const deny = approving.getByRole('dialog');
    await input(deny, approvalFields.reason).fill('not before Monday');
    await picture(approving, 'deny');
    await deny.getByRole('button', { name: 'Deny' }).click();
    await card.getByRole('button', { name: 'Deny' }).waitFor({ state: 'detached' });
    expect(await card.textContent()).toContain('not before Monday');
    await picture(approving, 'denied');

    await typeLine(asking, '/peering connect prod-east prod-west it is Monday');
    const second = messageWith(approving, 'it is Monday');
    await second.getByRole('button', { name: 'Approve' }).click();
    await confirm(approving, 'creates peering west on prod-east');
    await second.filter({ hasText: 'connected' }).waitFor({ timeout: 60_000 });
    await picture(approving, 'connected');
    const states = await Promise.all([
      east.call<{ State: string }>('GET', '/v1/peering/west'),
      west.call<{ State: string }>('GET', '/v1/peering/prod-east'),
    ]);
    expect(states.map(({ State }) => State)).toEqual(['ACTIVE', 'ACTIVE']);

    await typeLine(asking, '/peering audit');
    await messageWith(asking, 'Audit trail').waitFor();
    await picture(asking, 'audit');
    await asking.context().close();
    await approving.context().close();
  });

  it('is decided and revealed on App Home', async () => {
    const asking = await open(noa.id, channels.platform);
    await typeLine(asking, '/peering token prod-west lab a lab of its own');
    await messageWith(asking, 'Only visible to you').last().waitFor();
    const approving = await open(avery.id, 'home');
    await picture(approving, 'home-approver');
    await approving.locator('#main').getByRole('button', { name: 'Approve' }).click();
    await confirm(approving, 'creates peering lab on prod-west');
    const card = () => slack.messages(channels.approvals).at(-1);
    await slack.until(() => JSON.stringify(card()?.blocks).includes(approvalButtons.reveal.id));

    await asking.click('button[data-where="home"]');
    await asking.locator('#main').getByRole('button', { name: 'Reveal token' }).click();
    const dialog = asking.getByRole('dialog');
    await dialog.locator('pre').first().waitFor();
    expect(await tokenIn(dialog)).not.toBe('');
    await withoutTokens(asking);
    await asking.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await picture(asking, 'home-requester');
    await asking.context().close();
    await approving.context().close();
  });
});
