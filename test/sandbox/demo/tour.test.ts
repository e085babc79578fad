import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { binary, describeWith } from '../../lab/binaries';
import { type DemoProcess, startDemo } from './process';

/** The tour of the demo, as one person and then another takes it. */

const slow = 240_000;
/** `TOUR_SCREENSHOTS=FOLDER` keeps a picture of each step. */
const pictures = process.env['TOUR_SCREENSHOTS'];

const address = async (demo: DemoProcess): Promise<string> => {
  for (;;) {
    const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=\w+/.exec(demo.out())?.[0];
    if (found) return found;
    if (demo.child.exitCode !== null) throw new Error(`the demo ended: ${demo.err()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** Fonts of this machine that the page used for anything but emoji, whose text is behind their pictures. */
const systemFonts = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(`for (const sign of document.querySelectorAll('.emoji')) sign.style.display = 'none'`);
  const session = await page.context().newCDPSession(page);
  await session.send('DOM.enable');
  await session.send('CSS.enable');
  const { root } = await session.send('DOM.getDocument');
  const used: string[] = [];
  for (const selector of ['#main', '#sidebar']) {
    const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector });
    const { fonts } = await session.send('CSS.getPlatformFontsForNode', { nodeId });
    expect(fonts.length).toBeGreaterThan(0);
    used.push(...fonts.filter((font) => !font.isCustomFont).map((font) => font.familyName));
  }
  return used;
};

describeWith(['redis', 'chromium'], 'the tour', () => {
  let browser: Browser;
  let demo: DemoProcess;
  beforeEach(async () => {
    browser = await chromium.launch({ executablePath: binary('chromium'), args: ['--no-sandbox'] });
    demo = startDemo({ env: { HOME: `/peering-tour-${randomUUID()}` } });
  }, slow);
  afterEach(async () => {
    demo.child.kill('SIGINT');
    await Promise.all([browser.close(), demo.ended]);
  }, slow);

  it.each(['light', 'dark'] as const)(
    'leads from a finding to a fix, green, a digest and an approval, %s',
    async (colorScheme) => {
      const context = await browser.newContext({ viewport: { width: 1360, height: 850 }, colorScheme });
      const page: Page = await context.newPage();
      page.setDefaultTimeout(60_000);
      const complaints: string[] = [];
      page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(await address(demo));
      await page.waitForSelector('.dot.online');

      let step = 0;
      const picture = async (name: string): Promise<void> => {
        step += 1;
        if (!pictures) return;
        await page.mouse.move(0, 0);
        await page.screenshot({ path: join(pictures, `${colorScheme}-${step}-${name}.png`) });
      };
      const send = async (line: string): Promise<void> => {
        await page.fill('#composer', line);
        await page.press('#composer', 'Enter');
      };
      const main = page.locator('#main .message');
      const hint = (text: string) => main.filter({ hasText: 'Try next:' }).filter({ hasText: text }).last();
      const go = (channel: string) =>
        page
          .locator('#sidebar button')
          .filter({ hasText: new RegExp(`^${channel}(?!-)`) })
          .click();

      await hint('/peering check prod-east').waitFor();
      await page.locator('.notice', { hasText: 'recordings' }).waitFor();
      await picture('start');
      await send('/peering help');
      await main.filter({ hasText: 'Try next:' }).nth(1).waitFor();
      await picture('help');

      await send('/peering check prod-east');
      await main.filter({ hasText: 'prod-east is not ready' }).waitFor();
      await hint('Run on prod-east').waitFor();
      await page.locator('.thread-link').click();
      await picture('verdict');
      const runs = page.locator('#thread .message').filter({ hasText: 'on the recording of' });
      const findings = [
        'mesh-gateway-mode',
        'upstream-destination',
        'exported-services',
        'mesh-gateway-healthy',
      ];
      for (const [index, finding] of findings.entries()) {
        const container = page.locator('#thread details.container').filter({ hasText: finding }).first();
        if ((await container.getAttribute('open')) === null) await container.locator('summary').click();
        await container.getByRole('button', { name: 'Run on prod-east (recording)' }).first().click();
        await runs.nth(index).waitFor();
        if (index === 0) await picture('fix');
      }
      expect((await runs.allTextContents()).filter((text) => text.includes(': done'))).toHaveLength(4);
      await hint('/peering mute').waitFor();
      await picture('fixes-done');
      await page.getByRole('button', { name: 'Close thread' }).click();
      await send('/peering mute prod-east peering-server-addresses for 7d both run on one machine');
      await hint('Run again').waitFor();
      await main.filter({ hasText: 'is not ready' }).getByRole('button', { name: 'Run again' }).click();
      await main.filter({ hasText: 'prod-east is ready for peering' }).filter({ hasText: '🟢' }).waitFor();
      await hint('/peering digest add').waitFor();
      await picture('green');

      await send('/peering trace prod-east web api');
      await main.filter({ hasText: 'reaches api' }).waitFor();
      await send('/peering digest add all weekdays 09:00');
      await main.filter({ hasText: 'added digest' }).getByRole('button', { name: 'Run now' }).click();
      await hint('/peering connect').waitFor();
      await picture('digest');

      await send('/peering connect prod-west staging');
      await page.locator('#sidebar .unread').filter({ hasText: 'peering-approvals' }).waitFor();
      const approve = async (): Promise<void> => {
        await page.selectOption('#person', { label: 'Avery Chen' });
        await go('peering-approvals');
        await main.getByRole('button', { name: 'Approve…' }).last().click();
        const dialog = page.getByRole('dialog');
        await dialog.getByText('What will change').waitFor();
        await picture('approve');
        await dialog.getByRole('button', { name: 'Approve', exact: true }).click();
        await dialog.waitFor({ state: 'detached' });
      };
      await approve();
      await main.filter({ hasText: 'both sides are ACTIVE' }).waitFor();
      await hint('/peering export').waitFor();
      await picture('connected');

      await page.selectOption('#person', { label: 'Robin Vega' });
      await go('platform');
      await send('/peering export api from prod-west to staging');
      await page.locator('#sidebar .unread').filter({ hasText: 'peering-approvals' }).waitFor();
      await approve();
      await main.filter({ hasText: 'prod-west exports api to staging' }).waitFor();
      await main.filter({ hasText: 'That is the tour' }).waitFor();
      await picture('exported');
      expect(await systemFonts(page)).toEqual([]);
      expect(complaints).toEqual([]);
    },
    slow,
  );
});
