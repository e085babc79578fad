import { measureProcess } from './processes';
import type { ChaosStage } from './stage';

/** The use of resources at one moment. */
export interface ResourceSample {
  /** Of all processes of the bot together, with the processes that they started. */
  readonly memoryMiB: number;
  readonly sockets: number;
  readonly redisKeys: number;
  readonly redisMiB: number;
}

export const measureStage = async ({ fleet, admin }: ChaosStage): Promise<ResourceSample> => {
  const processes = [...fleet.running('bot'), ...fleet.running('worker')].map(({ pid }) =>
    measureProcess(pid),
  );
  const info = await admin.info('memory');
  return {
    memoryMiB: Math.round(processes.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0)),
    sockets: processes.reduce((sum, { sockets }) => sum + sockets, 0),
    redisKeys: await admin.dbsize(),
    redisMiB: Math.round(Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0) / 104_857.6) / 10,
  };
};
