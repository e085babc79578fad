import type { Browser } from 'playwright-core';

/** Pictures of one answer in Slack and at the terminal. */

const ansi: Readonly<Record<string, string>> = {
  '1': 'font-weight:600',
  '2': 'opacity:.65',
  '31': 'color:var(--red)',
  '32': 'color:var(--green)',
  '33': 'color:var(--yellow)',
  '35': 'color:var(--magenta)',
  '36': 'color:var(--cyan)',
};

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? char);

/** Returns terminal output as HTML: one span for each style that it starts. */
const terminalHtml = (output: string): string => {
  let open = 0;
  const html = output.split(/\u001b\[(\d+)m/u).map((part, index) => {
    if (index % 2 === 0) return escaped(part);
    const style = ansi[part];
    if (style !== undefined) {
      open += 1;
      return `<span style="${style}">`;
    }
    if (open === 0) return '';
    open -= 1;
    return '</span>';
  });
  return `${html.join('')}${'</span>'.repeat(open)}`;
};

const page = (
  scheme: 'light' | 'dark',
  slack: Buffer,
  slackWidth: number,
  terminal: string,
): string => `<style>
  :root { color-scheme: ${scheme}; ${
    scheme === 'dark'
      ? '--back:#17181a;--front:#e6e6e6;--red:#ff7b72;--green:#5fd38d;--yellow:#e3b341;--magenta:#d2a8ff;--cyan:#76d7ea'
      : '--back:#fff;--front:#1d1c1d;--red:#c62828;--green:#1a7f37;--yellow:#8a5a00;--magenta:#8250df;--cyan:#0b7285'
  } }
  body { margin:0; padding:16px; display:flex; gap:16px; align-items:flex-start; background:var(--back); color:var(--front) }
  img { width:${slackWidth}px; flex:none }
  pre { margin:0; padding:14px 16px; border:1px solid color-mix(in srgb, var(--front) 20%, transparent); border-radius:8px;
    font:12px/1.5 ui-monospace, 'DejaVu Sans Mono', monospace; white-space:pre-wrap; width:640px }
</style><img src="data:image/png;base64,${slack.toString('base64')}"><pre>${terminalHtml(terminal)}</pre>`;

/** Writes a picture of both: `slack` is a screenshot, `terminal` the output with its colours. */
export const drawSideBySide = async (
  browser: Browser,
  path: string,
  scheme: 'light' | 'dark',
  slack: { readonly picture: Buffer; readonly width: number },
  terminal: string,
): Promise<void> => {
  const context = await browser.newContext({
    viewport: { width: slack.width + 640 + 100, height: 400 },
    deviceScaleFactor: 1.5,
    colorScheme: scheme,
  });
  const shown = await context.newPage();
  await shown.setContent(page(scheme, slack.picture, slack.width, terminal));
  await shown.screenshot({ path, fullPage: true });
  await context.close();
};
