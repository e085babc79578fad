import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedis } from '../../../sandbox/demo/redis';
import { binary, describeWith } from '../../lab/binaries';

/** The demo's choice of a Redis, with paths on which only what a test puts there can be found. */

let folder: string;
let bin: string;
let told: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peering-redis-'));
  bin = await mkdtemp(join(tmpdir(), 'peering-bin-'));
  told = [];
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(bin, { recursive: true, force: true });
});

const script = async (name: string, body: string): Promise<void> => {
  await writeFile(join(bin, name), `#!/bin/sh\n${body}\n`);
  await chmod(join(bin, name), 0o755);
};
/** Links a real program into the path under a name. */
const program = (name: string, target: string): Promise<void> => symlink(target, join(bin, name));

const find = (env: Record<string, string> = {}, isRoot = false) =>
  findRedis({
    env: { PATH: bin, ...env },
    folder: join(folder, 'redis'),
    isRoot,
    tell: (line) => told.push(line),
  });

const answers = async (url: string): Promise<string> => {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.ping();
  } catch {
    return 'no';
  } finally {
    client.disconnect();
  }
};

it('takes the one that REDIS_URL names and leaves it running', async () => {
  const found = await find({ REDIS_URL: 'redis://127.0.0.1:1' });
  expect(found).toMatchObject({ ok: true, value: { url: 'redis://127.0.0.1:1' } });
});

it('names every choice in one line where there is none', async () => {
  const found = await find();
  expect(found.ok).toBe(false);
  if (found.ok) return;
  for (const choice of ['REDIS_URL', 'redis-server', 'valkey-server', 'apt-get', 'brew', 'Docker'])
    expect(found.message).toContain(choice);
  expect(found.message).not.toContain('\n');
});

it('says why a server that is there does not start', async () => {
  await script('redis-server', 'echo "Bad directive or wrong number of arguments" >&2; exit 1');
  const found = await find();
  expect(found).toMatchObject({ ok: false, message: expect.stringContaining('Bad directive') });
});

describeWith(['redis'], 'with a real server', () => {
  const real = (): string => binary('redis');

  it.each(['redis-server', 'valkey-server'])(
    'starts a %s of its own, which no stranger can use, and ends it',
    async (name) => {
      await program(name, real());
      const found = await find();
      if (!found.ok) throw new Error(found.message);
      expect(await answers(found.value.url)).toBe('PONG');
      expect(await answers(found.value.url.replace(/:[^:@]*@/, ''))).toBe('no');
      expect(new URL(found.value.url).hostname).toBe('127.0.0.1');
      await found.value.stop();
      expect(await answers(found.value.url)).toBe('no');
    },
  );

  // `ln` and `sh` by their own paths: the scripts' path holds nothing else.
  const install = (): string => `PATH=/usr/bin:/bin ln -s ${real()} ${bin}/redis-server`;
  const onLinux = process.platform === 'linux' ? it : it.skip;

  onLinux(
    'has Debian install one where it may, after an update of the lists where that is needed',
    async () => {
      await script(
        'apt-get',
        `case "$1" in update) : > ${folder}/updated;; install) [ -f ${folder}/updated ] || exit 100; ${install()};; esac`,
      );
      const found = await find({}, true);
      if (!found.ok) throw new Error(found.message);
      expect(told).toHaveLength(1);
      expect(await answers(found.value.url)).toBe('PONG');
      await found.value.stop();
    },
  );

  it('does not touch packages as another user than root', async () => {
    await script('apt-get', install());
    expect((await find()).ok).toBe(false);
    expect(told).toEqual([]);
  });

  it('has Homebrew install one', async () => {
    await script('brew', install());
    const found = await find();
    if (!found.ok) throw new Error(found.message);
    expect(await answers(found.value.url)).toBe('PONG');
    await found.value.stop();
  });

  it('starts a container, and stops it', async () => {
    // Stands in for Docker: runs the server that the image would.
    await script(
      'docker',
      `export PATH=/usr/bin:/bin
case "$1" in
  info) exit 0;;
  run) while [ "$1" != redis-server ]; do shift; done; shift
    ${real()} --port 0 --unixsocket ${folder}/socket "$@" >/dev/null 2>&1 & echo $! > ${folder}/pid; echo pulling; echo container-1;;
  port) echo "127.0.0.1:45678";;
  stop) kill "$(cat ${folder}/pid)"; echo "$*" > ${folder}/stopped;;
esac`,
    );
    const found = await find();
    if (!found.ok) throw new Error(found.message);
    const { url } = found.value;
    const password = new URL(url).password;
    expect(new URL(url).host).toBe('127.0.0.1:45678');
    const inside = new Redis({ path: `${folder}/socket`, password, retryStrategy: (times) => times * 50 });
    inside.on('error', () => undefined);
    expect(await inside.ping()).toBe('PONG');
    inside.disconnect();
    await found.value.stop();
    expect(await readFile(`${folder}/stopped`, 'utf8')).toBe('stop --time 2 container-1\n');
  });

  it('goes past a Docker that does not run', async () => {
    await script('docker', 'exit 1');
    expect((await find()).ok).toBe(false);
  });
});
