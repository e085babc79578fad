import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import Consul from 'consul';
import type { Report } from '../../src/report/report';
import { startPeeredPair } from '../lab/pair';
import { checkOnce, essence } from './check-once';
import { startDelayProxy } from './delay-proxy';
import {
  type SentRequest,
  type Exchanged,
  type Recorder,
  roundsOf,
  startRecorder,
  startReplay,
} from './exchange';
import { median, ms, type Row, timed } from './table';

const run = promisify(execFile);
const roundTripMs = 20;
const repeats = 7;

/**
 * A check of a peered cluster behind a round trip of 20 ms, beside reading the very same with `curl` in a loop
 * and with the npm `consul` client in sequence. What those two read is checked as well: the results must agree.
 */
export const benchRoundTrips = async (): Promise<readonly Row[]> => {
  const pair = await startPeeredPair();
  const { agent } = pair.west;
  const far = await startDelayProxy(agent.address, roundTripMs);
  try {
    // Code that has never run is slow the first few times, which no long-lived worker sees.
    for (let warm = 0; warm < 3; warm += 1) await checkOnce(far.address, agent.token);
    const recorded: { readonly report: Report; readonly reads: Recorder['calls'] }[] = [];
    for (let at = 0; at < 3; at += 1) {
      const recorder = await startRecorder(far.address);
      recorded.push({ report: await checkOnce(recorder.address, agent.token), reads: recorder.calls });
      recorder.stop();
    }
    // A busy machine can make requests look as if they had waited for each other, never the other way round.
    const rounds = Math.min(...recorded.map(({ reads }) => roundsOf(reads)));
    const [first] = recorded;
    if (first === undefined) throw new Error('nothing was recorded');
    const { report, reads } = first;

    const checks: number[] = [];
    for (let at = 0; at < repeats; at += 1)
      checks.push((await timed(() => checkOnce(far.address, agent.token))).tookMs);

    const byCurl = await timed(() => readByCurl(far.address, agent.token, reads));
    const byClient = await timed(() => readByClient(far.address, agent.token, reads));
    const equal = await Promise.all(
      [byCurl.value, byClient.value].map(async (answers) => {
        const replay = await startReplay(answers);
        const same = essence(await checkOnce(replay.address, agent.token)) === essence(report);
        replay.stop();
        return same;
      }),
    );

    const took = median(checks);
    const limit = 1.3 * rounds * roundTripMs + 15;
    const times = (other: number): string => `${(other / took).toFixed(1)} ×`;
    return [
      {
        what: `check, ${roundTripMs} ms round trip, ${reads.length} reads in ${rounds} rounds`,
        measured: ms(took),
        beside: `curl loop ${ms(byCurl.tookMs)} (${times(byCurl.tookMs)}), npm consul ${ms(byClient.tookMs)} (${times(byClient.tookMs)})`,
        limit: `1.3 × ${rounds} × ${roundTripMs} + 15 = ${ms(limit)}`,
        holds: took <= limit,
      },
      {
        what: 'results over what curl and npm consul read',
        measured: equal.every(Boolean) ? 'equal' : 'different',
        beside: `verdict ${report.verdict}`,
        limit: 'equal',
        holds: equal.every(Boolean),
      },
    ];
  } finally {
    far.stop();
    await pair.stop();
  }
};

const readByCurl = async (
  address: string,
  token: string,
  reads: readonly SentRequest[],
): Promise<ReadonlyMap<string, Exchanged>> => {
  const answers = new Map<string, Exchanged>();
  for (const { method, path, body: sent } of reads) {
    const { stdout } = await run(
      'curl',
      [...asCurl(method, sent), '-H', `X-Consul-Token: ${token}`, `${address}${path}`],
      {
        maxBuffer: 1 << 28,
      },
    );
    const end = stdout.indexOf('\r\n\r\n');
    const head = stdout.slice(0, end);
    answers.set(path, {
      status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
      filtered: /^x-consul-results-filtered-by-acls: (\w+)/im.exec(head)?.[1],
      body: stdout.slice(end + 4),
    });
  }
  return answers;
};

const asCurl = (method: string, body: string): readonly string[] =>
  method === 'GET' ? ['-si'] : ['-si', '-X', method, '--data-binary', body];

/** Methods of the npm client that are used: it has no method for most of these endpoints, but a way to ask for any. */
interface AnyConsul {
  _request(options: {
    readonly name: string;
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body?: unknown;
  }): Promise<{
    readonly statusCode: number;
    readonly headers: Record<string, string>;
    readonly body: unknown;
  }>;
}

const readByClient = async (
  address: string,
  token: string,
  reads: readonly SentRequest[],
): Promise<ReadonlyMap<string, Exchanged>> => {
  const { hostname, port } = new URL(address);
  const client = new Consul({ host: hostname, port: Number(port) }) as unknown as AnyConsul;
  const answers = new Map<string, Exchanged>();
  for (const { method, path, body: sent } of reads) {
    const requests = {
      name: path,
      method,
      path: path.replace(/^\/v1/, ''),
      headers: { 'x-consul-token': token },
      ...(sent === '' ? {} : { body: JSON.parse(sent) as unknown }),
    };
    const { statusCode, headers, body } = await client
      ._request(requests)
      .catch((error: { response?: Awaited<ReturnType<AnyConsul['_request']>> }) => {
        if (error.response === undefined) throw error;
        return error.response;
      });
    answers.set(path, {
      status: statusCode,
      filtered: headers['x-consul-results-filtered-by-acls'],
      body: headers['content-type']?.startsWith('application/json') ? JSON.stringify(body) : String(body),
    });
  }
  return answers;
};
