import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { JobServices } from '../../src/app/jobs';
import type { AnyJob } from '../../src/queue/define';
import { createProducer } from '../../src/queue/producer';
import { connectClusters } from '../../src/features/approvals/connect/connect-clusters';
import { exportService, unexportService } from '../../src/features/approvals/export/export-service';
import { disconnectClusters } from '../../src/features/approvals/pair/disconnect-clusters';
import { renewPeering } from '../../src/features/approvals/pair/renew-peering';
import { revealToken } from '../../src/features/approvals/token/reveal-token';
import { channels, people } from '../../sandbox/workspace/people';
import { isEnd } from '../../src/features/approvals/requests/transitions';
import type { ApprovalRecord, PlannedRequest } from '../../src/features/approvals/requests/request';
import {
  peerClusters,
  type Scenery,
  type Stage,
  setStage,
  type StageCluster,
  stageKey,
} from '../features/approvals/stage';
import { sleep, waitFor } from '../lab/process';
import { type Recorder, startRecorder } from '../lab/recorder';
import { startRedis } from '../lab/redis';
import { type BotProcess, startBotProcess } from './support';
import { createSealer } from '../../src/signing/seal-record';

/** Requests for peering tokens that real worker processes carry out, with a recorder before all that they call. */

/** The entry with or without the export that a request is about; another export stands in it either way. */
const entryWith = (peer: string | undefined) => ({
  Kind: 'exported-services',
  Name: 'default',
  Services: [
    { Name: 'web', Consumers: [{ Peer: 'stays-active' }] },
    ...(peer === undefined ? [] : [{ Name: 'api', Consumers: [{ Peer: peer }] }]),
  ],
});

const queue = '{peering}:tokens';
const { requester } = people;

export type Kind =
  /** A token is revealed. */
  | 'token'
  /** Two clusters are connected. */
  | 'connect'
  /** Two clusters are connected; the acceptor has an older PENDING peering of that name. */
  | 'connect-pending'
  /** Two clusters are connected; another token is generated before this one is used: it is taken back. */
  | 'connect-refused'
  /** A peering in use is deleted on both sides. */
  | 'disconnect'
  /** A peering in use gets a new token. */
  | 'renew'
  /** A service is exported to a peer. */
  | 'export'
  /** A service is no longer exported to a peer. */
  | 'unexport';

const kinds: Readonly<
  Record<Kind, { readonly request: PlannedRequest['kind']; readonly job: AnyJob<JobServices> }>
> = {
  token: { request: 'token', job: revealToken },
  connect: { request: 'connect', job: connectClusters },
  'connect-pending': { request: 'connect', job: connectClusters },
  'connect-refused': { request: 'connect', job: connectClusters },
  disconnect: { request: 'disconnect', job: disconnectClusters },
  renew: { request: 'renew', job: renewPeering },
  export: { request: 'export', job: exportService },
  unexport: { request: 'unexport', job: unexportService },
};

export type Server = 'east' | 'west' | 'slack';

export interface Trial {
  readonly kind: Kind;
  readonly peer: string;
  /** The ids of the peering on both sides before the request; empty if there is none. */
  readonly ids: readonly string[];
  readonly recorders: Readonly<Record<Server, Recorder>>;
  readonly stage: Stage;
  readonly startWorker: () => Promise<BotProcess>;
  /** Queues the job that carries the approved request out. */
  readonly queue: () => Promise<void>;
  /** Runs that job in this process, each time as its worker would. */
  readonly handle: () => Promise<unknown>;
  /** Ends the lock that a dead worker still has on the job. */
  readonly forgetLock: () => Promise<void>;
  /** Waits until the request has ended and its job is over, and lets time pass where only time ends it. */
  readonly ended: () => Promise<ApprovalRecord>;
  /** Waits until the request has ended, if its job is not queued but handled here. */
  readonly handled: () => Promise<unknown>;
}

/** Asks and approves in this process, and leaves the rest to workers. What was started ends with `work`. */
export const withTrial = async <T>(
  scenery: Scenery,
  kind: Kind,
  peer: string,
  work: (trial: Trial) => Promise<T>,
): Promise<T> => {
  const ends: (() => unknown)[] = [];
  try {
    return await work(await setTrial(scenery, kind, peer, ends));
  } finally {
    for (const end of ends.toReversed()) await end();
  }
};

