import { WebClient } from '@slack/web-api';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { channels, people } from '../../../sandbox/workspace/people';
import type { StoredFile } from '../../../sandbox/workspace/model';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';
import { createReadSharedFile } from '../../../src/slack/api/shared-file';
import { createSlackNetwork } from '../../../src/slack/api/slack-network';
import { manifest } from '../../local-manifest';

const maxSharedFileBytes = 1_000_000;
const { signal } = new AbortController();

describe('a file that people share', () => {
  let slack: Workspace;
  const ends: (() => unknown)[] = [];
  beforeEach(async () => {
    slack = await startWorkspace({ manifest });
    ends.push(() => slack.stop());
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const share = (text: string): string => {
    const { files } = slack.say(people.requester.id, channels.platform, 'look', undefined, [
      { name: 'exports.hcl', text },
    ]);
    return files[0]?.id ?? '';
  };
  const reader = (botToken = slack.botToken) =>
    createReadSharedFile({
      client: new WebClient(slack.botToken, { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } }),
      slackApiUrl: slack.apiUrl,
      botToken,
      send: createSlackNetwork(undefined).fetch,
    });
  const read = (id: string, botToken?: string) => reader(botToken)({ id, name: 'exports.hcl' }, signal);

  /** A server that notes the tokens that it gets. */
  const startStranger = async (): Promise<{ readonly origin: string; readonly tokens: unknown[] }> => {
    const tokens: unknown[] = [];
    const server: Server = createServer((request, response) => {
      tokens.push(request.headers.authorization);
      response.end('Kind = "mesh"');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => server.close());
    return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens };
  };
  const change = (id: string, changes: Partial<StoredFile>): void => {
    const file = slack.state.files.get(id);
    if (file) slack.state.files.set(id, { ...file, ...changes });
  };

  it('is downloaded with the token of the bot', async () => {
    expect(await read(share('Kind = "mesh"'))).toEqual({ ok: true, value: 'Kind = "mesh"' });
  });

  it('is not read with another token, or once it is gone', async () => {
    const id = share('Kind = "mesh"');
    expect(await read(id, 'xoxb-other')).toMatchObject({ ok: false, error: { temporary: false } });
    slack.state.files.clear();
    expect(await read(id)).toMatchObject({ ok: false });
  });

  it('names the scope that is missing', async () => {
    const scopes = manifest.scopes.filter((scope) => scope !== 'files:read');
    const limited = await startWorkspace({ manifest: { ...manifest, scopes } });
    ends.push(() => limited.stop());
    slack = limited;
    const found = await read(share('Kind = "mesh"'));
    expect(found.ok ? '' : found.error.message).toContain('files:read');
  });

  it('that is too large is not kept in memory', async () => {
    expect(await read(share('x'.repeat(maxSharedFileBytes + 1)))).toMatchObject({
      ok: false,
      error: { temporary: false },
    });
    expect(await read(share('x'.repeat(maxSharedFileBytes)))).toMatchObject({ ok: true });
    const id = share('x'.repeat(maxSharedFileBytes + 1));
    change(id, { length: 1 });
    expect(await read(id)).toMatchObject({ ok: false, error: { temporary: false } });
  });

  it('that is no text is refused', async () => {
    const id = share('');
    change(id, { content: Buffer.from([0xff, 0xfe, 0x00]) });
    expect(await read(id)).toMatchObject({ ok: false, error: { temporary: false } });
  });

  it('may be there later, if Slack is busy', async () => {
    const id = share('Kind = "mesh"');
    slack.faults.next('files.info', { kind: 'ratelimited', retryAfter: 1 });
    expect(await read(id)).toMatchObject({ ok: false, error: { temporary: true } });
    slack.faults.next('download', { kind: 'status', status: 503 });
    expect(await read(id)).toMatchObject({ ok: false, error: { temporary: true } });
    expect(await read(id)).toMatchObject({ ok: true });
  });

  it('is not read from other addresses, which do not get the token', async () => {
    const stranger = await startStranger();
    const id = share('Kind = "mesh"');
    change(id, { url: `${stranger.origin}/F1` });
    expect(await read(id)).toMatchObject({ ok: false, error: { temporary: false } });
    expect(stranger.tokens).toEqual([]);
  });
});
