import { type QueueName, queueNames } from '../../config/process-uses';
import { probeQueueOf } from '../../config/probe-queue';
import { openQueue } from '../../queue/open-queue';
import { within } from '../../queue/within';
import { exposesPassword } from '../../config/plain-http';
import { connectRedis, parseRedisUrl, redisProblem } from '../../redis/connect';
import type { RedisClient } from '../../redis/redis';
import type { Sealer } from '../../signing/seal-record';
import { createDefinitions } from '../digests';
import { type DoctorLine, linesOf } from './finding';

const { ok, warning, problem, unknown } = linesOf('Redis');
const workers = linesOf('workers');

/** BullMQ needs streams commands of this version. */
const minVersion = [6, 2] as const;

/** Time that Redis has to answer, in ms. */
const patienceMs = 5_000;

/** The value of one line of INFO. */
const infoField = (info: string, field: string): string | undefined =>
  new RegExp(`^${field}:(.*)$`, 'mu').exec(info)?.[1]?.trim();

const versionLine = (info: string): DoctorLine => {
  const version = infoField(info, 'redis_version') ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNewEnough = major > minVersion[0] || (major === minVersion[0] && minor >= minVersion[1]);
  return isNewEnough
    ? ok(`Redis ${version} answers`)
    : problem(`Redis ${version} is too old`, `Use Redis ${minVersion.join('.')} or later`);
};

const evictionLine = (info: string): DoctorLine => {
  const policy = infoField(info, 'maxmemory_policy');
  if (policy === undefined) return unknown('the eviction policy is not visible');
  return policy === 'noeviction'
    ? ok('maxmemory-policy is noeviction')
    : problem(
        `maxmemory-policy is ${policy}: Redis may delete jobs and requests`,
        'Set maxmemory-policy noeviction',
      );
};

const persistenceLine = (info: string, save: string | undefined): DoctorLine => {
  if (infoField(info, 'aof_enabled') === '1') return ok('the append-only file is on');
  if (save === undefined) return unknown('Redis does not show whether it saves snapshots');
  return save.trim() === ''
    ? warning(
        'nothing is persisted: a restart of Redis loses digests, subscriptions, mutes and open requests',
        'Set appendonly yes',
      )
    : warning(
        'only snapshots are saved: a crash of Redis loses everything after the last one',
        'Set appendonly yes',
      );
};

/**
 * Examines Redis: version, eviction, persistence and password, and how many workers take jobs from each queue.
 *
 * @param vantagePoints names of second vantage points of probes, each of which has a queue
 * @param sealer absent if no valid signing key is set; then the channels of digests are not known
 */
export const examineRedis = async (
  url: string,
  sealer: Sealer | undefined,
  vantagePoints: readonly string[],
): Promise<{ readonly lines: readonly DoctorLine[]; readonly digestChannels: readonly string[] }> => {
  const address = parseRedisUrl(url);
  if (!address.ok) return { lines: [problem(address.error, 'Correct REDIS_URL')], digestChannels: [] };
  const redis = connectRedis(address.value, 'asking');
  // Problems are reported below; without a listener an error would end the process.
  redis.on('error', () => undefined);
  try {
    const failed = await redisProblem(redis, address.value, patienceMs);
    if (failed !== undefined) {
      return { lines: [problem(failed, 'Start Redis, or correct REDIS_URL')], digestChannels: [] };
    }
    const info = await redis.info();
    // Managed servers refuse CONFIG.
    const save = await redis
      .config('GET', 'save')
      .then((answer) => (answer as readonly string[])[1])
      .catch(() => undefined);
    return {
      lines: [
        versionLine(info),
        evictionLine(info),
        persistenceLine(info, save),
        address.value.password === undefined
          ? warning('Redis requires no password', 'Set requirepass or an ACL user, and name it in REDIS_URL')
          : ok('Redis requires a password'),
        ...(exposesPassword(address.value)
          ? [
              warning(
                'the password of Redis is sent to another machine in plain text',
                'Use rediss:// in REDIS_URL, unless that network is private',
              ),
            ]
          : []),
        ...(await Promise.all([
          ...queueNames.map((queue) =>
            workerLine(queue, redis, (fact) =>
              workers.problem(fact, `Run peering-bot start --queues ${queue}`),
            ),
          ),
          ...vantagePoints.map((name) =>
            workerLine(probeQueueOf(name), redis, (fact) =>
              workers.warning(
                `${fact}, so silent addresses are probed from the bot alone`,
                `Run peering-bot start --probe-from ${name} in another network, or remove probe.from from clusters.yml`,
              ),
            ),
          ),
        ])),
      ],
      digestChannels: sealer === undefined ? [] : await channelsOfDigests(redis, sealer),
    };
  } finally {
    redis.disconnect();
  }
};

/** Lists the channels of digests; none if the digests cannot be read, since here only the channels matter. */
const channelsOfDigests = async (redis: RedisClient, sealer: Sealer): Promise<readonly string[]> => {
  const digests = await createDefinitions(redis, sealer)
    .all()
    .catch(() => []);
  return digests.map(({ channel }) => channel);
};

const workerLine = async (
  name: QueueName,
  redis: RedisClient,
  lineOfNone: (fact: string) => DoctorLine,
): Promise<DoctorLine> => {
  const opened = openQueue(name, redis);
  const found = await within(patienceMs, opened.queue().getWorkersCount()).catch(() => undefined);
  await opened.close().catch(() => undefined);
  if (found === undefined) return workers.unknown(`the workers of the queue ${name} are not visible`);
  return found > 0
    ? workers.ok(`${found} ${found === 1 ? 'worker takes' : 'workers take'} jobs from the queue ${name}`)
    : lineOfNone(`no worker takes jobs from the queue ${name}`);
};