const setTrial = async (
  scenery: Scenery,
  kind: Kind,
  peer: string,
  ends: (() => unknown)[],
): Promise<Trial> => {
  const redis = await startRedis();
  ends.push(redis.stop);
  const [east, west] = await Promise.all([
    startRecorder(scenery.east.agent.address),
    startRecorder(scenery.west.agent.address),
  ]);
  ends.push(east.stop, west.stop);
  const behind = (side: StageCluster, { address }: Recorder): StageCluster => ({
    ...side,
    proxy: { ...side.proxy, address },
  });
  const stage = await setStage(
    { ...scenery, redis, east: behind(scenery.east, east), west: behind(scenery.west, west) },
    { expiresMs: 600_000 },
  );
  ends.push(stage.stop);
  const slack = await startRecorder(stage.slack.origin);
  ends.push(slack.stop);
  const producer = createProducer(
    stage.redis,
    createSealer({ signingKey: stageKey }),
    pino({ level: 'silent' }),
  );
  ends.push(producer.close);

  if (kind === 'connect-pending') await generate(scenery.east, peer, { owner: 'somebody' });
  if (kind === 'connect-refused') {
    west.during('POST /v1/peering/establish', 1, 'before', () => generate(scenery.east, peer));
  }
  const { request: makes, job } = kinds[kind];
  if (kind === 'disconnect' || kind === 'renew') await peerClusters(scenery, { peer, dialerPeer: peer });
  const ids = (await sidesOf(scenery, peer)).map((side) => side?.ID ?? '');
  if (kind === 'export' || kind === 'unexport') {
    await scenery.east.agent.call('PUT', '/v1/config', entryWith(kind === 'export' ? undefined : peer));
  }
  const what =
    makes === 'token' || makes === 'export' || makes === 'unexport'
      ? { ...stage[makes], peer }
      : { ...stage.connect, kind: makes, peer, dialerPeer: peer };
  await stage.ask(what);
  if (stage.cards().length === 0) throw new Error(`nobody was asked: ${stage.whispers().join()}`);
  await stage.decide('approved');

  const id = makes === 'token' ? randomUUID() : `${makes}-${(await stage.record()).request.id}`;
  const clusters = `
clusters:
  prod-east: { address: '${east.address}', peering_token: { env: WRITE_EAST }, peers: { west: prod-west } }
  prod-west: { address: '${west.address}', peering_token: { env: WRITE_WEST }, peers: { east: prod-east } }
access:
  - { allow: [token, connect, disconnect, renew, export, unexport], users: [${requester.id}] }
approvals: { channel: ${channels.approvals}, approvers: { users: [${people.approver.id}] } }
`;
  for (const recorder of [east, west, slack]) recorder.reset();
  const { request } = await stage.record();
  const view = kind === 'token' ? await openView(stage) : {};
  const payload = stage.sealedFor(job, { request: request.id, ...view }, id);
  return {
    kind,
    peer,
    ids,
    recorders: { east, west, slack },
    stage,
    startWorker: async () => {
      const worker = await startBotProcess({
        slack: { ...stage.slack, apiUrl: `${slack.address}/api/` },
        redisUrl: redis.url,
        clusters,
        args: ['--role', 'worker', '--queues', 'tokens'],
        env: { ...scenery.env, PEERING_SIGNING_KEY: stageKey, LOG_LEVEL: 'info' },
      });
      ends.push(() => worker.end('SIGKILL'));
      return worker;
    },
    queue: async () => {
      await producer.enqueue(job, payload, { id }, 5000);
    },
    handle: () => job.handle({ ...stage.tools(), ...stage.runOf(id), payload: payload as never }),
    forgetLock: async () => {
      await stage.redis.del(`${queue}:${id}:lock`);
    },
    ended: () =>
      waitFor(
        `the end of ${peer}`,
        async () => {
          const record = await stage.record();
          // It is looked at every half minute; so long nobody waits here.
          if (record.state === 'unknown') await stage.overdue();
          await sleep(100);
          const over = await Promise.all(
            ['completed', 'failed'].map((list) => stage.redis.zscore(`${queue}:${list}`, id)),
          );
          return isEnd(record.state) && over.some((at) => at !== null) ? record : undefined;
        },
        { timeoutMs: 90_000 },
      ),
    handled: () =>
      waitFor(`the end of ${peer}`, async () => {
        if ((await stage.state()) === 'unknown') await stage.overdue();
        await stage.sweep();
        return isEnd(await stage.state());
      }),
  };
};

