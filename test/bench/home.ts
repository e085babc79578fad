import { people } from '../../sandbox/workspace/people';
import { startWorkspace } from '../../sandbox/workspace/workspace';
import { connectRedis, parseRedisUrl } from '../../src/redis/connect';
import { createReports } from '../../src/features/history/reports.store';
import { waitFor } from '../lab/process';
import { startRedis } from '../lab/redis';
import { startBotOn } from '../slack/bot';
import { ring, storeReports } from '../slack/stored';
import { median, ms, type Row, timed } from './table';
import { sealer } from '../sealer';

const clusterCount = 200;
const runs = 14;
const repeats = 15;

/**
 * App Home of 200 clusters with 14 stored runs each, from the event that somebody opens it until Slack has the view.
 * Beside it: loading the newest whole report of each of them, which is what it would take without the few words that
 * are kept beside the reports.
 */
export const benchHome = async (): Promise<readonly Row[]> => {
  const ends: (() => unknown)[] = [];
  try {
    const server = await startRedis();
    ends.push(server.stop);
    const slack = await startWorkspace();
    ends.push(slack.stop);
    const address = parseRedisUrl(server.url);
    if (!address.ok) throw new Error(address.error);
    const redis = connectRedis(address.value, 'asking');
    ends.push(() => redis.disconnect());
    await waitFor('redis', () => redis.status === 'ready');
    const history = { reports: 100, maxAgeMs: 30 * 86_400_000 };
    const clusters = ring(clusterCount);
    const reports = createReports(redis, sealer, history);
    await storeReports(reports, clusters, runs);
    const config = { clusters, access: { restrict: false, grants: [] }, history };
    ends.push(await startBotOn(slack, server.url, config, { uses: { roles: ['bot'], queues: [] } }));

    const published = (): number => slack.traffic.calls('views.publish').length;
    const open = async (): Promise<void> => {
      const before = published();
      await slack.openHome(people.requester.id);
      await slack.until(() => published() > before && slack.appHome(people.requester.id));
    };
    const first = await timed(open);
    const took: number[] = [];
    for (let at = 0; at < repeats; at += 1) took.push((await timed(open)).tookMs);
    const whole = await timed(async () => {
      for (const name of clusters.keys()) await reports.find(`${name}-${runs - 1}`);
    });
    const longest = Math.max(first.tookMs, ...took);
    return [
      {
        what: `App Home of ${clusterCount} clusters, opened until shown, from what is stored`,
        measured: `${ms(median(took))}, at most ${ms(longest)}`,
        beside: `loading a whole report of each ${ms(whole.tookMs)}`,
        limit: '1 s',
        holds: longest <= 1000,
      },
    ];
  } finally {
    for (const end of ends.toReversed()) await end();
  }
};
