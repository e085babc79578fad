import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../lab/process';
import { applyFaults } from './apply-faults';
import {
  addOutcomes,
  type DueDigest,
  evaluateAll,
  evaluateDigests,
  evaluateRequests,
  isClean,
  type MadeRequest,
  type Observed,
  type Outcome,
} from './evaluate';
import { createRequestMaker } from './make-requests';
import type { RandomSource } from './random';
import type { RecordedMessage } from './record-messages';
import type { ChaosRequests, Scenario } from './scenario';
import { type ChaosStage, clusterCount, clusterName } from './stage';
import { threadOf } from './threads';

export interface ScenarioResult {
  readonly scenario: Scenario;
  /** Commands and digests together. */
  readonly outcome: Outcome;
  readonly commands: number;
  readonly digests: number;
  /** Time of a command without faults just before it, in ms. */
  readonly probeMs: number;
}

/** Time of a command without faults on a machine that is otherwise idle, in ms. */
const idleProbeMs = 2000;
/** Waits grow with the time of a command without faults, up to this factor. */
const maxSlowness = 6;
const maxProbeMs = 180_000;
/** A thread is complete when nothing was posted for this time, in ms, on a machine that nothing else keeps busy. */
const threadQuietMs = 6000;

type Unevaluated = Omit<MadeRequest, 'id' | 'botKilled'>;