/** A click on Reveal opens an empty modal; the job gets its id. */
const openView = async ({ slack, actorOf }: Stage): Promise<object> => {
  const { payload } = await slack.typeCommand(requester.id, channels.approvals, '/peering help');
  const view = { type: 'modal', title: { type: 'plain_text', text: 'Token' }, blocks: [{ type: 'divider' }] };
  const opened = await fetch(`${slack.apiUrl}views.open`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ trigger_id: payload['trigger_id'], view }),
  });
  const answer = (await opened.json()) as { view: { id: string } };
  return { view: answer.view.id, ...(await actorOf(requester.id)) };
};

const generate = async ({ agent }: StageCluster, peer: string, meta = {}): Promise<string> =>
  (await agent.call<{ PeeringToken: string }>('POST', '/v1/peering/token', { PeerName: peer, Meta: meta }))
    .PeeringToken;

/** Tells whether a token still works. Removes what the attempt leaves. */
export const opens = async (token: string, { agent }: StageCluster): Promise<boolean> => {
  const name = `try-${randomUUID().slice(0, 8)}`;
  const tried = { PeerName: name, PeeringToken: token };
  const { status } = await agent.request('POST', '/v1/peering/establish', tried);
  await agent.request('DELETE', `/v1/peering/${name}`);
  return status === 200;
};

interface Peering {
  readonly Name: string;
  readonly ID: string;
  readonly State: string;
  readonly PeerID?: string;
  readonly ModifyIndex: number;
  readonly Meta?: Readonly<Record<string, string>> | null;
}

const peerings = async ({ agent }: StageCluster): Promise<readonly Peering[]> =>
  (await agent.call<Peering[] | null>('GET', '/v1/peerings')) ?? [];

/** The peering of this name on each side. */
const sidesOf = async (
  { east, west }: Pick<Scenery, 'east' | 'west'>,
  peer: string,
): Promise<readonly (Peering | undefined)[]> =>
  Promise.all([east, west].map(async (side) => (await peerings(side)).find(({ Name }) => Name === peer)));

const own = { active: 'stays-active', pending: 'stays-pending' } as const;

/** Peerings that were there before, one in use and one on each side that waits for its token to be used. */
export const bystanders = async ({ east, west }: Scenery, make?: 'make'): Promise<unknown> => {
  if (make) {
    const token = await generate(east, own.active);
    await west.agent.call('POST', '/v1/peering/establish', { PeerName: own.active, PeeringToken: token });
    for (const side of [east, west]) await generate(side, own.pending, { owner: 'somebody' });
  }
  const seen = async (): Promise<readonly Peering[]> =>
    (await Promise.all([peerings(east), peerings(west)]))
      .flat()
      .filter(({ Name }) => Object.values<string>(own).includes(Name));
  await waitFor('the peering in use', async () =>
    (await seen()).every(({ Name, State }) => Name !== own.active || State === 'ACTIVE'),
  );
  return (await seen()).map(({ Name, ID, State, PeerID, Meta, ModifyIndex }) => ({
    Name,
    ID,
    State,
    PeerID,
    Meta,
    // Heartbeats move that of a peering in use.
    index: State === 'PENDING' ? ModifyIndex : 0,
  }));
};

/** Consul gave the deletion of a peering up, as that of the other side came in between. */
const isGivenUp = (answer: string): boolean =>
  answer.includes('"State":"TERMINATED"') && /"DeletedAt":"[^"]/.test(answer);

