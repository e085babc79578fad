import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { clustersFile, clusterVariables, serveClusters } from '../../sandbox/demo/clusters';
import { readRecordings } from '../../sandbox/demo/recording';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { binary, describeWith } from '../lab/binaries';
import { startRedis } from '../lab/redis';
import { openPage, typeLine } from './pages';
import { drawSideBySide } from './side-by-side';
import { manifest, runBotCommand, startBotProcess } from './support';

/** One call across two clusters, as Slack and the terminal show it. */

jest.setTimeout(120_000);

const root = resolve(__dirname, '../..');
const line = ['trace', 'prod-east', 'web', 'billing'];

describeWith(['redis', 'chromium'], 'a trace, as people see it', () => {
  let slack: Workspace;
  let browser: Browser;
  let environment: Readonly<Record<string, string>>;
  const ends: (() => unknown)[] = [];

  /** The recorded clusters, but for the intention of billing, which denies its consumer. */
  const serveDenied = async (folder: string) => {
    for (const recording of await readRecordings(join(root, 'sandbox/recordings'))) {
      const text = JSON.stringify(recording);
      const denied = text.replace(
        /("Name":"billing","Sources":\[\{"Name":"web","Action":)"allow"/,
        '$1"deny"',
      );
      await writeFile(join(folder, `${recording.cluster}.json`), denied);
    }
    const served = await serveClusters(folder);
    if (!served.ok) throw new Error(served.message);
    return served.value;
  };

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'peering-bot-trace-'));
    ends.push(() => rm(folder, { recursive: true }));
    const [{ list, stop }, redis] = await Promise.all([serveDenied(folder), startRedis()]);
    ends.push(stop, redis.stop);
    [slack, browser] = await Promise.all([
      startWorkspace({ manifest, messageRate: { perSecond: 100, burst: 100 } }),
      chromium.launch({ executablePath: binary('chromium'), args: ['--no-sandbox'] }),
    ]);
    ends.push(slack.stop, () => browser.close());
    const file = join(folder, 'clusters.yml');
    await writeFile(file, clustersFile(list));
    environment = { ...clusterVariables(list), PEERING_CLUSTERS: file };
    const bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: clustersFile(list),
      env: environment,
    });
    ends.push(() => bot.end('SIGTERM'));
  }, 120_000);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  it('ends at the first broken hop, with its fix, in Slack and at the terminal', async () => {
    const terminal = await runBotCommand(line, { ...environment, FORCE_COLOR: '1' });
    expect(terminal.stdout).toContain('\u001b[');
    expect([terminal.status, terminal.stdout.includes('broken at intention in prod-west')]).toEqual([
      1,
      true,
    ]);

    const shown = await openPage(browser, slack, people.requester.id, channels.platform);
    await typeLine(shown, `/peering ${line.join(' ')}`);
    const answer = shown.locator('#main .message').filter({ hasText: 'service-intentions/billing' });
    await answer.waitFor();
    expect(await answer.textContent()).toContain('broken at intention');
    const buttons = answer.getByRole('button', { name: 'Run again' });
    expect(await buttons.count()).toBe(1);

    // The picture of the README: `UPDATE_SCREENSHOTS=1 npx jest test/e2e/trace-page`.
    if (!process.env['UPDATE_SCREENSHOTS']) return;
    await shown.setViewportSize({ width: 900, height: 2600 });
    for (const scheme of ['light', 'dark'] as const) {
      await shown.emulateMedia({ colorScheme: scheme });
      await shown.mouse.move(0, 0);
      const picture = { picture: await answer.screenshot(), width: 620 };
      await drawSideBySide(browser, join(root, `docs/trace-${scheme}.png`), scheme, picture, terminal.stdout);
    }
  });
});
