import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { readClustersFile } from '../src/config/clusters-file';
import { startWorkspace, type Workspace } from '../sandbox/workspace/workspace';
import { binary, describeWith } from './lab/binaries';
import { type PeeredPair, startPeeredPair } from './lab/pair';
import { type RedisServer, startRedis } from './lab/redis';

/** Follows the README as a newcomer would: in a copy of its own, command by command. */

const root = resolve(__dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The code blocks of one language, without the indentation of the list that they stand in. */
const blocks = (language: string): readonly string[] =>
  [...readme.matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm)]
    .filter((match) => match[2] === language)
    .map(([, indent = '', , text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));

const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));

/** Not run here: the command that runs this test, and the one that needs a Docker engine. */
const notHere = ['npm test'];

it('holds a configuration that is valid as it stands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  const examples = blocks('yaml');
  expect(examples).toHaveLength(3);
  for (const example of examples) {
    writeFileSync(join(folder, 'clusters.yml'), example);
    expect(readClustersFile(join(folder, 'clusters.yml'))).toMatchObject({ ok: true });
  }
  rmSync(folder, { recursive: true });
});

describeWith(['consul', 'redis'], 'the README, followed', () => {
  jest.setTimeout(600_000);
  let pair: PeeredPair;
  let redis: RedisServer;
  let workspace: Workspace;
  let copy: string;
  const children = new Set<ChildProcess>();
  const ran: string[] = [];

  beforeAll(async () => {
    [pair, redis, workspace] = await Promise.all([startPeeredPair(), startRedis(), startWorkspace()]);
    copy = mkdtempSync(join(tmpdir(), 'newcomer-'));
    const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
    for (const file of files.filter(Boolean)) cpSync(join(root, file), join(copy, file));
  });
  afterAll(async () => {
    for (const child of children) if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await workspace?.stop();
    await pair?.stop();
    await redis?.stop();
    rmSync(copy, { recursive: true, force: true });
  });

  const start = (command: string, env: Readonly<Record<string, string>> = {}) => {
    const { PATH = '', HOME = '/' } = process.env;
    const child = spawn('sh', ['-c', command], {
      cwd: copy,
      detached: true,
      // This Node first: beside Redis there may be an older one.
      env: {
        PATH: [process.execPath, binary('redis'), binary('consul')]
          .map((path) => dirname(path))
          .concat(PATH)
          .join(':'),
        HOME,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const ended = new Promise<number | null>((done) =>
      child.once('close', (status) => {
        children.delete(child);
        done(status);
      }),
    );
    return { child, out: () => out, text: () => `${out}${err}`, ended };
  };

  /** Runs a command of the README to its end, and gives what it wrote. */
  const follow = async (
    command: string,
    env?: Readonly<Record<string, string>>,
    status = 0,
  ): Promise<string> => {
    expect(commands).toContain(command);
    ran.push(command);
    const { ended, out, text } = start(command, env);
    const got = await ended;
    if (got !== status) throw new Error(`${command}: exit status ${got}\n${text()}`);
    return out();
  };

  /** Runs one that stays, until it says `word`; then stops it as Ctrl-C would. */
  const followUntil = async (
    command: string,
    word: RegExp,
    env?: Readonly<Record<string, string>>,
  ): Promise<void> => {
    expect(commands).toContain(command);
    ran.push(command);
    const { child, ended, text } = start(command, env);
    const over = ended.then((status) => {
      throw new Error(`${command}: ended with ${status}\n${text()}`);
    });
    await Promise.race([over, until(() => word.test(text()))]);
    over.catch(() => undefined);
    process.kill(-(child.pid ?? 0), 'SIGINT');
    await ended;
  };

  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resume) => setTimeout(resume, 100));
  };

  it('installs, runs and checks as it says', async () => {
    const { agent: east } = pair.east;
    const { agent: west } = pair.west;
    await follow('npm ci');
    await follow('npm run build');

    // The demo brings what it needs; nothing of the following is set yet.
    expect(await follow('npm run demo -- --run "/peering check prod-east"')).toContain('prod-east');
    await followUntil('npm run demo', /http:\/\/127\.0\.0\.1:\d+/);

    writeFileSync(join(copy, 'peering-bot.hcl'), blocks('hcl')[0] ?? '');
    const secrets = await Promise.all(
      [east, west].map(async ({ env }) => {
        await follow('consul acl policy create -name peering-bot -rules @peering-bot.hcl', env);
        const created = await follow(
          'consul acl token create -description peering-bot -policy-name peering-bot',
          env,
        );
        return /SecretID:\s+(\S+)/.exec(created)?.[1] ?? '';
      }),
    );

    const [example = ''] = blocks('yaml');
    const { clusters } = parse(example) as { clusters: Record<string, { address: string }> };
    const addresses = new Map([
      [clusters['prod-east']?.address ?? '', east.address],
      [clusters['prod-west']?.address ?? '', west.address],
    ]);
    const written = [...addresses].reduce((text, [from, to]) => text.replace(from, to), example);
    writeFileSync(join(copy, 'clusters.yml'), written);
    const env = {
      CONSUL_TOKEN_PROD_EAST: secrets[0] ?? '',
      CONSUL_TOKEN_PROD_WEST: secrets[1] ?? '',
      SLACK_BOT_TOKEN: workspace.botToken,
      SLACK_APP_TOKEN: workspace.appToken,
      SLACK_API_URL: workspace.apiUrl,
      REDIS_URL: redis.url,
      PEERING_SIGNING_KEY: 'the-output-of-openssl-rand-hex-32',
    };
    await follow('npx peering-bot config validate', env);
    await followUntil('npx peering-bot start', /"ready"/, env);
    expect(await follow('npx peering-bot clusters', env)).toContain('prod-west');

    // A healthy pair, seen with the policy of the README: nothing wrong, and nothing hidden.
    const healthy = await follow('npx peering-bot check prod-east', env);
    expect(healthy).not.toContain('not visible');
    const json = await follow('npx peering-bot check prod-east --peer west --format json', env);
    const { results } = JSON.parse(json) as { results: readonly { id: string; status: string }[] };
    expect(results.filter(({ status }) => status === 'unknown' || status === 'fail')).toEqual([]);
    await follow('npx peering-bot snapshot prod-east --out prod-east.json', env);
    await follow('npx peering-bot check prod-east --snapshot prod-east.json');
    expect(await follow('npx peering-bot acl prod-east --can service:read:web', env)).toContain(
      'service:read:web',
    );

    await follow('npx peering-bot check --all', env);
    expect(await follow("npx peering-bot check 'prod-*' --short", env)).toContain('2 clusters');
    // With no clusters file, as the consul command finds its cluster.
    const consulOnly = { ...east.env, CONSUL_HTTP_TOKEN: secrets[0] ?? '', PEERING_CLUSTERS: 'none.yml' };
    expect(await follow('npx peering-bot check', consulOnly)).toContain(east.datacenter);

    // Its one rule is enough to generate a token, as it stands.
    await follow(`consul acl policy create -name peering-bot-tokens -rules 'peering = "write"'`, east.env);
    const writes = await follow(
      'consul acl token create -description peering-bot-tokens -policy-name peering-bot-tokens',
      east.env,
    );
    const secret = /SecretID:\s+(\S+)/.exec(writes)?.[1] ?? '';
    const generated = await east.request('POST', '/v1/peering/token', { PeerName: 'orders' }, secret);
    expect(generated.status).toBe(200);

    await follow('npx peering-bot audit --since 7d', env);
    await follow('npx peering-bot audit --format jsonl', env);
    await follow('npx peering-bot audit --verify', env);
    await follow('npx peering-bot migrate-storage', env);
    await follow('npx peering-bot migrate-storage --yes', env);

    const probed = parse(written) as { clusters: Record<string, object> };
    probed.clusters['prod-east'] = { ...probed.clusters['prod-east'], probe: { from: 'dmz' } };
    writeFileSync(join(copy, 'clusters.yml'), stringify({ clusters: probed.clusters }));
    await followUntil('npx peering-bot start --probe-from dmz', /"ready"/, env);

    expect(commands.filter((command) => !ran.includes(command) && !notHere.includes(command))).toEqual([]);
  });
});
