import { setTimeout as sleep } from 'node:timers/promises';
import { people } from '../../sandbox/workspace/people';
import { connectRedis, parseRedisUrl } from '../../src/redis/connect';
import { createDefinitions } from '../../src/features/digests/definitions.store';
import { sealer } from '../sealer';
import type { DueDigest, MadeRequest } from './evaluate';
import type { RandomSource } from './random';
import type { ChaosRequests } from './scenario';
import {
  channelCount,
  channelId,
  type ChaosStage,
  clusterCount,
  clusterName,
  personId,
  stalledClusterCount,
} from './stage';

type Commands = Extract<ChaosRequests, { kind: 'commands' }>;

/** Makes requests as people that made none before, so that no two answers can be confused. */
export interface RequestMaker {
  readonly commands: (requests: Commands) => Promise<readonly Omit<MadeRequest, 'id'>[]>;
  readonly digests: (requests: Extract<ChaosRequests, { kind: 'digests' }>) => Promise<readonly DueDigest[]>;
  /** Removes the digests, so that they come due no more. */
  readonly removeDigests: () => Promise<void>;
}

export const createRequestMaker = (stage: ChaosStage, random: RandomSource): RequestMaker => {
  let nextPerson = 0;
  let nextDigest = 0;

  const one = async (index: number, stalled: number): Promise<Omit<MadeRequest, 'id'>> => {
    const user = personId(nextPerson++);
    const firstStalled = clusterCount - stalledClusterCount;
    const isStalled = index % clusterCount >= clusterCount - stalled;
    // No two requests that run at once are of one cluster in one channel: the second would join the first.
    const cluster = clusterName(stalled > 0 ? index % clusterCount : index % firstStalled);
    const channel = channelId((index + Math.floor(index / clusterCount)) % channelCount);
    const at = Date.now();
    const { ack, error } = await stage.slack.typeCommand(user, channel, `/peering check ${cluster}`);
    const text = ack?.['text'];
    const acknowledged = typeof text === 'string' ? text : '';
    return { user, channel, cluster, at, error, acknowledged, stalled: isStalled };
  };

  return {
    commands: async ({ count, overMs, stalledClusters = 0 }) =>
      Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const jitter = overMs === 0 ? 0 : random.next() * 0.5;
          await sleep(((index + jitter) * overMs) / count);
          return one(index, stalledClusters);
        }),
      ),
    digests: async ({ count, inMs }) => {
      const redis = openDirectly(stage);
      const definitions = createDefinitions(redis, sealer);
      const due = new Date(Math.ceil((Date.now() + inMs) / 60_000) * 60_000);
      const added: DueDigest[] = [];
      for (let index = 0; index < count; index++) {
        const channel = `C9DIGEST${String(nextDigest++).padStart(4, '0')}`;
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
          clusters: [clusterName(index % 20), clusterName((index + 1) % 20)],
          when: {
            cron: `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`,
            zone: 'UTC',
            words: 'every day',
          },
          onlyChanges: false,
          activeSince: Date.now() - 1000,
          request: channel,
        });
        added.push({ id, channel, owner: people.requester.id, at: due.getTime() });
      }
      redis.disconnect();
      return added;
    },
    removeDigests: async () => {
      const redis = openDirectly(stage);
      const definitions = createDefinitions(redis, sealer);
      for (const definition of await definitions.all()) await definitions.remove(definition);
      redis.disconnect();
    },
  };
};

const openDirectly = ({ redis }: ChaosStage) => {
  const address = parseRedisUrl(redis.url);
  if (!address.ok) throw new Error(address.error);
  return connectRedis(address.value, 'working');
};
