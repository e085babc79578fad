import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { defineScript, flag } from '../../src/redis/script';
import { describeWith } from '../lab/binaries';
import { type RedisServer, startRedis } from '../lab/redis';

const source = resolve(__dirname, '../../src');
const filesOf = (extension: string): readonly string[] =>
  readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(extension));
const read = (file: string): string => readFileSync(join(source, file), 'utf8');

const scripts = filesOf('.lua').filter((file) => !file.includes('includes/'));
const includes = filesOf('.lua').filter((file) => file.includes('includes/'));

/** The scripts that the TypeScript files define, by path: the names of their keys and arguments. */
const defined = new Map(
  filesOf('.ts').flatMap((file) =>
    [
      ...read(file).matchAll(
        /defineScript\(\{\s*file: join\(__dirname, '([^']+)'\),\s*keys: \[([^\]]*)\],\s*args: \[([^\]]*)\]/g,
      ),
    ].map(([, name = '', keys = '', args = '']) => [
      join(dirname(file), name),
      { keys: namesIn(keys), args: namesIn(args) },
    ]),
  ),
);

function namesIn(list: string): readonly string[] {
  return [...list.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
}

/** The comment at the top of a file; empty where the file begins with something else. */
const headerOf = (lua: string): string => /^--\[\[\n([\s\S]*?)\n\]\]\n/.exec(lua)?.[1] ?? '';

const namesOf = (header: string, table: 'KEYS' | 'ARGV'): readonly string[] =>
  [...header.matchAll(new RegExp(`^  ${table}\\[(\\d+)\\] (\\w+)`, 'gm'))].map(([, at, name = ''], index) => {
    expect(at).toBe(String(index + 1));
    return name;
  });

describe('Lua scripts', () => {
  it.each(scripts)('%s has a header, and runs with the keys and arguments that it names', (file) => {
    const header = headerOf(read(file));
    expect(header).toMatch(/^ {2}[A-Z][^\n]+[.,a-z]\n/);
    expect(header).toMatch(/^ {2}Returns \S/m);
    expect(defined.get(file)).toEqual({ keys: namesOf(header, 'KEYS'), args: namesOf(header, 'ARGV') });
  });

  it.each(scripts)('%s names its keys and arguments once, and uses the names from then on', (file) => {
    const uses =
      read(file)
        .replace(/^--\[\[[\s\S]*?\]\]\n/, '')
        .match(/\b(?:KEYS|ARGV)\[\d+\]/g) ?? [];
    expect(uses).toHaveLength(new Set(uses).size);
  });

  it.each(includes)('%s has a header, and is included', (file) => {
    expect(headerOf(read(file))).toMatch(/^ {2}[A-Z]/);
    const included = filesOf('.lua').flatMap((by) =>
      [...read(by).matchAll(/^--- @include "([^"]+)"$/gm)].map(([, name]) =>
        relative(source, resolve(source, dirname(by), `${name}.lua`)),
      ),
    );
    expect(included).toContain(file);
  });

  it('are in dist, as `npm run build` leaves it', () => {
    const built = (file: string): string => readFileSync(resolve(source, '../dist', file), 'utf8');
    const all = [...scripts, ...includes];
    expect(all.map((file) => [file, built(file)])).toEqual(all.map((file) => [file, read(file)]));
  });

  it('stand in files, and in no string', () => {
    expect(filesOf('.ts').filter((file) => /redis\.call\(/.test(read(file)))).toEqual([]);
  });
});

describeWith(['redis'], 'a script', () => {
  let server: RedisServer;
  let redis: Redis;
  let folder: string;

  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
    folder = mkdtempSync(join(tmpdir(), 'lua-'));
    writeFileSync(join(folder, 'twice.lua'), 'local function twice(x) return 2 * x end\n');
    writeFileSync(
      join(folder, 'thrice.lua'),
      '--- @include "twice"\nlocal function thrice(x) return twice(x) + x end\n',
    );
  });
  afterAll(async () => {
    redis.disconnect();
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  });

  const script = (name: string, lua: string): string => {
    writeFileSync(join(folder, name), lua);
    return join(folder, name);
  };

  it('gets its keys, arguments and fields by name, whatever their order at the call', async () => {
    const file = script('echo.lua', 'return { KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4] }');
    const echo = defineScript({
      file,
      keys: ['from', 'to'],
      args: ['count', 'name'],
      reply: z.array(z.string()),
    });
    expect(
      await echo(redis, { to: '{k}b', from: '{k}a' }, { name: 'n', count: 2 }, { field: 'value' }),
    ).toEqual(['{k}a', '{k}b', '2', 'n', 'field', 'value']);
  });

  it('includes each file once', async () => {
    const file = script(
      'sum.lua',
      '--- @include "thrice"\n--- @include "twice"\nreturn twice(2) + thrice(2)',
    );
    expect(await defineScript({ file, keys: [], args: [], reply: z.number() })(redis, {}, {})).toBe(10);
  });

  it('is sent as text once, and again to a server that has lost it', async () => {
    const file = script('yes.lua', 'return 1');
    const yes = defineScript({ file, keys: [], args: [], reply: flag });
    await redis.config('RESETSTAT');
    const texts = async (): Promise<string | undefined> =>
      /cmdstat_eval:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1];
    expect([await yes(redis, {}, {}), await yes(redis, {}, {}), await texts()]).toEqual([true, true, '1']);
    await redis.script('FLUSH');
    expect([await yes(redis, {}, {}), await texts()]).toEqual([true, '2']);
  });

  it('passes its own errors on', async () => {
    const file = script('fails.lua', "return redis.error_reply('WRONG this')");
    await expect(defineScript({ file, keys: [], args: [], reply: flag })(redis, {}, {})).rejects.toThrow(
      'WRONG',
    );
  });

  it('refuses a reply that it was not defined with', async () => {
    const file = script('text.lua', "return 'text'");
    await expect(defineScript({ file, keys: [], args: [], reply: flag })(redis, {}, {})).rejects.toThrow(
      'expected number',
    );
  });
});
