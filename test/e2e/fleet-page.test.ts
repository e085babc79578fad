import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { readRecordings, serveRecording } from '../../sandbox/demo/recording';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { binary, describeWith } from '../lab/binaries';
import { freePorts } from '../lab/process';
import { startRedis } from '../lab/redis';
import { findUnreadable, openPage, typeLine } from './pages';
import { manifest, startBotProcess } from './support';

/** The table of all clusters, as people see it. See it: `SCREENSHOTS=folder npx jest test/e2e/fleet-page`. */

jest.setTimeout(180_000);

const recordingsFolder = resolve(__dirname, '../../sandbox/recordings');
/** As long as a name may be, and without a place to break it. */
const longest = `${'production-eu-central-1-payments-and-settlement-'.repeat(2).slice(0, 62)}-z`;
const regions = [
  'af-south',
  'ap-east',
  'ap-south',
  'ca-central',
  'eu-north',
  'eu-west',
  'me-south',
  'sa-east',
];

describeWith(['redis', 'chromium'], 'the table of all clusters on the page', () => {
  let slack: Workspace;
  let browser: Browser;
  let page: Page;
  let names: readonly string[];
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    const token = randomUUID();
    const [recordings, redis, [closed = 0]] = await Promise.all([
      readRecordings(recordingsFolder),
      startRedis(),
      freePorts(1),
    ]);
    ends.push(redis.stop);
    const served = await Promise.all(
      recordings.map((recording) => serveRecording(recording, { token, delayMs: 0 })),
    );
    for (const { stop } of served) ends.push(stop);
    const addresses = new Map(
      recordings.map(({ cluster }, index) => [cluster, served[index]?.address ?? '']),
    );
    const at = (cluster: string): string => addresses.get(cluster) ?? '';
    /** The address of each cluster, and the token that it is read with. */
    const clusters: Readonly<Record<string, readonly [address: string, token: string]>> = {
      ...Object.fromEntries(regions.map((region) => [`prod-${region}`, [at('prod-west'), 'TOKEN']])),
      ...Object.fromEntries(regions.map((region) => [`lab-${region}`, [at('staging'), 'TOKEN']])),
      ...Object.fromEntries(
        regions.slice(0, 4).map((region) => [`broken-${region}`, [at('prod-east'), 'TOKEN']]),
      ),
      'mild-ap-east': [at('prod-east'), 'TOKEN'],
      'mild-eu-west': [at('prod-east'), 'TOKEN'],
      [longest]: [at('prod-east'), 'TOKEN'],
      [`down-${longest}`.slice(0, 64)]: [`http://127.0.0.1:${closed}`, 'TOKEN'],
      'no-rights': [at('prod-west'), 'WRONG'],
    };
    names = Object.keys(clusters);
    [slack, browser] = await Promise.all([
      startWorkspace({ manifest, messageRate: { perSecond: 100, burst: 100 } }),
      chromium.launch({ executablePath: binary('chromium'), args: ['--no-sandbox'] }),
    ]);
    ends.push(slack.stop, () => browser.close());
    const lines = Object.entries(clusters).map(
      ([name, [address, variable]]) => `  ${name}: { address: '${address}', token: { env: ${variable} } }`,
    );
    const bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `
clusters:
${lines.join('\n')}
severity:
  - { clusters: [mild-*], check: '*', severity: warning, owner: ${people.lead.id}, reason: mild on purpose }
`,
      env: { TOKEN: token, WRONG: randomUUID(), LOG_LEVEL: 'info' },
    });
    ends.push(() => bot.end('SIGTERM'));
    page = await openPage(browser, slack, people.requester.id, channels.platform);
  }, 120_000);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  const answers = (): Locator => page.locator('#main .message').filter({ has: page.locator('table') });

  const cells = (row: Locator): Promise<readonly string[]> => row.locator('th, td').allTextContents();

  /** All rows of the table, on all of its pages. */
  const rowsOf = async (answer: Locator): Promise<readonly (readonly string[])[]> => {
    const rows: (readonly string[])[] = [];
    for (;;) {
      for (const row of await answer.locator('tbody tr').all()) rows.push(await cells(row));
      const next = answer.locator('.pager').getByRole('button').last();
      if ((await next.count()) === 0 || (await next.isDisabled())) return rows;
      await next.click();
    }
  };

  it('has every cluster, worst first, with its findings in the thread, and can be read anywhere', async () => {
    await typeLine(page, '/peering check all');
    const answer = answers().first();
    await answer.getByRole('button', { name: 'Run again' }).waitFor({ timeout: 120_000 });
    await answer.locator('.thread-link').waitFor();
    expect(await findUnreadable(page, answer, 'fleet')).toEqual({});
    const rows = await rowsOf(answer);
    expect(rows.map(([name = '']) => name.trim()).toSorted()).toEqual([...names].toSorted());
    const order = ['🔴', '⚪', '🟡', '🟢'];
    const states = rows.map(([, state = '']) => order.find((icon) => state.includes(icon)));
    expect(new Set(states)).toEqual(new Set(order));
    expect(states.indexOf('🔴')).toBe(0);
    expect(states.lastIndexOf('🔴')).toBeLessThan(states.indexOf('🟢'));
    expect(await answer.getByRole('button', { name: 'Run again' }).isVisible()).toBe(true);

    await answer.locator('.thread-link').click();
    const thread = page.locator('#thread');
    await thread.locator('.section').first().waitFor();
    expect(await thread.locator('.section').filter({ hasText: longest }).count()).toBeGreaterThan(0);
    expect(await findUnreadable(page, thread, 'fleet-thread')).toEqual({});
    await page.getByRole('button', { name: 'Close thread' }).click();
  });

  it('leaves out the clusters that are ready on request', async () => {
    await typeLine(page, '/peering check all --short');
    const answer = answers().nth(1);
    await answer.getByRole('button', { name: 'Run again' }).waitFor({ timeout: 120_000 });
    await answer.locator('.thread-link').waitFor();
    expect(await findUnreadable(page, answer, 'fleet-short')).toEqual({});
    const rows = await rowsOf(answer);
    expect(rows.filter(([name = '']) => name.trim().startsWith('prod-'))).toEqual([]);
    expect(rows.length).toBeGreaterThan(0);
  });
});
