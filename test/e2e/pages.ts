import type { Browser, Locator, Page } from 'playwright-core';
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

/** An element of the page, as far as it is read; the types of browsers are not part of this project. */
interface PageElement {
  readonly clientWidth: number;
  readonly scrollWidth: number;
  readonly textContent: string | null;
  readonly parentElement: PageElement | null;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string | null }>;
  readonly querySelectorAll: (selector: string) => Iterable<PageElement>;
  readonly closest: (selector: string) => PageElement | null;
  readonly getClientRects: () => { readonly length: number };
}
declare const getComputedStyle: (of: PageElement) => {
  readonly overflowX: string;
  readonly color: string;
  readonly backgroundColor: string;
};

/** Counts what reaches beyond the window. */
const countBeyond = async (page: Page): Promise<number> =>
  Number(
    await page.evaluate(`[document.documentElement, document.querySelector('#main .messages')]
      .filter((it) => it && it.scrollWidth > it.clientWidth).length`),
  );

/** Lists the texts of elements that cut off what they hold. */
const findCutTexts = (where: Locator): Promise<readonly string[]> =>
  where.evaluate((root: PageElement): readonly string[] =>
    [root, ...root.querySelectorAll('*')]
      .filter(
        (it) =>
          // An emoji's text is behind its picture.
          it.closest('.emoji') === null &&
          ['hidden', 'clip'].includes(getComputedStyle(it).overflowX) &&
          it.clientWidth > 1 &&
          it.scrollWidth > it.clientWidth,
      )
      .map(({ textContent }) => textContent ?? ''),
  );

/** Lists texts that hardly differ from what is behind them: a contrast below 3 to 1 (WCAG, large text). */
const findPaleTexts = (where: Locator): Promise<readonly string[]> =>
  where.evaluate((root: PageElement): readonly string[] => {
    const parse = (color: string): readonly number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (color: readonly number[]): number => {
      const [r = 0, g = 0, b = 0] = color.map((part) => {
        const share = part / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (it: PageElement | null): readonly number[] => {
      if (it === null) return [255, 255, 255];
      const color = parse(getComputedStyle(it).backgroundColor);
      return (color[3] ?? 1) < 0.5 ? behind(it.parentElement) : color.slice(0, 3);
    };
    return [...root.querySelectorAll('*')].flatMap((it) => {
      const texts = [...it.childNodes].map((node) => (node.nodeType === 3 ? node.textContent : ''));
      const text = texts.join('').trim();
      if (text === '' || it.closest(':disabled') || it.getClientRects().length === 0) return [];
      const color = parse(getComputedStyle(it).color);
      // Letters behind a picture.
      if (color[3] === 0) return [];
      const [one, other] = [luminance(color.slice(0, 3)), luminance(behind(it))];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      return contrast < 3 ? [`${text}: ${contrast.toFixed(2)}`] : [];
    });
  });

/** Looks at a part of the page in both themes, at a desk and on a phone; returns what cannot be read. */
export const findUnreadable = async (
  page: Page,
  where: Locator,
  name: string,
): Promise<Readonly<Record<string, unknown>>> => {
  const before = page.viewportSize();
  const found: Record<string, unknown> = {};
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 2600 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const [beyond, cut] = [await countBeyond(page), await findCutTexts(where)];
      const pale = await findPaleTexts(where);
      const shown = `${name}-${colorScheme}-${width}`;
      if (beyond + cut.length + pale.length > 0) found[shown] = { beyond, cut, pale };
      const folder = process.env['SCREENSHOTS'];
      if (folder) await where.screenshot({ path: `${folder}/${shown}.png` });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  if (before) await page.setViewportSize(before);
  return found;
};
