import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { createAuthorizer } from '../../../src/access/authorizer';
import { jobs, type JobServices } from '../../../src/app/jobs';
import type { Config } from '../../../src/config/config';
import { openApprovals } from '../../../src/features/approvals/store/approvals.store';
import { createTokenServices } from '../../../src/features/approvals/jobs/create-services';
import { seal } from '../../../src/features/approvals/jobs/open-sealed-job';
import type { TokenServices } from '../../../src/features/approvals/jobs/services';
import { startSweeper } from '../../../src/features/approvals/reconcile/sweeper';
import { openAudit } from '../../../src/features/audit/audit.store';
import { createReports } from '../../../src/features/history/reports.store';
import type { RedisClient } from '../../../src/redis/redis';
import { failure, success } from '../../../src/result';
import { createSigner } from '../../../src/signing/sign';
import type { AnyJob } from '../../../src/queue/define';
import { createOutbox } from '../../../src/slack/api/outbox/outbox';
import { createOutboxStore } from '../../../src/slack/api/outbox/outbox.store';
import { createUnanswered } from '../../../src/slack/api/outbox/unanswered.store';
import { createMessageRefs } from '../../../src/slack/api/message-refs.store';
import type { Poster } from '../../../src/slack/api/poster';
import { sealer } from '../../sealer';
import { type AttackQueue, createAttackQueue } from './attack-queue';
import { createAttacker } from './attacker';
import { storeRecords } from './stored-records';
import { createFakeConsul, type RealEntry } from './fake-consul';

/**
 * The jobs about peering tokens on real Redis and a real exported-services entry, with a workspace and two clusters in memory,
 * so that a run takes no time.
 */

export const people = { requester: 'UREQUESTER', approver: 'UAPPROVER', stranger: 'USTRANGER' } as const;
export const approvalsChannel = 'CAPPROVALS';
const names = ['prod-east', 'prod-west'] as const;
const log = pino({ level: 'silent' });

interface View {
  readonly private_metadata?: string;
  readonly blocks: readonly { readonly text?: { readonly text?: string } }[];
}

