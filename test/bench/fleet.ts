import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { temporaryFolder } from '../lab/process';
import { type ConsulServer, startConsulServer, type Tamper } from './consul-server';
import { median, ms, type Row, timed } from './table';

const root = resolve(__dirname, '../..');
const counts = { answering: 150, stalled: 40, denied: 10 } as const;
type Kind = keyof typeof counts | 'slow';

/** Delay of each answer of the slowest cluster that answers, in ms. A read may take 10 s. */
const slowMs = 8000;
const maxOverSlowest = 1.2;
const maxGrowthMiB = 300;
/** Single runs that are measured of each kind. */
const samples: Readonly<Record<keyof typeof counts, number>> = { answering: 8, stalled: 2, denied: 2 };

const nameOf = (kind: Kind, at: number): string => `${kind}-${at}`;

const total = counts.answering + counts.stalled + counts.denied;

/** The stalled ones stand among the others, and the slow one in the middle. */
const names: readonly string[] = Array.from({ length: total }, (_, at) => {
  if (at === total / 2 + 2) return nameOf('slow', 0);
  if (at % 5 === 0) return nameOf('stalled', at);
  return nameOf(at % 20 === 1 ? 'denied' : 'answering', at);
});

const deny: Tamper = (token) =>
  token.startsWith('denied')
    ? { status: 403, headers: { 'content-type': 'text/plain' }, body: 'Permission denied' }
    : undefined;

const delayOf = (token: string): number | null =>
  token.startsWith('stalled') ? null : token.startsWith('slow') ? slowMs : 0;

/** `peering-bot check --all` at a terminal, on many clusters of which some stall, beside one run for each. */
export const benchFleet = async (): Promise<readonly Row[]> => {
  const main = join(root, 'dist/main.js');
  if (!existsSync(main)) throw new Error('run npm run build first');
  const consul = await startConsulServer(deny, delayOf);
  const folder = await temporaryFolder('bench');
  const file = join(folder.path, 'clusters.yml');
  const line = (name: string, at: number): string =>
    `  ${name}: { address: '${consul.address}', token: { env: TOKEN_${at} } }`;
  await writeFile(file, `clusters:\n${names.map(line).join('\n')}\n`);
  const tokens = Object.fromEntries(names.map((name, at) => [`TOKEN_${at}`, name]));
  const environment = { ...tokens, PATH: process.env['PATH'], PEERING_CLUSTERS: file };
  const check = (...argv: readonly string[]) => runCheck([main, 'check', ...argv], environment);
  try {
    // The files are in memory then.
    await check(nameOf('answering', 2));
    return await compare(consul, check);
  } finally {
    await consul.stop();
    folder.remove();
  }
};

const compare = async (
  consul: ConsulServer,
  check: (...argv: readonly string[]) => Promise<CheckRun>,
): Promise<readonly Row[]> => {
  const small = await check(nameOf('answering', 2));
  const slowest = await check('slow-0');
  const startedMs = Date.now();
  const all = await check('--all', '--format', 'json');
  const lastMs = Math.max(
    ...[...consul.answered].flatMap(([token, at]) => (/^(?:answering|slow)/.test(token) ? [at] : [])),
  );
  const answersMs = lastMs - startedMs;
  const { clusters } = JSON.parse(all.out) as {
    clusters: readonly { cluster: string; problem: string }[];
  };
  const shown = (kinds: RegExp, isRead: boolean): number =>
    clusters.filter(({ cluster, problem }) => kinds.test(cluster) && (problem === '') === isRead).length;
  const rows = [shown(/^(?:answering|slow)/, true), shown(/^(?:stalled|denied)/, false)] as const;
  const growth = all.peakMiB - small.peakMiB;
  let singleMs = 0;
  for (const [kind, count] of Object.entries(counts) as [keyof typeof counts, number][]) {
    const times: number[] = [];
    const sampled = names.filter((name) => name.startsWith(kind)).slice(0, samples[kind]);
    for (const name of sampled) times.push((await check(name)).tookMs);
    singleMs += count * median(times);
  }
  const what = `check --all: ${names.length} clusters, ${counts.stalled} stalled, ${counts.denied} without rights`;
  return [
    {
      what: `${what}: until all that answer have answered`,
      measured: ms(answersMs),
      beside: `the slowest of them alone ${ms(slowest.tookMs)} (${(answersMs / slowest.tookMs).toFixed(2)} ×)`,
      limit: `${maxOverSlowest} ×`,
      holds: answersMs <= maxOverSlowest * slowest.tookMs,
    },
    {
      what: `${what}: rows`,
      measured: `${rows[0]} checked, ${rows[1]} with the reason why not`,
      beside: `${counts.answering} answer, ${counts.stalled + counts.denied} do not`,
      limit: 'all',
      holds: rows[0] === counts.answering && rows[1] === counts.stalled + counts.denied,
    },
    {
      what: `${what}: memory at its peak`,
      measured: `${all.peakMiB.toFixed(0)} MiB`,
      beside: `one cluster ${small.peakMiB.toFixed(0)} MiB (${growth.toFixed(0)} MiB more)`,
      limit: `${maxGrowthMiB} MiB more`,
      holds: growth <= maxGrowthMiB,
    },
    {
      what: `${what}: the whole run`,
      measured: ms(all.tookMs),
      beside: `${names.length} runs of one cluster ${ms(singleMs)}, from samples (${(all.tookMs / singleMs).toFixed(3)} ×)`,
      limit: '0.25 ×',
      holds: all.tookMs <= 0.25 * singleMs,
    },
  ];
};

interface CheckRun {
  readonly out: string;
  readonly tookMs: number;
  /** Largest resident memory. */
  readonly peakMiB: number;
}

/** Interval in ms at which the memory of a process is read. The kernel keeps its peak. */
const sampleMs = 50;

/** Runs the program in a process of its own. */
const runCheck = async (argv: readonly string[], env: NodeJS.ProcessEnv): Promise<CheckRun> => {
  let peakMiB = 0;
  let out = '';
  const { tookMs } = await timed(
    () =>
      new Promise<void>((done, failed) => {
        const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'ignore'] });
        const timer = setInterval(() => {
          peakMiB = Math.max(peakMiB, peakOf(child.pid ?? 0));
        }, sampleMs);
        child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
        child.once('error', failed);
        child.once('close', () => {
          clearInterval(timer);
          done();
        });
      }),
  );
  return { out, tookMs, peakMiB };
};

const peakOf = (pid: number): number => {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    // It has ended.
    return 0;
  }
};
