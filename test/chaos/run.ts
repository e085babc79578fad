import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { missingBinaries } from '../lab/binaries';
import { findUnboundedKeys } from '../redis/key-bounds';
import { isClean } from './evaluate';
import { measureStage } from './measure';
import { makeMixture } from './mixtures';
import { readOptions } from './options';
import { createRandom } from './random';
import { createScenarioRunner, type ScenarioResult } from './run-scenario';
import type { Scenario } from './scenario';
import { startStage } from './stage';
import {
  maxUnavoidable,
  type NamedSample,
  renderByFault,
  renderOutcomes,
  renderResources,
  sumOf,
} from './table';

/** Minutes of mixtures from which on a run is for its figures. */
const figuresMinutes = 10;
/** Longer than an unused connection to Consul stays open, in ms. */
const idleMs = 35_000;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** `npm run chaos`: real processes and servers under faults; the exit status is 1 where a request went wrong. */
const main = async (): Promise<number> => {
  const options = readOptions(process.argv.slice(2), Date.now() % 1_000_000);
  if (!options.ok) {
    process.stderr.write(`${options.error}\n`);
    return 2;
  }
  const { seed, minutes, mixtures, scenarios, short } = options.value;
  const missing = missingBinaries(['consul', 'redis']);
  if (short && missing.length > 0 && !process.env['CI']) {
    print(`left out: this machine has no ${missing.join(' and no ')}`);
    return 0;
  }
  const logs = mkdtempSync(join(tmpdir(), 'peering-bot-chaos-logs-'));
  print(`seed ${seed}; the logs of the bot are in ${logs}`);
  const stage = await startStage(createRandom(seed), logs);
  const results: ScenarioResult[] = [];
  try {
    const { warmUp, run, readAgain } = createScenarioRunner(stage);
    const planned = scenarios.flatMap(({ requests }) => requests);
    await warmUp({
      withDigest: mixtures > 0 || minutes > 0 || planned.some(({ kind }) => kind === 'digests'),
    });
    const samples: NamedSample[] = [];
    const takeSample = async (name: string): Promise<void> => {
      // In a run for its figures, what is merely idle closes first.
      if (minutes >= figuresMinutes) await sleep(idleMs);
      samples.push({ name, answers: sumOf(results).accepted, sample: await measureStage(stage) });
    };
    await takeSample('before');
    const runOne = async (scenario: Scenario): Promise<void> => {
      print(`${new Date().toISOString()} ${scenario.name} …`);
      const result = await run(scenario, createRandom(seed + 7919 * results.length));
      results.push(result);
      const { lost, stuck, doubled, untrue, problems } = result.outcome;
      print(
        `    ${result.commands} commands, ${result.digests} digests, ${lost} lost, ${stuck} stuck, ${doubled} doubled, ${untrue} false`,
      );
      for (const problem of problems) print(`    ${problem}`);
      const all = sumOf(results);
      print(
        `    so far ${all.accepted} accepted, ${all.lost + all.stuck + all.doubled + all.untrue} not as promised`,
      );
    };
    for (const scenario of scenarios) await runOne(scenario);
    const begun = Date.now();
    const goneMs = (): number => Date.now() - begun;
    const forMs = minutes * 60_000;
    for (let number = 0; number < mixtures || goneMs() < forMs; number++) {
      await runOne(makeMixture(seed, number));
      if (number === 0) await takeSample('beginning');
      else if (samples.length < 3 && goneMs() > forMs / 2) await takeSample('middle');
    }
    await takeSample('end');
    const reread = readAgain();
    const unbounded = await findUnboundedKeys(stage.admin);
    for (const line of [...reread.problems, ...unbounded.slice(0, 20)]) print(`    ${line}`);
    print(
      [
        '',
        renderOutcomes(results),
        renderByFault(results),
        renderResources(samples),
        `All messages read again at the end: ${reread.stuck} stuck, ${reread.doubled} doubled, ${reread.unavoidable} doubled, unavoidable.`,
        `seed ${seed}`,
      ].join('\n\n'),
    );
    return unbounded.length === 0 &&
      reread.stuck + reread.doubled === 0 &&
      sumOf(results).unavoidable <= maxUnavoidable(results) &&
      results.every(({ outcome }) => isClean(outcome))
      ? 0
      : 1;
  } finally {
    await stage.stop();
  }
};

void main().then((status) => process.exit(status));
