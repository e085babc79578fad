import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, type RandomSource } from './random';
import type { ChaosFault, Scenario } from './scenario';
import type { ChaosStage } from './stage';

/** Does something now and then every `everyMs`, until the signal. */
const repeat = async (everyMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> => {
  while (!signal.aborted) {
    await work();
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
};

const stopAndContinue = async (pid: number, pauseMs: number): Promise<void> => {
  process.kill(pid, 'SIGSTOP');
  await sleep(pauseMs);
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It was killed meanwhile.
  }
};

/** Applies one fault until the signal, and ends it. */
const applyFault = async (
  fault: ChaosFault,
  stage: ChaosStage,
  random: RandomSource,
  signal: AbortSignal,
): Promise<void> => {
  const until = async (): Promise<void> => {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  };
  const { fleet, proxies, slackProxy } = stage;
  if (fault.kind === 'rules') {
    const end = slackProxy.addRules(fault.rules);
    await until();
    end();
    return;
  }
  if (fault.kind === 'restore') return stage.restoreRedis();
  if (fault.kind === 'crash' || fault.kind === 'read-only' || fault.kind === 'full') {
    const end = await stage.breakRedis(fault.kind);
    await until();
    return end();
  }
  if (fault.to === 'workers' || fault.to === 'bots') {
    const role = fault.to === 'workers' ? 'worker' : 'bot';
    return repeat(fault.everyMs, signal, async () => {
      const running = fleet.running(role);
      if (running.length === 0) return;
      const victim = random.pick(running);
      if (fault.kind === 'kill') await fleet.replace(role, victim);
      else await stopAndContinue(victim.pid, fault.pauseMs);
    });
  }
  const proxy = proxies[fault.to];
  if (fault.kind === 'black-hole') return proxy.blackHole((count) => random.between(0, count - 1));
  if (fault.kind === 'cut') return repeat(fault.everyMs, signal, async () => proxy.cut());
  if (fault.kind === 'delay') proxy.delay(fault.ms);
  if (fault.kind === 'refuse' || fault.kind === 'stall') proxy[fault.kind]();
  await until();
  return proxy.heal();
};

/** Applies the faults of a scenario at their times; resolves after the last one ended. */
export const applyFaults = async (
  { steps }: Pick<Scenario, 'steps'>,
  stage: ChaosStage,
  random: RandomSource,
): Promise<void> => {
  // Each step has a source of its own, so that its choices do not depend on when the others make theirs.
  const sources = steps.map(() => createRandom(random.between(0, 2 ** 31)));
  await Promise.all(
    steps.map(async ({ atMs, forMs = 0, fault }, index) => {
      await sleep(atMs);
      await applyFault(fault, stage, sources[index] ?? random, AbortSignal.timeout(Math.max(1, forMs)));
    }),
  );
};
