import { type Browser, chromium, type Page } from 'playwright-core';
import { channels, people } from '../../../sandbox/workspace/people';
import type { Workspace } from '../../../sandbox/workspace/workspace';
import type { RedisClient } from '../../../src/redis/redis';
import type { Reports } from '../../../src/features/history/reports.store';
import { binary, describeWith } from '../../lab/binaries';
import { nameOf, reportOn } from '../../slack/stored';
import { homeConfig as config, useHomeStage } from './home-stage';

/** App Home and history as people see them: the local page in a real browser, with the whole bot behind it. */

jest.setTimeout(60_000);

describeWith(['redis', 'chromium'], 'App Home, in a browser', () => {
  let slack: Workspace;
  let redis: RedisClient;
  let browser: Browser;
  let page: Page;
  let reports: Reports;
  let complaints: string[];
  const ends: (() => unknown)[] = [];
  const start = useHomeStage(ends);

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: binary('chromium'), args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    complaints = [];
    ({ slack, redis, reports } = await start(config));
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    ends.push(() => context.close());
    page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(slack.url);
    await page.waitForSelector('#composer');
  });
  afterEach(() => expect(complaints).toEqual([]));

  const see = (text: string, where = '#main') => page.locator(where).getByText(text).first().waitFor();
  const press = (name: string, where = '#main') =>
    page.locator(where).getByRole('button', { name, exact: true }).first().click();
  const dialog = 'dialog';

  it('shows the clusters and who peers with whom, turns its page, and changes when it is refreshed', async () => {
    await page.click('[data-where=home]');
    await see('30 clusters');
    await see(nameOf(0));
    expect(await page.locator('#main pre').textContent()).toContain(`1 ${nameOf(0)}`);
    await press('Next');
    await see('Page 2 of 2');
    await press('Previous');
    await see('Page 1 of 2');
    const first = config.clusters.get(nameOf(0));
    if (first === undefined) throw new Error('the ring has no clusters');
    expect(
      await page
        .locator('#main')
        .getByText(`1 ${nameOf(0)}`)
        .count(),
    ).toBeGreaterThan(0);
    await reports.save('now', reportOn(first, 1, { startedAt: new Date().toISOString() }));
    await press('Refresh');
    await see(`1 ${nameOf(7)}`);
  });

  it('reads, filters and compares stored runs from there', async () => {
    await page.click('[data-where=home]');
    await see(nameOf(0));
    await press('View details');
    await see('Fix', dialog);
    await page.locator(dialog).locator('select').selectOption('severity:warning');
    await see('Nothing of this kind was found', dialog);
    await press('Compare with…', dialog);
    await see('Compare this run with', dialog);
    await press('Compare', dialog);
    await see('Still open (1)', dialog);
  });

  it('lists the runs of a cluster in a channel, and shows that a run is no longer kept', async () => {
    await page.click(`[data-where=${channels.platform}]`);
    await page.fill('#composer', `/peering history ${nameOf(0)}`);
    await page.press('#composer', 'Enter');
    await see('3 stored runs');
    for (let run = 0; run < 3; run += 1) await redis.del(`peering:report:${nameOf(0)}-${run}`);
    await press('View details');
    await see('no longer stored', dialog);
  });

  it('shows another person what that person may see', async () => {
    await page.selectOption('#person', people.guest.id);
    await page.click('[data-where=home]');
    await see('only answers members');
    expect(await page.locator('#main').getByText(nameOf(0)).count()).toBe(0);
  });
});