/** Returns what is wrong after a request has ended, whatever happened to its workers. */
export const wrongWith = async (
  { kind, peer, ids, recorders, stage }: Trial,
  { east, west }: Scenery,
): Promise<readonly string[]> => {
  const { request, state, outcome } = await stage.record();
  const wrong: string[] = [];
  const must = (holds: boolean, what: string): void => {
    if (!holds) wrong.push(`${state}: ${what}`);
  };
  const made = recorders.east
    .calls()
    .filter(({ line, answer }) => line === 'POST /v1/peering/token' && answer.startsWith('{'))
    .map(({ answer }) => (JSON.parse(answer) as { PeeringToken: string }).PeeringToken);
  const shown = made.filter((token) => stage.slack.traffic.find(token).length > 0);
  const sides = () => sidesOf({ east, west }, peer);
  const ours = (side: Peering | undefined): boolean => side?.Meta?.['peering-bot-request'] === request.id;
  must((await stage.audit.verify()).ok, 'the trail has a gap');
  must(recorders.west.count('POST /v1/peering/establish') <= 1, 'established twice');
  const isExport = kind === 'export' || kind === 'unexport';
  const undo = isExport && state === 'done' ? 1 : 0;
  // A card whose update Slack did not take in time is updated later.
  const isCardOver = await waitFor('the card', () => stage.buttons().length === undo).catch(() => false);
  must(isCardOver, 'a card with other buttons');
  if (kind === 'token') {
    must(shown.length <= 1, 'two tokens delivered');
    must(!/divider|generating the token/.test(stage.view()), 'a modal left loading');
    must(made.length <= 2, 'generated more than once and to void it');
    if (state === 'done') {
      must(shown.length === 1 && shown[0] === made.at(-1), 'done, and no good token delivered');
      must(await opens(shown[0] ?? '', west), 'done, and its token is void');
    } else {
      const there = (await sides())[0] !== undefined;
      must(!there || made.length === 2, 'a token left that nobody voided');
      for (const token of made.slice(0, -1)) must(!(await opens(token, west)), 'a token that still opens');
      must(!shown.includes(made.at(-1) ?? ''), 'the token delivered was never voided');
    }
    return wrong;
  }
  must(shown.length === 0, 'a token shown to somebody');
  if (isExport) {
    const path = '/v1/config/exported-services/default';
    const { Services } = await east.agent.call<{ Services: readonly object[] }>('GET', path);
    const isExported = (kind === 'export') === (state === 'done');
    const told = entryWith(isExported ? peer : undefined).Services;
    must(JSON.stringify(Services) === JSON.stringify(told), 'the entry is not what the card says');
    must(recorders.east.count('PUT /v1/config') <= 1, 'written twice');
    must(state === 'done' || state === 'failed', 'an export that ended otherwise');
    return wrong;
  }
  if (kind === 'disconnect') {
    const now = await sides();
    for (const [at, side] of [recorders.east, recorders.west].entries()) {
      const givenUp = side.calls().some(({ answer }) => isGivenUp(answer));
      must(side.count(`DELETE /v1/peering/${peer}`) <= (givenUp ? 2 : 1), 'deleted twice');
      must(now[at] === undefined || now[at].ID === ids[at], 'a peering that was not there before');
      const fact = outcome?.facts.find((one) => one.includes(['prod-east', 'prod-west'][at] ?? ''));
      const says = fact?.includes('is deleted') ?? state === 'done';
      must(says === (now[at] === undefined), `the card says ${fact ?? 'nothing'}`);
    }
    must(state === 'done' || state === 'failed', 'a disconnect that ended otherwise');
    must(state !== 'done' || now.every((side) => side === undefined), 'done, and not gone');
    return wrong;
  }
  if (kind === 'renew') {
    const isActive = async (): Promise<boolean> => {
      const [one, other] = await sides();
      return one?.State === 'ACTIVE' && other?.State === 'ACTIVE' && other.PeerID === one.ID;
    };
    must(await waitFor('the peering in use', isActive).catch(() => false), 'the peering is not in use');
    const same = (await sides()).map((side) => side?.ID);
    must(same.join() === ids.join(), 'the peering is another one');
    must(state === 'done' || state === 'failed', 'a renew that ended otherwise');
    must(made.length === 0 || made.length === (state === 'done' ? 1 : 2), 'a token left that nobody voided');
    const used = state === 'done' ? made : made.slice(0, -1);
    for (const token of used) must(!(await opens(token, west)), 'a token that still opens');
    return wrong;
  }
  if (state === 'done') {
    const [one, other] = await sides();
    must(one?.State === 'ACTIVE' && other?.State === 'ACTIVE', 'done, and not ACTIVE on both sides');
    must(other?.PeerID === one?.ID && ours(other), 'done, and not peered by this request');
    return wrong;
  }
  must(state === 'failed', 'a connect that ended otherwise');
  // Consul deletes in the background.
  const gone = await waitFor('what was begun to be gone', async () => !(await sides()).some(ours), {
    timeoutMs: 5000,
  }).catch(() => false);
  must(gone, 'something of it is left');
  if (kind === 'connect-pending') {
    const [one] = await sides();
    must(one?.State === 'PENDING' && one.Meta?.['owner'] === 'somebody', 'an older peering is harmed');
    must(made.length !== 1, 'a token left that nobody voided');
    for (const token of made.slice(0, -1)) must(!(await opens(token, west)), 'a token that still opens');
  }
  return wrong;
};
