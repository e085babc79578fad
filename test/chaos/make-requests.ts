import { setTimeout as sleep } from 'node:timers/promises';
import { people } from '../../sandbox/workspace/people';
import { connectRedis, parseRedisUrl } from '../../src/redis/connect';
import { createDefinitions } from '../../src/features/digests/definitions.store';
import { createDigestRuns } from '../../src/features/digests/runs.store';
import { sealer } from '../sealer';
import { digestChannel, type DueDigest, type MadeRequest } from './evaluate';
import type { RandomSource } from './random';
import type { ChaosRequests } from './scenario';
import {
  channelCount,
  channelId,
  type ChaosStage,
  clusterCount,
  clusterName,
  spareChannels,
  personId,
  stalledClusterCount,
} from './stage';

type Commands = Extract<ChaosRequests, { kind: 'commands' }>;

/** A request before the logs of the bots were read. */
type Made = Omit<MadeRequest, 'id' | 'botKilled'>;

/** Makes requests as people that made none before, so that no two answers can be confused. */
export interface RequestMaker {
  readonly commands: (requests: Commands, random: RandomSource) => Promise<readonly Made[]>;
  /** Sends one command in a channel of its own. */
  readonly probe: () => Promise<Made>;
  /** Sends a command for one cluster of each side, in channels of their own. */
  readonly forEachSide: () => Promise<readonly Made[]>;
  readonly digests: (requests: Extract<ChaosRequests, { kind: 'digests' }>) => Promise<readonly DueDigest[]>;
  /** Removes the digests, so that they come due no more. */
  readonly removeDigests: () => Promise<void>;
}

export const createRequestMaker = (stage: ChaosStage): RequestMaker => {
  let nextPerson = 0;
  let nextDigest = 0;

  const one = async (
    index: number,
    stalled: number,
    channel = channelId((index + Math.floor(index / clusterCount)) % channelCount),
  ): Promise<Made> => {
    const user = personId(nextPerson++);
    const firstStalled = clusterCount - stalledClusterCount;
    const isStalled = index % clusterCount >= clusterCount - stalled;
    // No two requests that run at once are of one cluster in one channel: the second would join the first.
    const cluster = clusterName(stalled > 0 ? index % clusterCount : index % firstStalled);
    const at = Date.now();
    const { ack, error } = await stage.slack.typeCommand(user, channel, `/peering check ${cluster}`);
    const text = ack?.['text'];
    const acknowledged = typeof text === 'string' ? text : '';
    return { user, channel, cluster, at, error, acknowledged, stalled: isStalled };
  };

  return {
    commands: async ({ count, overMs, stalledClusters = 0 }, random) => {
      const jitters = Array.from({ length: count }, () => (overMs === 0 ? 0 : random.next() * 0.5));
      return Promise.all(
        jitters.map(async (jitter, index) => {
          await sleep(((index + jitter) * overMs) / count);
          return one(index, stalledClusters);
        }),
      );
    },
    probe: () => one(nextPerson, 0, spareChannels[0]),
    forEachSide: () => Promise.all([0, 1].map((side) => one(side, 0, spareChannels[side + 1]))),
    digests: async ({ count, inMs }) => {
      const redis = openDirectly(stage);
      const definitions = createDefinitions(redis, sealer);
      const due = new Date(Math.ceil((Date.now() + inMs) / 60_000) * 60_000);
      const added: DueDigest[] = [];
      for (let index = 0; index < count; index++) {
        const channel = digestChannel(nextDigest++);
        const clusters = [clusterName(index % 20), clusterName((index + 1) % 20)];
        stage.slack.state.channels.set(channel, {
          id: channel,
          name: channel.toLowerCase(),
          kind: 'public',
          shared: false,
          archived: false,
          members: new Set([people.bot.id, people.requester.id]),
        });
        const { id } = await definitions.add({
          channel,
          team: stage.slack.teamId,
          owner: people.requester.id,
          clusters,
          when: {
            cron: `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`,
            zone: 'UTC',
            words: 'every day',
          },
          onlyChanges: false,
          activeSince: Date.now() - 1000,
          request: channel,
        });
        added.push({ id, channel, clusters, at: due.getTime() });
      }
      redis.disconnect();
      return added;
    },
    removeDigests: async () => {
      const redis = openDirectly(stage);
      const definitions = createDefinitions(redis, sealer);
      const runs = createDigestRuns(redis, sealer);
      for (const definition of await definitions.all()) {
        await definitions.remove(definition);
        await runs.forget(definition.id);
      }
      redis.disconnect();
    },
  };
};

const openDirectly = ({ redis }: ChaosStage) => {
  const address = parseRedisUrl(redis.url);
  if (!address.ok) throw new Error(address.error);
  return connectRedis(address.value, 'working');
};
