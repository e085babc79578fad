import type { Redis } from 'ioredis';
import { createDefinitions } from '../../../src/features/digests/definitions.store';
import { createReports } from '../../../src/features/history/reports.store';
import { createMutes } from '../../../src/features/mutes/mutes.store';
import { createSubscriptions } from '../../../src/features/subscriptions/subscriptions.store';
import { keys } from '../../../src/redis/keys';
import type { RedisClient } from '../../../src/redis/redis';
import { createMessageRefs } from '../../../src/slack/api/message-refs.store';
import { missingPeer, reportOf } from '../../render/reports';
import { sealer } from '../../sealer';

/** Records as people and the bot store them, of two clusters and two channels, and what an attacker made of them. */

const day = 24 * 3_600_000;
const sides = [
  { cluster: 'prod', channel: 'CHOME' },
  { cluster: 'lab', channel: 'CLAB' },
] as const;

export const storeRecords = async (client: RedisClient) => {
  const redis = client as unknown as Redis;
  const reports = createReports(client, sealer, { reports: 10, maxAgeMs: day });
  const mutes = createMutes(client, sealer);
  const digests = createDefinitions(client, sealer);
  const subscriptions = createSubscriptions(client, sealer);
  const refs = createMessageRefs(client, sealer);
  const now = Date.now();
  /** Every value that was stored, by its source. */
  const stored = new Map<string, Set<string>>();
  const note = (source: string, value: unknown): void => {
    stored.set(source, (stored.get(source) ?? new Set()).add(JSON.stringify(value)));
  };

  /** Reads everything as the bot does, each value with its source. */
  const read = async (): Promise<readonly (readonly [string, unknown])[]> => {
    const found: (readonly [string, unknown])[] = [];
    const runs = (await redis.keys(keys.report('*'))).map((key) => key.slice(keys.report('').length));
    for (const run of runs) found.push([`report ${run}`, await reports.find(run)]);
    const clusters = sides.map(({ cluster }) => cluster);
    for (const [cluster, latest] of await reports.latest(clusters)) found.push([`latest ${cluster}`, latest]);
    for (const [cluster, list] of await reports.history(clusters, 10))
      for (const one of list) found.push([`history ${cluster} ${one.run}`, one]);
    for (const cluster of clusters)
      for (const mute of await mutes.of(cluster, now)) found.push([`mute ${cluster}`, mute]);
    for (const digest of await digests.all()) found.push([`digest ${digest.id}`, digest]);
    for (const one of await subscriptions.all())
      found.push([`subscription ${one.channel}/${one.cluster}`, one]);
    const refKeys = await redis.keys(keys.messageRef('*'));
    for (const name of refKeys.map((key) => key.slice(keys.messageRef('').length)))
      found.push([`ref ${name}`, await refs.find(name)]);
    return found.filter(([, value]) => value !== undefined);
  };

  /** Stores one of each kind for each cluster. */
  const store = async (round: number): Promise<void> => {
    for (const { cluster, channel } of sides) {
      const report = reportOf([{ id: 'upstream-destination-peer', findings: [missingPeer] }]);
      const startedAt = new Date(now + round).toISOString();
      await reports.save(`${cluster}-${round}`, {
        ...report,
        startedAt,
        cluster: { ...report.cluster, name: cluster },
      });
      await mutes.add(cluster, {
        check: `check-of-${cluster}`,
        subject: null,
        by: 'U1',
        reason: 'known',
        createdMs: now,
        untilMs: now + day,
      });
      await digests.add({
        channel,
        team: 'T1',
        owner: 'U1',
        clusters: [cluster],
        when: { cron: '0 9 * * *', zone: 'UTC', words: 'daily 9:00' },
        onlyChanges: false,
        activeSince: now,
        request: `digest-${cluster}-${round}`,
      });
      await subscriptions.put(
        {
          cluster,
          channel,
          team: 'T1',
          owner: 'U1',
          severity: 'error',
          check: null,
          peer: null,
          everyMs: 60_000,
          broadcast: true,
        },
        now,
      );
      await refs.posted(`answer-${cluster}-${round}`, { channel, ts: `${round}.1` });
    }
    for (const [source, value] of await read()) note(source, value);
  };

  return {
    store,
    /** Names the sources of values that the bot reads although it stored no such value there. */
    forged: async (): Promise<readonly string[]> =>
      (await read())
        .filter(([source, value]) => stored.get(source)?.has(JSON.stringify(value)) !== true)
        .map(([source]) => source),
  };
};
