import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { binary, describeWith } from '../../lab/binaries';
import { type DemoProcess, hasProc, processesOf, runDemo, startDemo } from './process';

/** The demo from outside. It builds where that is needed, which takes its time. */

const root = resolve(__dirname, '../../..');
const slow = 180_000;

/** Processes of the demo inherit PATH and HOME: a HOME of its own tells its processes from all others. */
const ownHome = (): { readonly marker: string; readonly env: { readonly HOME: string } } => {
  const marker = `/peering-demo-home-${randomUUID()}`;
  return { marker, env: { HOME: marker } };
};

const until = async <T>(
  ask: () => T | Promise<T>,
  what: string,
  timeoutMs = 60_000,
): Promise<NonNullable<T>> => {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    const found = await ask();
    if (found) return found;
    await sleep(50);
  }
  throw new Error(`waited ${timeoutMs} ms for ${what}`);
};

const page = async (demo: DemoProcess): Promise<string> =>
  until(
    () => {
      if (demo.child.exitCode !== null) throw new Error(`the demo ended: ${demo.err()}`);
      return demo.out().match(/http:\/\/127\.0\.0\.1:\d+\/\?token=\w+/)?.[0];
    },
    'the address',
    slow,
  );

describeWith(['redis'], 'npm run demo', () => {
  it.each([
    [
      'prod-east',
      [
        'mesh-gateway-mode',
        'upstream-destination-peer',
        'exported-services-peer-known',
        'mesh-gateway-healthy',
      ],
    ],
    ['prod-west', []],
    ['staging', []],
  ])(
    'runs one check of %s, prints the conversation and ends',
    async (cluster, ids) => {
      const { marker, env } = ownHome();
      const { status, out, err } = await runDemo({ args: ['--run', `/peering check ${cluster}`], env });
      expect([status, err.replace(/^building.*\n/gm, '')]).toEqual([0, '']);
      expect(out).toContain(`/peering check ${cluster}`);
      for (const id of ids) expect(out).toContain(id);
      expect(out).toContain({ 'prod-east': '🔴', 'prod-west': '🟢', staging: '⚪' }[cluster]);
      expect(processesOf(marker)).toEqual([]);
    },
    slow,
  );

  it(
    'waits for the answer to a command that reads clusters for long',
    async () => {
      const { env } = ownHome();
      const { status, out } = await runDemo({ args: ['--run', '/peering trace prod-east web billing'], env });
      expect([status, out.includes('⏳'), out.includes('🟢')]).toEqual([0, false, true]);
    },
    slow,
  );

  it.each(['token prod-east orders', 'connect prod-west staging'])(
    'takes a request about recorded clusters to their approvers: %s',
    async (command) => {
      const { env } = ownHome();
      const { status, out, err } = await runDemo({ args: ['--run', `/peering ${command}`], env });
      expect([status, err.replace(/^building.*\n/gm, '')]).toEqual([0, '']);
      expect(out).toContain('waiting for approval');
    },
    slow,
  );

  describe('left to stay', () => {
    let demo: DemoProcess;
    let marker: string;
    let address: string;
    beforeEach(async () => {
      const own = ownHome();
      marker = own.marker;
      demo = startDemo({ env: own.env });
      address = await page(demo);
    }, slow);
    afterEach(async () => {
      demo.child.kill('SIGKILL');
      await until(() => processesOf(marker).length === 0, 'the processes of the demo to end');
    });

    const folderOf = (): string => dirname(demo.out().match(/\S+bot\.log/)?.[0] ?? '');

    it(
      'says where to look and what to type, and ends cleanly when it is asked to',
      async () => {
        expect(demo.out()).toContain('/peering check prod-east');
        // The bot, its Redis, and what watches over each.
        if (hasProc) expect(processesOf(marker).length).toBeGreaterThanOrEqual(3);
        expect(existsSync(folderOf())).toBe(true);
        demo.child.kill('SIGINT');
        expect(await demo.ended).toBe(0);
        expect(processesOf(marker)).toEqual([]);
        expect(existsSync(folderOf())).toBe(false);
        await expect(fetch(address)).rejects.toThrow('fetch failed');
      },
      slow,
    );

    it(
      'leaves nothing running where it is killed',
      async () => {
        demo.child.kill('SIGKILL');
        await demo.ended;
        await until(() => processesOf(marker).length === 0, 'its processes to end', 10_000);
        await until(() => !existsSync(folderOf()), 'its folder to go', 10_000);
      },
      slow,
    );

    describeWith(['chromium'], 'in a browser', () => {
      let browser: Browser;
      beforeAll(async () => {
        browser = await chromium.launch({ executablePath: binary('chromium'), args: ['--no-sandbox'] });
      }, slow);
      afterAll(() => browser.close());

      /** The README's pictures are taken here: `UPDATE_SCREENSHOTS=1 npx jest test/sandbox/demo`. */
      const picture = async (shown: Page, name: string): Promise<void> => {
        if (!process.env['UPDATE_SCREENSHOTS']) return;
        await shown.mouse.move(0, 0);
        await shown.screenshot({ path: resolve(root, 'docs', `${name}.png`) });
      };

      const open = async (colorScheme: 'light' | 'dark'): Promise<Page> => {
        const context = await browser.newContext({
          viewport: { width: 1360, height: 850 },
          deviceScaleFactor: 1.5,
          colorScheme,
        });
        const opened = await context.newPage();
        await opened.goto(address);
        await opened.waitForSelector('.dot.online');
        return opened;
      };

      it(
        'shows progress, the verdict and the details of a check, and runs it again',
        async () => {
          const shown = await open('light');
          // Every text that the newest message had, to see what came between.
          await shown.evaluate(`window.texts = []; new MutationObserver(() => {
          const all = document.querySelectorAll('#main .message');
          window.texts.push(all[all.length - 1]?.textContent ?? '');
        }).observe(document.querySelector('#main'), { childList: true, subtree: true });`);
          await shown.fill('#composer', '/peering check prod-east');
          await shown.press('#composer', 'Enter');
          const verdict = shown.locator('#main .message').filter({ hasText: '🔴' });
          await verdict.waitFor();
          const texts = await shown.evaluate<readonly string[]>('window.texts');
          expect(texts.some((text) => text.includes('⏳'))).toBe(true);
          expect(await verdict.textContent()).toContain('mesh-gateway-mode');

          const replies = shown.locator('.thread-link');
          await replies.waitFor();
          await shown.waitForTimeout(2_500);
          await picture(shown, 'check-light');
          await replies.click();
          const findings = shown.locator('#thread details.container');
          await findings.first().waitFor();
          expect(await findings.count()).toBeGreaterThanOrEqual(4);
          if ((await findings.first().getAttribute('open')) === null)
            await findings.first().locator('summary').click();
          expect(await findings.first().locator('pre').first().isVisible()).toBe(true);

          await shown.locator('#main').getByRole('button', { name: 'View details' }).click();
          const dialog = shown.getByRole('dialog');
          await dialog.getByText('upstream-destination-peer').filter({ visible: true }).first().waitFor();
          await shown.keyboard.press('Escape');
          await dialog.waitFor({ state: 'detached' });

          const dark = await open('dark');
          await dark.locator('.thread-link').waitFor();
          await picture(dark, 'check-dark');
          await dark.context().close();

          await shown.getByRole('button', { name: 'Close thread' }).click();
          await verdict.getByRole('button', { name: 'Run again' }).click();
          await until(async () => (await verdict.count()) === 2, 'a second verdict');

          await shown.context().close();
        },
        slow,
      );
    });
  });

  it(
    'says that a port is in use',
    async () => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
      const taken = server.address();
      const port = typeof taken === 'object' && taken ? taken.port : 0;
      const { marker, env } = ownHome();
      const { status, err } = await runDemo({ args: ['--port', String(port)], env });
      server.close();
      expect(status).toBe(1);
      expect(err).toMatch(new RegExp(`^(?:building.*\n)*demo: port ${port} is in use: .*--port.*\n$`));
      expect(processesOf(marker)).toEqual([]);
    },
    slow,
  );

  it(
    'says that the temporary folder cannot be written to',
    async () => {
      const { status, err } = await runDemo({ env: { TMPDIR: '/nonexistent' } });
      expect(status).toBe(1);
      expect(err).toMatch(/^(?:building.*\n)*demo: \/nonexistent is not writable .*TMPDIR.*\n$/);
    },
    slow,
  );

  it(
    'says that there is no Redis',
    async () => {
      const { status, err } = await runDemo({ env: { PATH: '/nonexistent', HOME: '/nonexistent' } });
      expect(status).toBe(1);
      expect(err).toMatch(/^(?:building.*\n)*demo: there is no Redis: .*REDIS_URL.*\n$/);
    },
    slow,
  );

  it(
    'says why the bot does not start',
    async () => {
      const { marker, env } = ownHome();
      const { status, err } = await runDemo({ env: { ...env, REDIS_URL: 'redis://127.0.0.1:1' } });
      expect(status).toBe(1);
      expect(err).toMatch(/^(?:building.*\n)*demo: the bot does not start: .*Redis.*\n$/);
      expect(processesOf(marker)).toEqual([]);
    },
    slow,
  );

  it(
    'refuses options that it does not know',
    async () => {
      const { status, err } = await runDemo({ args: ['--fast'] });
      expect(status).toBe(2);
      expect(err).toMatch(/^(?:building.*\n)*demo: .*--fast.*\n$/);
    },
    slow,
  );
});

