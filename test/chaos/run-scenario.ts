import { setTimeout as sleep } from 'node:timers/promises';
import { applyFaults } from './apply-faults';
import {
  type DueDigest,
  evaluateDigests,
  evaluateRequests,
  isClean,
  type MadeRequest,
  type Observed,
  type Outcome,
} from './evaluate';
import { createRequestMaker, type RequestMaker } from './make-requests';
import { measureStage, type ResourceSample } from './measure';
import type { RandomSource } from './random';
import type { Scenario } from './scenario';
import { type ChaosStage, clusterCount, clusterName } from './stage';

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly outcome: Outcome;
  readonly after: ResourceSample;
}

/** Ids of requests by the person who made them, from the log of the bots. */
const requestIds = (log: string): ReadonlyMap<string, string> =>
  new Map(
    log.split('\n').flatMap((line): [string, string][] => {
      if (!line.includes('"msg":"request"')) return [];
      const user = /"user":"([^"]+)"/.exec(line)?.[1];
      const id = /"request":"([^"]+)"/.exec(line)?.[1];
      return user === undefined || id === undefined ? [] : [[user, id]];
    }),
  );

/** Waits until an evaluation is clean and complete and nothing changes any more, or for `patienceMs` at most. */
const awaitOutcome = async (
  { patienceMs, quietMs }: Scenario,
  stage: ChaosStage,
  evaluate: () => Outcome,
): Promise<Outcome> => {
  const end = Date.now() + patienceMs;
  for (;;) {
    const quiet = Date.now() - stage.recorder.changedAt() >= quietMs;
    const outcome = evaluate();
    if ((quiet && isClean(outcome)) || Date.now() >= end) return outcome;
    await sleep(1000);
  }
};

export const createScenarioRunner = (stage: ChaosStage, random: RandomSource) => {
  const maker = createRequestMaker(stage, random);
  let right: Observed['right'] = new Map();

  const observed = (since: number): Observed => ({
    messages: stage.recorder.all().filter(({ texts }) => (texts[0]?.at ?? 0) >= since),
    calls: stage.slackProxy.calls.filter(({ at }) => at >= since),
    right,
  });

  const runCommands = async (scenario: Scenario, requests: Parameters<RequestMaker['commands']>[0]) => {
    const since = Date.now();
    const [made] = await Promise.all([maker.commands(requests), applyFaults(scenario, stage, random)]);
    return awaitOutcome(scenario, stage, () => {
      const ids = requestIds(stage.fleet.output('bot'));
      const known = made.map((request): MadeRequest => ({ ...request, id: ids.get(request.user) }));
      return evaluateRequests(known, observed(since));
    });
  };

  const runDigests = async (scenario: Scenario, requests: Parameters<RequestMaker['digests']>[0]) => {
    const since = Date.now();
    const due: readonly DueDigest[] = await maker.digests(requests);
    await stage.saveRedis();
    await applyFaults(scenario, stage, random);
    await sleep(Math.max(0, (due[0]?.at ?? 0) - Date.now()));
    const outcome = await awaitOutcome(scenario, stage, () => evaluateDigests(due, observed(since)));
    await maker.removeDigests();
    return outcome;
  };

  return {
    /** Learns the right answers, while nothing is wrong. */
    warmUp: async (): Promise<void> => {
      const since = Date.now();
      const made = await maker.commands({ kind: 'commands', count: 2, overMs: 0 });
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
      right = new Map(
        Array.from({ length: clusterCount }, (_, index) => {
          const side = index % 2;
          return [clusterName(index), (sides[side] ?? '').replaceAll(clusterName(side), clusterName(index))];
        }),
      );
    },
    run: async (scenario: Scenario): Promise<ScenarioResult> => {
      const { requests } = scenario;
      const outcome =
        requests.kind === 'commands'
          ? await runCommands(scenario, requests)
          : await runDigests(scenario, requests);
      // The next scenario starts with all processes, whatever this one killed.
      for (const [role, count] of [
        ['bot', 2],
        ['worker', 3],
      ] as const) {
        while (stage.fleet.running(role).length < count) await stage.fleet.start(role);
      }
      return { scenario, outcome, after: await measureStage(stage) };
    },
  };
};