export const createScenarioRunner = (stage: ChaosStage) => {
  const maker = createRequestMaker(stage);
  const right = new Map<string, string>();
  const rightThreads = new Map<string, readonly string[]>();
  let rightDigestThread: readonly string[] | undefined;
  /** Ids of requests, and of the processes that took them, by the person who made them: from the log of the bots. */
  const taken = new Map<string, { readonly id: string; readonly pid: number }>();

  const readIds = (): void => {
    for (const line of stage.fleet.newOutput('bot').split('\n')) {
      if (!line.includes('"msg":"request"')) continue;
      const user = /"user":"([^"]+)"/.exec(line)?.[1];
      const id = /"request":"([^"]+)"/.exec(line)?.[1];
      const pid = Number(/"pid":(\d+)/.exec(line)?.[1]);
      if (user !== undefined && id !== undefined) taken.set(user, { id, pid });
    }
  };
  const observed = (since: number): Observed => ({
    messages: stage.recorder.all().filter(({ texts }) => (texts[0]?.at ?? 0) >= since),
    calls: stage.slackProxy.calls.filter(({ at }) => at >= since),
    right,
    rightThreads,
    rightDigestThread,
  });
  const evaluateCommands = (made: readonly Unevaluated[], since: number): Outcome => {
    readIds();
    return evaluateRequests(
      made.map((request): MadeRequest => {
        const { id, pid = 0 } = taken.get(request.user) ?? { id: undefined };
        return { ...request, id, botKilled: stage.fleet.killed.has(pid) };
      }),
      observed(since),
    );
  };

  /** Sends one command while nothing fails. Returns the time until its answer, which tells how busy the machine is. */
  const probe = async (): Promise<{ readonly ms: number; readonly outcome: Outcome }> => {
    const since = Date.now();
    const made = [await maker.probe()];
    for (;;) {
      const outcome = evaluateCommands(made, since);
      const ms: number = outcome.answerMs[0] ?? Date.now() - since;
      if ((isClean(outcome) && outcome.answerMs.length > 0) || ms > maxProbeMs) return { ms, outcome };
      // It went to a connection that is dead, for example: nobody answers it.
      if (outcome.accepted === 0) {
        await sleep(500);
        return probe();
      }
      await sleep(100);
    }
  };
  const slownessAt = (ms: number): number => Math.min(maxSlowness, Math.max(1, ms / idleProbeMs));

  /** Waits until all is right and complete and nothing changes any more, or until the patience is over. */
  const awaitOutcome = async (
    { patienceMs, quietMs }: Scenario,
    probeMs: number,
    evaluate: () => Outcome,
  ): Promise<Outcome> => {
    const begun = Date.now();
    let slowness = slownessAt(probeMs);
    for (;;) {
      const quiet = Date.now() - stage.recorder.changedAt() >= quietMs;
      const outcome = evaluate();
      if (quiet && isClean(outcome)) return outcome;
      if (Date.now() - begun >= patienceMs * slowness) {
        // The machine may have become busier since.
        const now = slownessAt((await probe()).ms);
        if (now <= slowness) return evaluate();
        slowness = now;
      }
      await sleep(1000);
    }
  };

  /** The next scenario starts with all processes, whatever this one killed. */
  const awaitProcesses = () =>
    waitFor(
      'all processes to run again',
      () => stage.fleet.running('bot').length >= 2 && stage.fleet.running('worker').length >= 3,
      { timeoutMs: 60_000 },
    );

  return {
    /** Learns the right answers while nothing is wrong, and the right digest if the plan has any. */
    warmUp: async ({ withDigest }: { readonly withDigest: boolean }): Promise<void> => {
      const since = Date.now();
      const made = await maker.forEachSide();
      const answer = (channel = '', withinMs = 60_000): Promise<RecordedMessage> =>
        stage.slack.until(
          () =>
            observed(since).messages.find(
              (message) =>
                message.channel === channel &&
                message.threadTs === undefined &&
                message.texts.at(-1)?.text.startsWith('⏳') === false,
            ),
          'an answer without faults',
          withinMs,
        );
      const thread = async (message: RecordedMessage): Promise<readonly string[]> => {
        await waitFor('the thread', () => Date.now() - stage.recorder.changedAt() >= threadQuietMs, {
          timeoutMs: 60_000,
        });
        const contents = threadOf(message, observed(since).messages);
        if (contents.length === 0) throw new Error('the right answer has no thread to compare others with');
        return contents;
      };
      const sides = [await answer(made[0]?.channel), await answer(made[1]?.channel)] as const;
      for (let index = 0; index < clusterCount; index++) {
        const side = index % 2 === 0 ? sides[0] : sides[1];
        const text = side.texts.at(-1)?.text.split('\n', 1)[0] ?? '';
        right.set(clusterName(index), text.replaceAll(clusterName(index % 2), clusterName(index)));
        rightThreads.set(clusterName(index), await thread(side));
      }
      if (!withDigest) return;
      const [digest] = await maker.digests({ kind: 'digests', count: 1, inMs: 1000 });
      if (digest === undefined) return;
      rightDigestThread = await thread(await answer(digest.channel, 120_000));
      await maker.removeDigests();
    },

    run: async (scenario: Scenario, random: RandomSource): Promise<ScenarioResult> => {
      const probed = await probe();
      const since = Date.now();
      const ofKind = <Kind extends ChaosRequests['kind']>(kind: Kind) =>
        scenario.requests.filter(
          (requests): requests is Extract<ChaosRequests, { readonly kind: Kind }> => requests.kind === kind,
        );
      const due: DueDigest[] = [];
      for (const requests of ofKind('digests')) due.push(...(await maker.digests(requests)));
      if (scenario.steps.some(({ fault }) => fault.kind === 'restore')) await stage.saveRedis();
      const [made] = await Promise.all([
        Promise.all(ofKind('commands').map((requests) => maker.commands(requests, random))),
        applyFaults(scenario, stage, random),
      ]);
      await sleep(Math.max(0, Math.max(...due.map(({ at }) => at)) - Date.now()));
      const evaluate = () =>
        [evaluateCommands(made.flat(), since), evaluateDigests(due, observed(since))] as const;
      const outcome = await awaitOutcome(scenario, probed.ms, () => addOutcomes(evaluate()));
      const [commands, digests] = evaluate();
      if (due.length > 0) await maker.removeDigests();
      await awaitProcesses();
      stage.recorder.shorten(since);
      return {
        scenario,
        outcome: addOutcomes([probed.outcome, outcome]),
        commands: probed.outcome.accepted + commands.accepted,
        digests: digests.accepted,
        probeMs: probed.ms,
      };
    },

    /** Reads everything that was ever posted once more. */
    readAgain: () => evaluateAll(observed(0)),
  };
};