describe('before anything is installed', () => {
  let clone: string;
  let bin: string;
  beforeEach(async () => {
    clone = await mkdtemp(join(tmpdir(), 'peering-clone-'));
    bin = join(clone, '.bin');
    await mkdir(join(clone, 'sandbox'), { recursive: true });
    await mkdir(bin);
    await cp(resolve(root, 'sandbox/demo.mjs'), join(clone, 'sandbox/demo.mjs'));
    for (const name of [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
      'build.mjs',
    ])
      await cp(resolve(root, name), join(clone, name));
    await symlink('/bin/sh', join(bin, 'sh'));
  });
  afterEach(() => rm(clone, { recursive: true, force: true }));

  const run = (npm: string, options: Partial<Parameters<typeof runDemo>[0]> = {}) =>
    writeFile(join(bin, 'npm'), `#!/bin/sh\n${npm}\n`, { mode: 0o755 }).then(() =>
      runDemo({ script: join(clone, 'sandbox/demo.mjs'), env: { PATH: bin }, ...options }),
    );

  it('says that the registry cannot be reached', async () => {
    const { status, err } = await run(
      'echo "npm error code ENOTFOUND" >&2; echo "npm error network request to https://registry failed" >&2; exit 1',
    );
    expect(status).toBe(2);
    expect(err).toMatch(/^installing…\ndemo: the npm registry cannot be reached.*\n$/);
  });

  it('says what npm says where it is something else', async () => {
    const { status, err } = await run('echo "npm error EINTEGRITY sha512" >&2; exit 1');
    expect([status, err]).toEqual([2, 'installing…\ndemo: npm ci failed: npm error EINTEGRITY sha512\n']);
  });

  it('says that Node is too old', async () => {
    const old =
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })";
    const { status, err } = await run('exit 0', {
      node: ['--import', `data:text/javascript,${encodeURIComponent(old)}`],
    });
    expect([status, err]).toEqual([
      2,
      'demo: peering-bot needs Node 22.12 or later, but this is 20.20.2: install the current LTS version of Node\n',
    ]);
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot('says that the folder cannot be written to', async () => {
    // Tests may run as root, whom nothing stops: the demo runs as nobody here.
    await chmod(clone, 0o755);
    const { status, err } = await run('exit 0', { uid: 65_534 });
    expect(status).toBe(2);
    expect(err).toBe(`demo: ${clone} is not writable: change its owner, or clone into a writable folder\n`);
  });
});

it('is known to nothing but itself: the bot is the same in production', () => {
  const folder = resolve(root, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.startsWith('sandbox'),
  );
  const named = files.filter((name) => /\bdemo|sandbox/i.test(readFileSync(join(folder, name), 'utf8')));
  expect(files.length).toBeGreaterThan(50);
  expect(named).toEqual([]);
});
