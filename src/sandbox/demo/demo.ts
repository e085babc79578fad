import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readManifest } from '../workspace/manifest';
import { channels, people } from '../workspace/people';
import type { Exchange } from '../workspace/traffic';
import { startWorkspace, type Workspace } from '../workspace/workspace';
import { startBot } from './bot';
import { clustersFile, clusterVariables, type DemoClusters, serveClusters } from './clusters';
import { type Options, readOptions, usage } from './options';
import { startRealClusters } from './real';
import { type Recorder, startRecorder } from './record';
import { findRedis } from './redis';
import { done, type Environment, failed, type Step } from './step';
import { transcript } from './transcript';

/** Brings the demo up, and down again. */

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

const recordings = 'src/sandbox/recordings';

type Stops = (() => Promise<unknown>)[];

interface World {
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
    return failed(`${tmpdir()} cannot be written to (${code}): set TMPDIR to a folder that can`);
  }
};

const openWorkspace = async (
  options: Options,
  root: string,
  suggestions: readonly string[],
): Promise<Step<Workspace>> => {
  const manifest = readManifest(await readFile(join(root, 'manifest.yml'), 'utf8'));
  try {
    return done(await startWorkspace({ port: options.port, manifest, methodTiers: true, suggestions }));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      return failed(`port ${options.port} is in use: choose another with --port, or leave it out`);
    if (code === 'EACCES')
      return failed(`port ${options.port} is not yours to take: choose one above 1023 with --port`);
    return failed(`the workspace cannot listen on 127.0.0.1: ${message}`);
  }
};

/** Starts all parts; each leaves in `stops` how it ends. */
const bringUp = async (options: Options, demo: Demo, stops: Stops): Promise<Step<World>> => {
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

  const suggestions = list.map(({ name }) => `/peering check ${name}`);
  const workspace = await openWorkspace(options, root, suggestions);
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

const welcome = ({ workspace, clusters, redis, logFile }: World): readonly string[] => [
  '',
  `  workspace  ${workspace.url}`,
  ...clusters.list.map(
    ({ name, about }, index) =>
      `  ${index === 0 ? 'clusters ' : '         '}  ${name}${about ? `: ${about}` : ''}`,
  ),
  `             ${clusters.real ? 'real,' : 'recorded from'} ${clusters.madeWith}`,
  `  redis      ${redis}`,
  `  bot's log  ${logFile}`,
  '',
  'Open the workspace, and type in #platform:',
  '',
  ...clusters.list.map(({ name }) => `  /peering check ${name}`),
  '  /peering help',
  '',
  'Ctrl-C stops everything.',
];

const answerMs = 60_000;
/** Posts to a channel are a second apart: after two without any, the bot has said what it had to say. */
const quietMs = 2_000;

/** Types a command and waits until the bot has nothing more to say; the word of Slack where it failed. */
const ask = async (line: string, workspace: Workspace): Promise<Step<undefined>> => {
  const { requester } = people;
  const { platform } = channels;
  const before = workspace.traffic.all.length;
  const { error } = await workspace.typeCommand(requester.id, platform, line);
  if (error) return failed(`the command failed: ${error}`);
  const calls = (): readonly Exchange[] => workspace.traffic.all.slice(before);
  const quiet = (): boolean => Date.now() - Math.max(...calls().map(({ at }) => at)) > quietMs;
  const answered = (): boolean =>
    workspace.messages(platform).length + workspace.ephemerals(requester.id).length > 0;
  try {
    await workspace.until(() => answered() && quiet(), 'an answer', answerMs);
    return done(undefined);
  } catch {
    return failed(`the bot did not answer within ${answerMs / 1000} s`);
  }
};

/** Runs one command and prints what came of it. */
const runOnce = async (
  line: string,
  { workspace, clusters }: World,
  demo: Demo,
): Promise<Step<undefined>> => {
  const { requester } = people;
  const { platform } = channels;
  demo.out(`#${workspace.state.channels.get(platform)?.name}\n\n${requester.realName}\n  ${line}\n`);
  const asked = await ask(line, workspace);
  demo.out(transcript(workspace, platform, requester.id));
  for (const missing of clusters.missing())
    demo.err(`demo: the recordings lack ${missing}; npm run demo -- --record makes them anew`);
  return asked;
};

/** Has the bot look at every cluster, and keeps what the clusters answered. */
const record = async (
  recorder: Recorder,
  { workspace, clusters }: World,
  demo: Demo,
): Promise<Step<undefined>> => {
  for (const { name } of recorder.list) {
    const asked = await ask(`/peering check ${name}`, workspace);
    if (!asked.ok) return asked;
  }
  for (const path of await recorder.save(join(demo.root, recordings), clusters.madeWith)) demo.out(path);
  return done(undefined);
};

/** Everything that `npm run demo` does once it is built; resolves to the exit status. */
export const runDemo = async (demo: Demo): Promise<number> => {
  const options = readOptions(demo.args);
  if (!options.ok) {
    demo.err(`demo: ${options.message}`);
    return 2;
  }
  if (options.value.help) {
    demo.out(usage);
    return 0;
  }
  const stops: Stops = [];
  const asked = new Promise<'asked'>((resolve) => {
    let before = false;
    demo.onSignal(() => {
      // The second one is meant; the watchdogs end what is left.
      if (before) process.exit(130);
      before = true;
      resolve('asked');
    });
  });
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    const up = bringUp(options.value, demo, stops);
    const first = await Promise.race([up, asked]);
    if (first === 'asked') {
      // What is starting is let finish, so that it can be stopped.
      await up;
      return 130;
    }
    const ended = first.ok ? await stay(first.value, options.value, demo, asked) : first;
    if (ended.ok) return 0;
    demo.err(`demo: ${ended.message}`);
    return 1;
  } finally {
    await stop();
  }
};

const stay = async (
  world: World,
  options: Options,
  demo: Demo,
  asked: Promise<'asked'>,
): Promise<Step<undefined>> => {
  const { recorder } = world;
  const once = recorder ? record(recorder, world, demo) : options.run && runOnce(options.run, world, demo);
  if (once) {
    const ran = await Promise.race([once, asked]);
    return ran === 'asked' ? failed('interrupted') : ran;
  }
  for (const line of welcome(world)) demo.out(line);
  await asked;
  demo.out('stopping…');
  return done(undefined);
};