export const setAttackStage = async (redis: RedisClient, entry: RealEntry) => {
  await redis.flushdb();
  await entry.remove();
  const consul = createFakeConsul(names, entry);
  const config: Config = {
    clusters: new Map(
      names.map((name) => [
        name,
        {
          name,
          address: `http://${name}.example:8500`,
          tls: {},
          allowPlainHttp: false,
          gatewayTokens: [],
          peers: {},
          peeringToken: { env: 'WRITE' },
        },
      ]),
    ),
    access: { restrict: true, grants: [{ allow: ['*'], users: [people.requester] }] },
    approvals: {
      channel: approvalsChannel,
      approvers: { users: [people.approver], usergroups: [] },
      expiresMs: 600_000,
    },
    history: { reports: 10, maxAgeMs: 3_600_000 },
  };
  let open: { readonly id: string; content: View } | undefined;
  let views = 0;
  const client = {
    users: { info: async () => ({ ok: true, user: { team_id: 'T1' } }) },
    usergroups: { users: { list: async () => ({ ok: true, users: [] }) } },
    views: {
      update: async ({ view_id: id, view }: { view_id: string; view: View }) => {
        if (open?.id === id) open.content = view;
        return { ok: true };
      },
    },
  } as never;
  /** Everything that was posted or sent: where to, and the words. */
  const posts: { readonly to: string; readonly text: string }[] = [];
  const byName = new Map<string, { readonly channel: string; readonly ts: string }>();
  const note = (to: string, message: object) => void posts.push({ to, text: JSON.stringify(message) });
  const edit: Poster['edit'] = async ({ channel }, message) => success(note(channel, message));
  const poster: Poster = {
    post: async ({ channel, name }, message) => {
      const ref = byName.get(name) ?? { channel, ts: `${byName.size + 1}.1` };
      if (!byName.has(name)) note(channel, message);
      byName.set(name, ref);
      return success(ref);
    },
    postNow: async (target, message) => {
      const fresh = !byName.has(target.name);
      const answer = await poster.post(target, message);
      return answer.ok ? success({ ref: answer.value, fresh }) : answer;
    },
    attachNow: (target, file) => poster.attach(target, file),
    isThere: async ({ name }) => success(byName.has(name)),
    readBack: async () => success({ seq: undefined }),
    dropDoubles: async () => success(undefined),
    edit,
    tryEdit: edit,
    attach: async ({ channel }, file) => {
      note(channel, file);
      return success({ channel, ts: '0.1' });
    },
  };
  const signer = createSigner('a-key-of-at-least-32-characters!');
  // A head that is kept where Redis does not reach.
  let head: string | undefined;
  let undos = 0;
  const audit = openAudit(redis, signer, {
    maxAgeMs: 3_600_000,
    onEntry: ({ action }) => {
      if (action === 'undo') undos += 1;
    },
    anchor: {
      read: async () => success(head),
      write: async (text, isNewer) => {
        if (head === undefined || isNewer(head)) head = text;
        return success(undefined);
      },
    },
  });
  const home = { team: 'T1' };
  const tokens = createTokenServices({
    client,
    config,
    home,
    signed: { signer, audit, approvals: openApprovals(redis, signer, audit) },
    clients: {
      lease: ({ name }) => {
        const leased = consul.clientOf(name);
        if (leased === undefined) throw new Error(`no cluster ${name}`);
        return success({ client: leased, release: () => undefined });
      },
    },
    readers: { lease: () => failure('not visible here') },
    activeWithinMs: 0,
    producer: {
      enqueue: async (job, payload, { id }) => {
        await queue.enqueue(job.queue, id, job.name, payload);
        return { kind: 'queued' };
      },
    },
  });
  const respond = async (url: string, message: object) => success(note(url, message));
  const tools = {
    config,
    authorizer: createAuthorizer({ client, access: config.access, home }),
    poster,
    respond,
    outbox: createOutbox({
      store: createOutboxStore(redis, sealer),
      unanswered: createUnanswered(redis, sealer),
      poster,
      respond,
      rateLimiter: { reserve: async () => ({ taken: true, waitMs: 0 }), hold: async () => undefined },
      isAlive: async () => true,
      log,
    }),
    messageRefs: createMessageRefs(redis, sealer),
    reports: createReports(redis, sealer, config.history),
    rationale: () => undefined,
    record: async () => undefined,
    botName: 'peering-bot',
    tokens,
  } as unknown as JobServices & { readonly tokens: TokenServices };
  const queue: AttackQueue = createAttackQueue(redis as Redis, jobs, { ...tools, log });
  const records = await storeRecords(redis);
  return {
    redis,
    consul,
    tools,
    posts,
    queue,
    records,
    attacker: createAttacker(redis as Redis),
    log,
    actorOf: (user: string) => ({
      user,
      team: 'T1',
      channel: approvalsChannel,
      responseUrl: `https://hooks.slack.example/${user}`,
    }),
    /** Queues a job about peering tokens as the bot does. */
    queueSealed: (job: AnyJob, claim: object, id: string): Promise<void> =>
      queue.enqueue(job.queue, id, job.name, seal(signer, { id, job: job.name, at: Date.now() }, claim)),
    /** Opens an empty modal in place of the one before it. */
    openModal: (): string => {
      views += 1;
      open = { id: `V${views}`, content: { blocks: [] } };
      return open.id;
    },
    /** The token in the open modal, and its request; the token is empty if there is none. */
    shown: () => ({
      request: open?.content.private_metadata ?? '',
      token: (open?.content.blocks ?? [])
        .map(({ text }) => /^```\n([A-Za-z0-9+/=]+)\n```$/.exec(text?.text ?? '')?.[1] ?? '')
        .join(''),
    }),
    /** The number of clicks that undid something, as the trail had them at the time. */
    undos: (): number => undos,
    sweep: async (): Promise<void> => {
      const sweeper = startSweeper(tools, log, 3_600_000);
      await sweeper.sweep();
      await sweeper.stop();
    },
  };
};

export type AttackStage = Awaited<ReturnType<typeof setAttackStage>>;
