import { type Scenery, startScenery } from '../features/approvals/stage';
import { describeWith } from '../lab/binaries';
import { type Moment, moments } from '../lab/recorder';
import { bystanders, type Kind, type Server, type Trial, withTrial, wrongWith } from './approvals-stage';

/**
 * Workers that die at every external call. A recorder before each cluster and before Slack lists the calls of a
 * healthy run; then one worker process after another is killed (SIGKILL) right before a call, after its effect and
 * before its answer, and after its answer, and another one is started. Whatever happened, the request must end,
 * what its card says must be true, nothing may be left half done, and what was there before must stand as it was.
 */

interface Point {
  readonly server: Server;
  readonly line: string;
  readonly nth: number;
  readonly moment: Moment;
}

const writing = /^(?:DELETE|PUT|POST \/v1\/peering|POST \/api\/(?:chat|views)\.)/;

/**
 * Reads of the check that follows a run, in a process of its own: nothing is written after them, and the stage does not make
 * them.
 */
const ofCheck =
  /^(?:GET|POST) \/v1\/(?:catalog|connect\/ca|coordinate|discovery-chain|exported-services|health|operator|query|status)\b|^GET \/v1\/(?:acl\/(?!token\/self)|config\/(?!exported-services))/;

/** Kinds of requests whose workers die in one file of tests. */
export interface Deaths {
  /** By kind, writes that a run makes; workers die at each of them. */
  readonly writes: readonly (readonly [kind: Kind, lines: readonly string[]])[];
  /** Kinds of requests whose reads are tested as well. */
  readonly reads: readonly Kind[];
  /** Pairs of clusters. */
  readonly pairs: number;
  /** Workers that die at once at a pair: most of the time passes until the next one notices. */
  readonly atOnce: number;
}

/** A pair of clusters, and what was in it before. */
interface Pair {
  readonly scenery: Scenery;
  readonly before: unknown;
}

