import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findUnboundedKeys } from '../redis/key-bounds';
import { isClean } from './evaluate';
import { measureStage } from './measure';
import { makeMixture } from './mixtures';
import { readOptions } from './options';
import { createRandom } from './random';
import { createScenarioRunner, type ScenarioResult } from './run-scenario';
import type { Scenario } from './scenario';
import { startStage } from './stage';
import { renderOutcomes, renderResources } from './table';

/** `npm run chaos`: real processes and servers under faults; the exit status is 1 where a request went wrong. */
const main = async (): Promise<number> => {
  const options = readOptions(process.argv.slice(2), Date.now() % 1_000_000);
  if (!options.ok) {
    process.stderr.write(`${options.error}\n`);
    return 2;
  }
  const { seed, minutes } = options.value;
  const random = createRandom(seed);
  const end = Date.now() + minutes * 60_000;
  const logs = mkdtempSync(join(tmpdir(), 'peering-bot-chaos-logs-'));
  process.stdout.write(`seed ${seed}; the logs of the bot are in ${logs}\n`);
  const stage = await startStage(random, logs);
  const results: ScenarioResult[] = [];
  let unbounded: readonly string[] = [];
  try {
    const { warmUp, run } = createScenarioRunner(stage, random);
    await warmUp();
    const before = await measureStage(stage);
    const runOne = async (scenario: Scenario): Promise<void> => {
      process.stdout.write(`${new Date().toISOString()} ${scenario.name} …\n`);
      const result = await run(scenario);
      results.push(result);
      for (const problem of result.outcome.problems) process.stdout.write(`    ${problem}\n`);
    };
    for (const scenario of options.value.scenarios) await runOne(scenario);
    while (Date.now() < end) await runOne(makeMixture(random));
    unbounded = await findUnboundedKeys(stage.admin);
    for (const line of unbounded.slice(0, 20)) process.stdout.write(`    ${line}\n`);
    process.stdout.write(
      `\n${renderOutcomes(results)}\n\n${renderResources(before, results)}\n\nseed ${seed}\n`,
    );
  } finally {
    await stage.stop();
  }
  return unbounded.length === 0 && results.every(({ outcome }) => isClean(outcome)) ? 0 : 1;
};

void main().then((status) => process.exit(status));
