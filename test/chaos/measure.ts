import { measureProcess } from './processes';
import type { ChaosStage } from './stage';

/** The use of resources at one moment. */
export interface ResourceSample {
  /** Of all processes of a role together, with the processes that they started. */
  readonly botMiB: number;
  readonly workerMiB: number;
  /** Of the bots and workers: connections to Slack and Redis. */
  readonly sockets: number;
  /** Of the processes that check clusters: connections to Consul, which close 30 s after they were last used. */
  readonly consulSockets: number;
  /** Keys without a time to live. */
  readonly lastingKeys: number;
  /** Keys that expire by themselves. */
  readonly expiringKeys: number;
  readonly redisMiB: number;
}

export const measureStage = async ({ fleet, admin }: ChaosStage): Promise<ResourceSample> => {
  const measure = (role: 'bot' | 'worker') => fleet.running(role).map(({ pid }) => measureProcess(pid));
  const [bots, workers] = [measure('bot'), measure('worker')];
  const memoryOf = (processes: ReturnType<typeof measure>): number =>
    Math.round(processes.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0));
  const info = await admin.info();
  const read = (pattern: RegExp): number => Number(pattern.exec(info)?.[1] ?? 0);
  const expiringKeys = read(/^db0:.*expires=(\d+)/m);
  return {
    botMiB: memoryOf(bots),
    workerMiB: memoryOf(workers),
    sockets: [...bots, ...workers].reduce((sum, { sockets }) => sum + sockets, 0),
    consulSockets: [...bots, ...workers].reduce((sum, { socketsBelow }) => sum + socketsBelow, 0),
    lastingKeys: read(/^db0:keys=(\d+)/m) - expiringKeys,
    expiringKeys,
    redisMiB: Math.round(read(/^used_memory:(\d+)/m) / 104_857.6) / 10,
  };
};
