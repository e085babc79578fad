import { join } from 'node:path';
import { channels, people } from '../workspace/people';
import type { Exchange } from '../workspace/traffic';
import type { Workspace } from '../workspace/workspace';
import type { Recorder } from './record';
import { done, failed, type Step } from './step';
import { transcript } from './transcript';
import { type Demo, recordings, type World } from './up';

/** Commands that the demo types by itself. */

const answerMs = 60_000;
/** Posts to a channel are a second apart: after two seconds without any, the bot has finished. */
const quietMs = 2_000;

/** Types a command and waits until the bot has nothing more to say; returns Slack's error if it failed. */
const ask = async (line: string, workspace: Workspace): Promise<Step<undefined>> => {
  const { requester } = people;
  const { platform } = channels;
  const before = workspace.traffic.all.length;
  const { error } = await workspace.typeCommand(requester.id, platform, line);
  if (error) return failed(`the command failed: ${error}`);
  const calls = (): readonly Exchange[] => workspace.traffic.all.slice(before);
  // The line of a request whose cluster is still being read.
  const reading = (): boolean => workspace.messages(platform).at(-1)?.text.startsWith('⏳ *') === true;
  const quiet = (): boolean => !reading() && Date.now() - Math.max(...calls().map(({ at }) => at)) > quietMs;
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
export const runOnce = async (
  line: string,
  { workspace, clusters }: World,
  demo: Demo,
): Promise<Step<undefined>> => {
  const { requester } = people;
  const { platform } = channels;
  demo.out(`#${workspace.state.channels.get(platform)?.name}\n\n${requester.realName}\n  ${line}\n`);
  const answered = await ask(line, workspace);
  demo.out(transcript(workspace, platform, requester.id));
  for (const missing of clusters.missing())
    demo.err(`demo: the recordings lack ${missing}; npm run demo -- --record makes them again`);
  return answered;
};

/** Checks every cluster with the bot, and stores the answers of the clusters. */
export const record = async (
  recorder: Recorder,
  { workspace, clusters }: World,
  demo: Demo,
): Promise<Step<undefined>> => {
  const lines = [
    ...recorder.list.flatMap(({ name }) => [`/peering check ${name}`, `/peering acl ${name}`]),
    '/peering trace prod-east web api',
    '/peering trace prod-east web billing',
  ];
  for (const line of lines) {
    const answered = await ask(line, workspace);
    if (!answered.ok) return answered;
  }
  for (const path of await recorder.save(join(demo.root, recordings), clusters.madeWith)) demo.out(path);
  return done(undefined);
};
