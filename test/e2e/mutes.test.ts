import { resolve } from 'node:path';
import { inputAction } from '../../src/render/slack/form';
import { runButtons } from '../../src/features/history/run-buttons';
import { muteButtons } from '../../src/features/mutes/mute-buttons';
import { muteFields, muteScopes } from '../../src/features/mutes/mutes.message';
import { readRecordings, type ServedCluster, serveRecording } from '../../sandbox/demo/recording';
import { channels, people } from '../../sandbox/workspace/people';
import { elementsIn } from '../../sandbox/workspace/input';
import type { Workspace } from '../../sandbox/workspace/workspace';
import { causesOf } from '../../src/report/causes';
import type { Report } from '../../src/report/report';
import type { RedisClient } from '../../src/redis/redis';
import { createMutes } from '../../src/features/mutes/mutes.store';
import { createReports } from '../../src/features/history/reports.store';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { sealer } from '../sealer';
import { startBotStage } from './bot-stage';
import type { BotProcess } from './support';

jest.setTimeout(60_000);

const { requester, lead } = people;
const channel = channels.platform;
/** Several of its findings have causes of their own, and some follow from others. */
const cluster = 'prod-east';

describeWith(['redis'], 'muting, from button to verdict', () => {
  let served: ServedCluster;
  let redis: RedisClient;
  let slack: Workspace;
  let bot: BotProcess;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    const recordings = await readRecordings(resolve(__dirname, '../../sandbox/recordings'));
    const recording = recordings.find((one) => one.cluster === cluster);
    if (recording === undefined) throw new Error(`no recording of ${cluster}`);
    served = await serveRecording(recording, { token: 'recorded', delayMs: 0 });
    ends.push(served.stop);
    const options = {
      clusters: `clusters:
  ${cluster}: { address: '${served.address}', token: { env: CONSUL_TOKEN } }
access:
  - { allow: [mute, unmute, mutes], users: [${requester.id}] }
`,
      env: { CONSUL_TOKEN: 'recorded' },
    };
    ({ redis, slack, bot } = await startBotStage(options, ends));
  }, 60_000);
  afterAll(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const answers = () => slack.messages(channel).filter(({ text }) => text.includes('ready for peering'));
  const check = async () => {
    const before = answers().length;
    await slack.typeCommand(requester.id, channel, `/peering check ${cluster}`);
    await slack.until(() => answers().length > before, 'the answer', 30_000);
    // The thread follows the answer, one message a second; a check that is requested before its end joins this one.
    await waitFor(
      'the end of the check',
      () => bot.output().split('"job":"check-cluster","outcome"').length > before + 1,
      { timeoutMs: 30_000 },
    );
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

  /** The findings with a button to mute them in these blocks, as check and subject. */
  const offered = (blocks: unknown): readonly string[] =>
    elementsIn(blocks)
      .filter(({ element }) => element['action_id'] === muteButtons.ask.id)
      .map(({ element }) => muteButtons.ask.decode(String(element['value'])))
      .map((target) => `${target?.check} ${target?.subject}`)
      .toSorted();
  const offeredInThread = (answer: string) =>
    offered(slack.thread(answer).flatMap(({ blocks }) => blocks ?? []));
  /** The findings that count and follow from no other. */
  const countingIn = (report: Report): readonly string[] => {
    const causes = causesOf(report);
    return report.results
      .flatMap(({ id, findings }) =>
        findings
          .filter((one) => one.severity !== 'info' && one.muted === undefined && !causes.has(one))
          .map(({ subject }) => `${id} ${subject.name}`),
      )
      .toSorted();
  };

  it('mutes a finding from its thread and from the details, and the next check counts it no more', async () => {
    const before = await check();
    const counting = countingIn(before);
    expect(counting.length).toBeGreaterThan(2);
    const answer = answers()[0]?.ts ?? '';

    const thread = await slack.until(() => slack.thread(answer)[0], 'the thread');
    // The replies of an answer come one after the other.
    await slack.until(() => offeredInThread(answer).length >= counting.length, 'all replies');
    expect(offeredInThread(answer)).toEqual(counting);
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
    // Others follow from this one.
    const [cause] = new Set(causesOf(before).values());
    expect(cause?.check).not.toBe(first);
    const blocks = slack.views(requester.id).at(-1)?.content['blocks'];
    expect(offered(blocks)).toContain(`${cause?.check} ${cause?.finding.subject.name}`);
    const value = elementsIn(blocks)
      .filter(({ element }) => element['action_id'] === muteButtons.ask.id)
      .map(({ element }) => String(element['value']))
      .find((text) => muteButtons.ask.decode(text)?.check === cause?.check);
    await slack.click(requester.id, 'modal', muteButtons.ask.id, { value: value ?? '' });
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
    // The effects of the muted finding stand for themselves now, and can be muted as well.
    const left = countingIn(after);
    expect(left.filter((one) => !counting.includes(one))).not.toEqual([]);
    const latest = answers().at(-1)?.ts ?? '';
    await slack.until(() => offeredInThread(latest).length >= left.length, 'all replies');
    expect(offeredInThread(latest)).toEqual(left);
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
