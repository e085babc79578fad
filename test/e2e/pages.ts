import type { Browser, Page } from 'playwright-core';
import type { Workspace } from '../../sandbox/workspace/workspace';

/** Actions of people on the local page. */

export const go = (page: Page, where: string): Promise<void> => page.click(`button[data-where="${where}"]`);

/** A person's own browser, in a channel or on App Home (`home`). */
export const openPage = async (
  browser: Browser,
  slack: Workspace,
  person: string,
  where: string,
): Promise<Page> => {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    colorScheme: 'light',
  });
  const page = await context.newPage();
  await page.goto(slack.url);
  await page.waitForSelector('.dot.online');
  await page.selectOption('#person', person);
  await go(page, where);
  return page;
};

export const typeLine = async (page: Page, line: string): Promise<void> => {
  await page.fill('#composer', line);
  await page.press('#composer', 'Enter');
};

/** To see what it looks like: `SCREENSHOTS=folder npx jest test/e2e/NAME-page`. */
export const picture = async (page: Page, name: string): Promise<void> => {
  const folder = process.env['SCREENSHOTS'];
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
};
