import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readManifest } from '../workspace/manifest';
import type { PageOffer } from '../workspace/page-offer';
import { startWorkspace, type Workspace } from '../workspace/workspace';
import { startBot } from './bot';
import {
  clustersFile,
  clusterVariables,
  type DemoCluster,
  type DemoClusters,
  serveClusters,
  suggest,
} from './clusters';
import type { Options } from './options';
import { startRealClusters } from './real';
import { type Recorder, startRecorder } from './record';
import { findRedis } from './redis';
import { runSnippet } from './snippet';
import { done, type Environment, failed, type Step } from './step';

/** Starts all parts of the demo. */

export interface Demo {
  readonly args: readonly string[];
  readonly env: Environment;
  /** The checkout. */
  readonly root: string;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Has `stop` called when this process is asked to end. */
  readonly onSignal: (stop: () => void) => void;
}

/** The folder of the recordings in the checkout. */
export const recordings = 'sandbox/recordings';

export type Stops = (() => Promise<unknown>)[];

export interface World {
  readonly workspace: Workspace;
  readonly clusters: DemoClusters;
  readonly redis: string;
  readonly logFile: string;
  readonly recorder: Recorder | undefined;
}

const makeFolder = async (): Promise<Step<string>> => {
  try {
    return done(await mkdtemp(join(tmpdir(), 'peering-demo-')));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return failed(`${tmpdir()} is not writable (${code}): set TMPDIR to a writable folder`);
  }
};

/** The extras of the page: for recordings, that they are some, and a way to run fixes on them. */
const offerOf = (list: readonly DemoCluster[], real: boolean): PageOffer => ({
  suggestions: suggest(list),
  ...(real
    ? {}
    : {
        notice:
          'The clusters are recordings. A small model answers what is written to them; no Consul is reached.',
        runner: {
          clusters: list.map(({ name }) => name),
          run: (cluster, text) => runSnippet(list, cluster, text),
        },
      }),
});

const openWorkspace = async (options: Options, root: string, offer: PageOffer): Promise<Step<Workspace>> => {
  const manifest = readManifest(await readFile(join(root, 'manifest.yml'), 'utf8'));
  try {
    return done(await startWorkspace({ port: options.port, manifest, methodTiers: true, offer }));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      return failed(`port ${options.port} is in use: choose another with --port, or leave it out`);
    if (code === 'EACCES')
      return failed(`port ${options.port} needs more rights: choose one above 1023 with --port`);
    return failed(`the workspace cannot listen on 127.0.0.1: ${message}`);
  }
};

/** Starts all parts; each leaves in `stops` how it ends. */
export const bringUp = async (options: Options, demo: Demo, stops: Stops): Promise<Step<World>> => {
  const { env, root } = demo;
  const folder = await makeFolder();
  if (!folder.ok) return folder;
  stops.push(() => rm(folder.value, { recursive: true, force: true }));

  const tell = demo.err;
  const clusters = options.real
    ? await startRealClusters({ env, root, folder: folder.value, tell })
    : await serveClusters(join(root, recordings));
  if (!clusters.ok) return clusters;
  stops.push(clusters.value.stop);
  const recorder = options.record ? await startRecorder(clusters.value.list) : undefined;
  if (recorder) stops.push(recorder.stop);
  const list = recorder?.list ?? clusters.value.list;

  const workspace = await openWorkspace(options, root, offerOf(list, clusters.value.real));
  if (!workspace.ok) return workspace;
  stops.push(workspace.value.stop);

  const isRoot = process.getuid?.() === 0;
  const redis = await findRedis({ env, folder: join(folder.value, 'redis'), isRoot, tell });
  if (!redis.ok) return redis;
  stops.push(redis.value.stop);

  const file = join(folder.value, 'clusters.yml');
  await writeFile(file, clustersFile(list), { mode: 0o600 });
  const logFile = join(folder.value, 'bot.log');
  const bot = await startBot({
    root,
    env,
    workspace: workspace.value,
    redisUrl: redis.value.url,
    clustersFile: file,
    variables: clusterVariables(list),
    logFile,
  });
  if (!bot.ok) return bot;
  stops.push(bot.value.stop);
  return done({
    workspace: workspace.value,
    clusters: clusters.value,
    redis: redis.value.about,
    logFile,
    recorder,
  });
};
