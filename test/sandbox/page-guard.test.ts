import { request } from 'node:http';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';

/** Who may use the page. Plain requests, as a hostile website or another program would send them. */

let workspace: Workspace;
let port: number;
let token: string;
beforeEach(async () => {
  workspace = await startWorkspace();
  port = Number(new URL(workspace.origin).port);
  token = new URL(workspace.url).searchParams.get('token') ?? '';
});
afterEach(() => workspace.stop());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const ask = (
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body = '',
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });

const cookie = () => ({ cookie: `workspace-${port}=${token}` });
const origin = () => ({ origin: `http://127.0.0.1:${port}` });
const say = JSON.stringify({
  kind: 'send',
  user: people.lead.id,
  channel: channels.platform,
  text: 'hello',
  threadTs: null,
});

it('swaps the token in the address for a cookie that no script and no other site gets', async () => {
  const { status, headers } = await ask(`/?token=${token}`);
  expect([status, headers['location']]).toEqual([303, '/']);
  expect(headers['set-cookie']).toEqual([
    expect.stringMatching(/^workspace-\d+=.*HttpOnly; SameSite=Strict$/),
  ]);
  expect((await ask('/', cookie())).status).toBe(200);
});

it.each([
  ['no token', '/', {}],
  ['a wrong token', '/?token=wrong', {}],
  ['a wrong cookie', '/', { cookie: 'workspace-1=x' }],
  ['no token for its scripts', '/page/app.mjs', {}],
  ['no token for the events', `/page/events?user=${people.lead.id}`, {}],
])('refuses %s', async (_what, path, headers) => {
  expect((await ask(path, headers)).status).toBe(403);
});

it('refuses another name for this machine, which a website could point here', async () => {
  expect((await ask('/', { ...cookie(), host: `evil.example:${port}` })).status).toBe(403);
  expect((await ask('/', { ...cookie(), host: '127.0.0.1' })).status).toBe(403);
  expect((await ask('/', { ...cookie(), host: `localhost:${port}` })).status).toBe(200);
});

it('refuses what another website sends, and what does not say where it comes from', async () => {
  const post = (headers: Record<string, string>) =>
    ask('/page/act', { ...cookie(), ...headers }, 'POST', say);
  expect((await post({ origin: 'https://evil.example' })).status).toBe(403);
  expect((await post({ origin: 'null' })).status).toBe(403);
  expect((await post({ origin: `http://localhost:${port}` })).status).toBe(403);
  expect((await post({})).status).toBe(403);
  expect(workspace.messages(channels.platform)).toEqual([]);
  expect((await post(origin())).status).toBe(200);
  expect(workspace.messages(channels.platform)).toHaveLength(1);
});

it('serves nothing but its own files', async () => {
  for (const path of [
    '/page/../workspace/page.ts',
    '/page/..%2f..%2fpackage.json',
    '/page/tsconfig.json',
    '/page/.env',
    '/page/none.mjs',
    '/page/fonts/LICENSE',
    '/page/fonts/constructor',
    '/page/emoji/package.json',
    '/page/emoji/..%2fpackage.json',
    '/page/emoji/1f534.svg.svg',
    '/package.json',
  ])
    expect((await ask(path, cookie())).status).toBe(404);
});

it('serves fonts and emoji of the installed packages to those who may use the page', async () => {
  for (const [path, type] of [
    ['/page/fonts/inter.woff2', 'font/woff2'],
    ['/page/fonts/mono.woff2', 'font/woff2'],
    ['/page/emoji/1f534.svg', 'image/svg+xml'],
  ] as const) {
    const { status, headers } = await ask(path, cookie());
    expect([path, status, headers['content-type']]).toEqual([path, 200, type]);
    expect((await ask(path)).status).toBe(403);
  }
});

it('lets in no script but its own, nor any markup made of text', async () => {
  const { headers } = await ask('/', cookie());
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toContain('unsafe');
  expect(headers['x-content-type-options']).toBe('nosniff');
});

it.each([
  ['no JSON', 'text'],
  ['an unknown act', JSON.stringify({ kind: 'shout', user: people.lead.id })],
  ['an unknown person', JSON.stringify({ kind: 'home', user: 'U0NOBODY' })],
  ['a text that is too long', JSON.stringify({ ...JSON.parse(say), text: 'x'.repeat(40_001) })],
])('refuses %s', async (_what, body) => {
  expect((await ask('/page/act', { ...cookie(), ...origin() }, 'POST', body)).status).toBe(400);
});

it('answers a click on what is no longer there', async () => {
  const body = JSON.stringify({
    kind: 'click',
    user: people.lead.id,
    anchor: '1.0',
    actionId: 'a',
    blockId: 'b',
  });
  expect((await ask('/page/act', { ...cookie(), ...origin() }, 'POST', body)).status).toBe(409);
});

it('keeps people to the conversations that they are in', async () => {
  const body = JSON.stringify({ ...JSON.parse(say), channel: channels.secret, user: people.guest.id });
  expect((await ask('/page/act', { ...cookie(), ...origin() }, 'POST', body)).body).toContain(
    'channel_not_found',
  );
  expect(workspace.messages(channels.secret)).toEqual([]);
});

it('gives a file only to those who are where it was shared, and only to save it', async () => {
  workspace.state.files.set('F1', {
    id: 'F1',
    name: 'a"\n.html',
    title: 'a',
    length: 3,
    content: Buffer.from('<b>'),
    channels: [channels.approvals],
  });
  expect((await ask(`/files/F1?user=${people.guest.id}`, cookie())).status).toBe(404);
  const { status, headers } = await ask(`/files/F1?user=${people.lead.id}`, cookie());
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('application/octet-stream');
  expect(headers['content-disposition']).toBe("attachment; filename*=UTF-8''a%22%0A.html");
});
