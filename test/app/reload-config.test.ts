import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { createCurrentConfig } from '../../src/app/current-config';
import { startReloading } from '../../src/app/reload-config';
import { allProcessUses } from '../../src/config/process-uses';
import { loadConfig } from '../../src/config/load-config';
import { waitFor } from '../lab/process';

/** A program of POSIX. */
const mkfifo = 'mkfifo';
const env = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  REDIS_URL: 'redis://localhost',
  PEERING_SIGNING_KEY: 'the-output-of-openssl-rand-hex-32',
};

describe('the clusters file, read again', () => {
  let folder: string;
  let stop: (() => void) | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reload-config-'));
  });
  afterEach(() => {
    stop?.();
    rmSync(folder, { recursive: true });
  });

  const at = (name: string): string => join(folder, name);
  const textOf = (...names: readonly string[]): string =>
    `clusters:\n${names.map((name) => `  ${name}: { address: 'https://${name}.example' }\n`).join('')}`;

  /** Follows a file as the bot does, and counts the reads. */
  const follow = (file: string, times = { spacing: 50, retry: 100 }) => {
    const load = () => loadConfig(file, env, allProcessUses);
    const first = load();
    if (!first.ok) throw new Error('the first file is not valid');
    const configuration = createCurrentConfig(first.value.config);
    let reads = 0;
    const lines: { readonly level: number; readonly msg: string }[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const reloading = startReloading({
      configuration,
      file,
      log,
      times,
      load: () => {
        reads += 1;
        return load();
      },
    });
    ({ stop } = reloading);
    return {
      reload: () => reloading.reload('SIGHUP'),
      names: () => [...configuration.get().clusters.keys()],
      isRefused: () => configuration.problems().length > 0,
      problems: () => configuration.problems().map(({ message }) => message),
      errors: () => lines.filter(({ level }) => level >= 50).length,
      reads: () => reads,
    };
  };

  const start = (times?: Parameters<typeof follow>[1]) => {
    writeFileSync(at('clusters.yml'), textOf('one'));
    return follow(at('clusters.yml'), times);
  };

  it('follows the link that Kubernetes swaps', async () => {
    for (const name of ['first', 'second']) {
      mkdirSync(at(name));
      writeFileSync(join(at(name), 'clusters.yml'), textOf(name));
    }
    symlinkSync('first', at('..data'));
    symlinkSync('..data/clusters.yml', at('clusters.yml'));
    const followed = follow(at('clusters.yml'));
    expect(followed.names()).toEqual(['first']);
    symlinkSync('second', at('..data_tmp'));
    renameSync(at('..data_tmp'), at('..data'));
    await waitFor('the second file', () => followed.names()[0] === 'second');
  });

  it('follows an editor that renames, and a file that is away for a moment', async () => {
    const followed = start();
    writeFileSync(at('clusters.yml~'), textOf('one', 'two'));
    renameSync(at('clusters.yml~'), at('clusters.yml'));
    await waitFor('the renamed file', () => followed.names().length === 2);
    unlinkSync(at('clusters.yml'));
    followed.reload();
    await waitFor('the refusal', followed.isRefused);
    expect(followed.names()).toEqual(['one', 'two']);
    writeFileSync(at('clusters.yml'), textOf('one', 'two'));
    await waitFor('the file', () => !followed.isRefused());
  });

  it('waits for no pipe, and takes the file that comes after it', async () => {
    const followed = start();
    unlinkSync(at('clusters.yml'));
    execFileSync(mkfifo, [at('clusters.yml')]);
    followed.reload();
    expect(followed.problems()).toEqual([expect.stringContaining('regular file')]);
    expect(followed.names()).toEqual(['one']);
    writeFileSync(at('new'), textOf('two'));
    renameSync(at('new'), at('clusters.yml'));
    await waitFor('the file', () => followed.names()[0] === 'two');
  });

  it('refuses a file that is too large without reading it', () => {
    const followed = start();
    closeSync(openSync(at('clusters.yml'), 'w'));
    // A hole: nobody could read so much.
    truncateSync(at('clusters.yml'), 2 ** 40);
    followed.reload();
    expect(followed.problems()).toEqual([expect.stringContaining('larger')]);
    expect(followed.names()).toEqual(['one']);
  });

  it('reads a burst of signals twice, and ends with the newest file', async () => {
    const followed = start({ spacing: 500, retry: 60_000 });
    for (let count = 1; count <= 20; count += 1) {
      writeFileSync(at('clusters.yml'), textOf(`number-${count}`));
      followed.reload();
    }
    expect(followed.reads()).toBe(1);
    await waitFor('the newest file', () => followed.names()[0] === 'number-20');
    expect(followed.reads()).toBe(2);
  });

  it('uses a file whose token is mounted after it, and says once that it was missing', async () => {
    const followed = start();
    writeFileSync(
      at('clusters.yml'),
      `${textOf('one')}  two: { address: 'https://two.example', token: { file: token } }\n`,
    );
    followed.reload();
    await waitFor('some more reads', () => followed.reads() > 3);
    expect([followed.isRefused(), followed.names(), followed.errors()]).toEqual([true, ['one'], 1]);
    writeFileSync(at('token'), 'a-token\n');
    await waitFor('the token', () => !followed.isRefused());
    expect(followed.names()).toEqual(['one', 'two']);
    const reads = followed.reads();
    await sleep(500);
    expect(followed.reads()).toBe(reads);
  });
});
