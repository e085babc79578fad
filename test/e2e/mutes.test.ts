import { resolve } from 'node:path';
import { inputAction } from '../../src/render/slack/form';
import { runButtons } from '../../src/features/history/run-buttons';
import { muteButtons } from '../../src/features/mutes/mute-buttons';
import { muteFields, muteScopes } from '../../src/features/mutes/mutes.message';
import { readRecordings, type ServedCluster, serveRecording } from '../../sandbox/demo/recording';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import type { RedisClient } from '../../src/redis/redis';
import { createMutes } from '../../src/features/mutes/mutes.store';
import { createReports } from '../../src/features/history/reports.store';
import { openRedis } from '../features/digests/stage';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { manifest, startBotProcess } from './support';
import { sealer } from '../sealer';

jest.setTimeout(60_000);

const { requester, lead } = people;
const channel = channels.platform;
const cluster = 'prod-west';

describeWith(['redis'], 'muting, from button to verdict', () => {
  let served: ServedCluster;
  let server: RedisServer;
  let redis: RedisClient;
  let slack: Workspace;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    const recordings = await readRecordings(resolve(__dirname, '../../sandbox/recordings'));
    const recording = recordings.find((one) => one.cluster === cluster);
    if (recording === undefined) throw new Error(`no recording of ${cluster}`);
    served = await serveRecording(recording, { token: 'recorded', delayMs: 0 });
    ends.push(served.stop);
    server = await startRedis();
    ends.push(server.stop);
    redis = openRedis(server.url);
    ends.push(() => redis.disconnect());
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 1000, burst: 1000 } });
    ends.push(slack.stop);
    const bot = await startBotProcess({
      slack,
      redisUrl: server.url,
      clusters: `clusters:
  ${cluster}: { address: '${served.address}', token: { env: CONSUL_TOKEN } }
access:
  - { allow: [mute, unmute, mutes], users: [${requester.id}] }
`,
      env: { CONSUL_TOKEN: 'recorded' },
    });
    ends.push(() => bot.end('SIGKILL'));
  }, 60_000);
  afterAll(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const answers = () => slack.messages(channel).filter(({ text }) => text.includes('ready for peering'));
  const check = async () => {
    const before = answers().length;
    await slack.typeCommand(requester.id, channel, `/peering check ${cluster}`);
    await slack.until(() => answers().length > before, 'the answer', 30_000);
    const latest = (
      await createReports(redis, sealer, { reports: 100, maxAgeMs: 1e9 }).latest([cluster])
    ).get(cluster);
    const report = await createReports(redis, sealer, { reports: 100, maxAgeMs: 1e9 }).find(
      latest?.run ?? '',
    );
    if (report === undefined) throw new Error('no report was kept');
    return report;
  };
  const active = async () =>
    (await createMutes(redis, sealer).of(cluster, Date.now())).map(({ check: id }) => id);
  const input = (block: string): string => `${block}/${inputAction}`;
  const modal = (block: string) =>
    slack.until(
      () => JSON.stringify(slack.views(requester.id).at(-1)?.content ?? '').includes(block),
      `a modal with ${block}`,
    );
  const fillIn = (scope: string, reason: string) =>
    slack.submitView(requester.id, {
      [input(muteFields.scope)]: scope,
      [input(muteFields.end)]: '7d',
      [input(muteFields.reason)]: reason,
    });

  it('mutes a finding from its thread and from the details, and the next check counts it no more', async () => {
    const before = await check();
    const failing = before.results.filter(({ status, severity }) => status === 'fail' && severity !== 'info');
    expect(failing.length).toBeGreaterThan(1);
    const answer = answers()[0]?.ts ?? '';

    const thread = await slack.until(() => slack.thread(answer)[0], 'the thread');
    await slack.click(requester.id, thread.ts, muteButtons.ask.id);
    await modal('"Mute a finding"');
    await modal(`"${muteFields.reason}"`);
    expect((await fillIn(muteScopes.check, '')).errors).toHaveProperty(muteFields.reason);
    await fillIn(muteScopes.check, 'the old region goes on Friday <!channel>');
    await waitFor('the mute', async () => (await active()).length === 1 || undefined);
    await slack.closeView(requester.id);

    await slack.click(requester.id, answer, runButtons.details.id);
    await modal('mesh-');
    const [first] = await active();
    const others = failing.filter(({ id }) => id !== first);
    const button = JSON.stringify(slack.views(requester.id).at(-1)?.content);
    expect(button).toContain(muteButtons.ask.id);
    const value = /"value":"(\[1(?:[^"\\]|\\.)*)"/g;
    const values = [...button.matchAll(value)].map(([, text = '']) => JSON.parse(`"${text}"`) as string);
    const other = values.find((text) => others.some(({ id }) => text.includes(`"${id}"`)));
    await slack.click(requester.id, 'modal', muteButtons.ask.id, { value: other ?? '' });
    await modal(`"${muteFields.reason}"`);
    await fillIn(muteScopes.finding, 'known');
    await waitFor('the second mute', async () => (await active()).length === 2 || undefined);
    await slack.closeView(requester.id);

    const after = await check();
    const muted = after.results.flatMap(({ id, findings }) =>
      findings.some((one) => one.muted) ? [id] : [],
    );
    expect(muted.toSorted()).toEqual((await active()).toSorted());
    expect(after.summary.errors + after.summary.warnings).toBeLessThan(
      before.summary.errors + before.summary.warnings,
    );
    expect(JSON.stringify(answers().at(-1)?.blocks)).toContain('muted');
    expect(slack.mentions().filter((mention) => !mention.startsWith('user:'))).toEqual([]);
  });

  it('refuses who was not granted it, and lists and ends what there is', async () => {
    await slack.typeCommand(lead.id, channel, `/peering unmute ${cluster} mesh-*`);
    await slack.until(() => slack.ephemerals(lead.id).length > 0, 'the refusal');
    expect(await active()).toHaveLength(2);
    for (const id of await active()) {
      const [mute] = (await createMutes(redis, sealer).of(cluster, Date.now())).filter(
        (one) => one.check === id,
      );
      const subject = mute?.subject === null || mute === undefined ? '' : ` "${mute.subject}"`;
      await slack.typeCommand(requester.id, channel, `/peering unmute ${cluster} ${id}${subject}`);
    }
    await waitFor('no mute', async () => (await active()).length === 0 || undefined);
  });
});