/** Registers the tests of these kinds. */
export const describeDeaths = ({ writes: kinds, reads: readingKinds, pairs, atOnce }: Deaths): void =>
  describeWith(['redis', 'consul'], 'a worker that dies', () => {
    let startedPairs: readonly Pair[] = [];
    let trials = 0;
    beforeAll(async () => {
      const sceneries = await Promise.all(Array.from({ length: pairs }, startScenery));
      startedPairs = await Promise.all(
        sceneries.map(async (scenery) => ({ scenery, before: await bystanders(scenery, 'make') })),
      );
    });
    afterAll(() => Promise.all(startedPairs.map(({ scenery }) => scenery.stop())));
    // Nothing else is touched.
    afterEach(async () => {
      for (const { scenery, before } of startedPairs) expect(await bystanders(scenery)).toEqual(before);
    });

    const trial = <T>({ scenery }: Pair, kind: Kind, work: (trial: Trial) => Promise<T>): Promise<T> =>
      withTrial(scenery, kind, `peer-${(trials += 1)}`, work);

    /** The calls of a run in which nothing goes wrong, each with its number among its like. */
    const healthy = (kind: Kind): Promise<readonly Omit<Point, 'moment'>[]> => {
      const listed = lists.get(kind) ?? list(kind);
      lists.set(kind, listed);
      return listed;
    };
    const lists = new Map<Kind, Promise<readonly Omit<Point, 'moment'>[]>>();
    const list = async (kind: Kind): Promise<readonly Omit<Point, 'moment'>[]> => {
      const [pair] = startedPairs;
      if (pair === undefined) throw new Error('no clusters');
      return trial(pair, kind, async (on) => {
        await on.startWorker();
        await on.queue();
        const { state } = await on.ended();
        expect([state, await wrongWith(on, pair.scenery)]).toEqual([
          kind === 'connect-refused' ? 'failed' : 'done',
          [],
        ]);
        return (['east', 'west', 'slack'] as const).flatMap((server) => {
          const lines = on.recorders[server].calls().map(({ line }) => line.replace(on.peer, ':name'));
          return lines.map((line, at) => ({
            server,
            line,
            nth: lines.slice(0, at + 1).filter((one) => one === line).length,
          }));
        });
      });
    };

    /** Kills the worker there, starts another, and gives what is wrong in the end. */
    const die = (pair: Pair, kind: Kind, { server, line, nth, moment }: Point): Promise<readonly string[]> =>
      trial(pair, kind, async (on) => {
        const worker = await on.startWorker();
        on.recorders[server].at(line.replace(':name', on.peer), nth, moment, () => worker.end('SIGKILL'));
        await on.queue();
        await worker.exited;
        const { state } = await on.stage.record();
        await on.forgetLock();
        // A run that is dead looks like one that thinks, until its lease is over.
        if (state === 'running') await on.stage.overdue();
        const next = await on.startWorker();
        const problem = await on.ended().then(
          () => undefined,
          (error: unknown) => `${String(error)}\n${next.output()}`,
        );
        return problem === undefined ? wrongWith(on, pair.scenery) : [problem];
      });

    /** Stops a worker there for longer than its lease, lets others end what it began, and lets it go on then. */
    const sleepwalk = (
      pair: Pair,
      kind: Kind,
      { server, line, nth, moment }: Point & { readonly moment: 'before' | 'unanswered' },
    ): Promise<readonly string[]> =>
      trial(pair, kind, async (on) => {
        const recorder = on.recorders[server];
        let wake: () => void = () => undefined;
        const asleep = new Promise<void>((fallen) => {
          recorder.during(line.replace(':name', on.peer), nth, moment, () => {
            fallen();
            return new Promise<void>((woken) => {
              wake = woken;
            });
          });
        });
        const sleeper = on.handle();
        // The number of its polls until both sides are ACTIVE depends on their speed.
        await Promise.race([asleep, sleeper]);
        if ((await on.stage.state()) === 'running') await on.stage.overdue();
        await on.handle();
        await on.handled();
        const before = await on.stage.record();
        wake();
        await sleeper;
        expect((await on.stage.record()).state).toBe(before.state);
        return wrongWith(on, pair.scenery);
      });

    const inLanes = async <T, R>(
      all: readonly T[],
      work: (one: T, pair: Pair) => Promise<R>,
    ): Promise<readonly R[]> => {
      const results: R[] = [];
      const left = [...all.entries()];
      const lane = async (pair: Pair): Promise<void> => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          results[next[0]] = await work(next[1], pair);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, () => startedPairs.map(lane)).flat());
      return results;
    };

    it.each(kinds)('leaves the truth behind at every write of a %s', async (kind, lines) => {
      const writes = (await healthy(kind)).filter(({ line }) => writing.test(line));
      for (const line of lines) expect(writes.map((write) => write.line)).toContain(line);
      const points = writes
        // The others write to the same card as a connect does.
        .filter(({ line }) => lines.includes(line))
        .flatMap((write) => moments.map((moment) => ({ ...write, moment })));
      const wrong = await inLanes(points, async (point, pair) => ({
        point,
        wrong: await die(pair, kind, point),
      }));
      expect(wrong.filter((one) => one.wrong.length > 0)).toEqual([]);
    });

    it.each(readingKinds)(
      'leaves the truth behind at every read of a %s, also where the worker comes back later',
      async (kind) => {
        const reads = (await healthy(kind)).filter(
          ({ line }) => !writing.test(line) && !ofCheck.test(line) && !line.includes('auth.test'),
        );
        expect(reads.length).toBeGreaterThan(4);
        const points = reads.flatMap((read) =>
          (['before', 'unanswered'] as const).map((moment) => ({ ...read, moment })),
        );
        const wrong = await inLanes(points, async (point, pair) => ({
          point,
          wrong: await sleepwalk(pair, kind, point),
        }));
        expect(wrong.filter((one) => one.wrong.length > 0)).toEqual([]);
      },
    );
  });
