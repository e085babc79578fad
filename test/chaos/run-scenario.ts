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
import type { ChaosRequests, Scenario } from './scenario';
import { type ChaosStage, clusterCount, clusterName } from './stage';

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

type Unevaluated = Omit<MadeRequest, 'id'>;

export const createScenarioRunner = (stage: ChaosStage) => {
  const maker = createRequestMaker(stage);
  const right = new Map<string, string>();
  /** Ids of requests by the person who made them, from the log of the bots. */
  const ids = new Map<string, string>();

  const readIds = (): void => {
    for (const line of stage.fleet.newOutput('bot').split('\n')) {
      if (!line.includes('"msg":"request"')) continue;
      const user = /"user":"([^"]+)"/.exec(line)?.[1];
      const id = /"request":"([^"]+)"/.exec(line)?.[1];
      if (user !== undefined && id !== undefined) ids.set(user, id);
    }
  };
  const observed = (since: number): Observed => ({
    messages: stage.recorder.all().filter(({ texts }) => (texts[0]?.at ?? 0) >= since),
    calls: stage.slackProxy.calls.filter(({ at }) => at >= since),
    right,
  });
  const evaluateCommands = (made: readonly Unevaluated[], since: number): Outcome => {
    readIds();
    return evaluateRequests(
      made.map((request): MadeRequest => ({ ...request, id: ids.get(request.user) })),
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
      if (outcome.accepted === 0) return probe();
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
    /** Learns the right answers, while nothing is wrong. */
    warmUp: async (): Promise<void> => {
      const since = Date.now();
      const made = await maker.forEachSide();
      const answer = async (index: number): Promise<string> => {
        const text = await stage.slack.until(
          () =>
            observed(since)
              .messages.filter(
                ({ channel, threadTs }) => channel === made[index]?.channel && threadTs === undefined,
              )
              .map(({ texts }) => texts.at(-1)?.text ?? '')
              .find((last) => !last.startsWith('⏳')),
          'an answer without faults',
          60_000,
        );
        return text.split('\n', 1)[0] ?? '';
      };
      const sides = [await answer(0), await answer(1)] as const;
      for (let index = 0; index < clusterCount; index++) {
        const side = index % 2;
        right.set(clusterName(index), (sides[side] ?? '').replaceAll(clusterName(side), clusterName(index)));
      }
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
