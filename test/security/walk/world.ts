import { resolve } from 'node:path';
import { WebAPIPlatformError } from '@slack/web-api';
import { pino } from 'pino';
import type { KnownActor } from '../../../src/access/access';
import { createAuthorizer } from '../../../src/access/authorizer';
import { registry } from '../../../src/checks/registry';
import {
  actions,
  assistantListener,
  commands,
  eventListeners,
  linkListener,
  type ListenerServices,
  submissions,
} from '../../../src/app/listeners';
import { jobs, type JobServices } from '../../../src/app/jobs';
import { createIsolated } from '../../../src/clusters/isolated';
import { createPendingSince } from '../../../src/clusters/pending.store';
import type { ProcessPool } from '../../../src/clusters/process-pool';
import { createForetellChange } from '../../../src/clusters/foretell-change';
import { omitUndefined } from '../../../src/omit-undefined';
import { createRunCheck } from '../../../src/clusters/run-check';
import type { ClusterConfig, Config, OwnerConfig } from '../../../src/config/config';
import { createClients } from '../../../src/clusters/clients';
import { openApprovals } from '../../../src/features/approvals/store/approvals.store';
import { createApprovers } from '../../../src/features/approvals/approvers/approvers';
import { createTokenServices } from '../../../src/features/approvals/jobs/create-services';
import { createSemaphore } from '../../../src/consul/semaphore';
import { createFleetLines } from '../../../src/features/check/fleet-lines.store';
import { linesOf } from '../../../src/features/doctor';
import { createCheckLocks } from '../../../src/features/check/check-locks.store';
import { createRecorder } from '../../../src/features/audit/recorder';
import { openAudit } from '../../../src/features/audit/audit.store';
import { createDefinitions } from '../../../src/features/digests/definitions.store';
import { createDigestRuns } from '../../../src/features/digests/runs.store';
import { createReports } from '../../../src/features/history/reports.store';
import { addChanges } from '../../../src/features/history';
import { createMutes } from '../../../src/features/mutes/mutes.store';
import { createSubscriptions } from '../../../src/features/subscriptions/subscriptions.store';
import { createIncidents } from '../../../src/features/incidents/incidents.store';
import { createWatches } from '../../../src/features/subscriptions/watches.store';
import { createClusterSlots } from '../../../src/clusters/cluster-slots';
import { createOutbox } from '../../../src/slack/api/outbox/outbox';
import { createOutboxStore } from '../../../src/slack/api/outbox/outbox.store';
import { createUnanswered } from '../../../src/slack/api/outbox/unanswered.store';
import { createRateLimiter } from '../../../src/slack/api/rate-limiter.store';
import { createMessageRefs } from '../../../src/slack/api/message-refs.store';
import type { Poster } from '../../../src/slack/api/poster';
import type { RedisClient } from '../../../src/redis/redis';
import { createSigner } from '../../../src/signing/sign';
import { contextOf, type Modals, type SlackRequest, type SlackServices } from '../../../src/slack/define';
import { type Click, handleAction } from '../../../src/slack/handle-action';
import { handleCommand } from '../../../src/slack/handle-command';
import { decodeDirectMessage, decodeMention } from '../../../src/slack/mention';
import { handleSubmission } from '../../../src/slack/handle-submission';
import { handleSuggestion } from '../../../src/slack/handle-suggestion';
import type { SubmittedModal } from '../../../src/slack/define';
import { readRecordings } from '../../../sandbox/demo/recording';
import { serveWithEntry } from './serve-with-entry';
import { sealer } from '../../sealer';

/**
 * The whole bot without Slack: every command, button and modal with the real access rules, the jobs that they queue, real
 * stores, and recorded clusters of which one is not for everyone.
 */

const log = pino({ level: 'silent' });
const token = 'a-token';
const environment = { TOKEN: token };

/** The cluster that everybody may see, and those that only the owner may. */
export const shownCluster = 'prod-east';

/** The names of what is hidden: of clusters, and in them of a datacenter, a node, a service and a partner. */
export const hiddenNames = [
  'prod-west',
  'staging',
  'hidden-dc',
  'hidden-node',
  'hidden-billing',
  'hidden-partner',
  'hidden-team',
] as const;

/** Gives the recorded `prod-west` names that occur in no other cluster, and a node that is down, so that findings name it. */
const withHiddenNames = (text: string): string =>
  text
    .replaceAll(
      '"Name":"Serf Health Status","Status":"passing"',
      '"Name":"Serf Health Status","Status":"critical"',
    )
    .replaceAll('west-server', 'hidden-node')
    .replaceAll('"west"', '"hidden-dc"')
    .replaceAll(/(?<![\w-])billing/g, 'hidden-billing')
    .replaceAll('"east"', '"hidden-partner"')
    .replaceAll('/v1/peering/east"', '/v1/peering/hidden-partner"');

export const serveClusters = async () => {
  const recordings = await readRecordings(resolve(__dirname, '../../../sandbox/recordings'));
  const served = await Promise.all(
    recordings.map(async (recording) => {
      const changed =
        recording.cluster === 'prod-west'
          ? (JSON.parse(withHiddenNames(JSON.stringify(recording))) as typeof recording)
          : recording;
      return { recording, server: await serveWithEntry(changed, token) };
    }),
  );
  const peers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'prod-east': { west: 'prod-west', lab: 'staging' },
    'prod-west': { 'hidden-partner': 'prod-east' },
  };
  const clusters = served.map(
    ({ recording: { cluster: name }, server }): ClusterConfig => ({
      name,
      address: server.address,
      token: { env: 'TOKEN' },
      tls: {},
      allowPlainHttp: true,
      gatewayTokens: [],
      peers: peers[name] ?? {},
      peeringToken: { env: 'TOKEN' },
    }),
  );
  return {
    clusters,
    /** Puts all written entries back. */
    reset: (): void => {
      for (const { server } of served) server.reset();
    },
    stop: async () => {
      for (const { server } of served) await server.stop();
    },
  };
};

/** May do everything everywhere. */
/** The text of the file that every message with a file has. */
const changedExports = 'Kind = "exported-services"\nName = "default"\nServices = []\n';

export const owner = 'UOWNER';
/** May do everything on one cluster. */
export const outsider = 'UOUTSIDER';
/** May do everything, but Slack does not say who this is. */
export const unknown = 'UUNKNOWN';

/** The address of the UI of a cluster. */
export const uiOf = (cluster: string): string => `https://consul.example/${cluster}/ui`;

/** The owner of a cluster; its approvers are the default ones. */
const ownerFor = ({ name }: ClusterConfig): OwnerConfig => ({
  name: name === shownCluster ? 'shown-team' : 'hidden-team',
  labels: { team: 'both', ...(name === shownCluster ? {} : { 'hidden-label': 'yes' }) },
  ui: uiOf(name),
  usergroup: 'S0TEAM',
  channel: 'CAPPROVALS',
  approvers: { users: ['UAPPROVER'], usergroups: [] },
  samePerson: false,
});

const configOf = (clusters: readonly ClusterConfig[]): Config => ({
  owners: new Map(clusters.map((cluster) => [cluster.name, ownerFor(cluster)])),
  clusters: new Map(clusters.map((cluster) => [cluster.name, cluster])),
  access: {
    restrict: true,
    grants: [
      { allow: ['*'], users: [owner, unknown] },
      { allow: ['*'], users: [outsider], clusters: [shownCluster] },
    ],
  },
  approvals: {
    channel: 'CAPPROVALS',
    approvers: { users: ['UAPPROVER'], usergroups: [] },
    expiresMs: 1_800_000,
  },
  history: { reports: 100, maxAgeMs: 86_400_000 },
});

/** Something that the bot showed, and where. */
export interface Shown {
  readonly where: string;
  readonly content: unknown;
}

export const openWorld = (redis: RedisClient, pool: ProcessPool, clusters: readonly ClusterConfig[]) => {
  const config = configOf(clusters);
  const home = { team: 'T1' };
  const client = {
    users: {
      info: async ({ user }: { user: string }) => {
        if (user === unknown) throw new WebAPIPlatformError({ ok: false, error: 'internal_error' });
        return { ok: true, user: { team_id: 'T1', tz: 'UTC' } };
      },
    },
    usergroups: { users: { list: async () => ({ ok: true, users: [] }) } },
    views: { update: async ({ view }: { view: unknown }) => ({ ok: true, shown: show('modal', view) }) },
  };
  const shown: Shown[] = [];
  const show = (where: string, content: unknown): number => shown.push({ where, content });
  const posted = new Map<string, { readonly channel: string; readonly ts: string }>();
  const poster: Poster = {
    postNow: async (target, message) => {
      const fresh = !posted.has(target.name);
      const answer = await poster.post(target, message);
      return answer.ok ? { ok: true, value: { ref: answer.value, fresh } } : answer;
    },
    attachNow: (target, file) => poster.attach(target, file),
    isThere: async ({ name }) => ({ ok: true, value: posted.has(name) }),
    readBack: async () => ({ ok: true, value: { seq: undefined } }),
    dropDoubles: async () => ({ ok: true, value: undefined }),
    post: async ({ channel, name }, message) => {
      const before = posted.get(name);
      if (before !== undefined) return { ok: true, value: before };
      show(channel, message);
      const ref = { channel, ts: String(posted.size + 1) };
      posted.set(name, ref);
      return { ok: true, value: ref };
    },
    edit: async ({ channel }, message) => ({ ok: true, value: void show(channel, message) }),
    tryEdit: async ({ channel }, message) => ({ ok: true, value: void show(channel, message) }),
    attach: async ({ channel }, file) => {
      show(channel, file);
      return { ok: true, value: { channel, ts: '0' } };
    },
  };
  const signer = createSigner('a-key-of-at-least-32-characters!');
  const audit = openAudit(redis, signer, { maxAgeMs: 86_400_000, onEntry: () => undefined });
  const approvals = openApprovals(redis, signer, audit);
  const authorizer = createAuthorizer({ client: client as never, access: config.access, home });
  const mutes = createMutes(redis, sealer);
  const isolated = createIsolated({ config, environment, pool, log });
  interface Queued {
    readonly name: string;
    readonly id: string;
    readonly payload: unknown;
  }
  const queue: Queued[] = [];
  const enqueue = async (
    job: { readonly name: string },
    payload: unknown,
    { id }: { readonly id: string },
  ) => {
    queue.push({ name: job.name, id, payload });
    return { kind: 'queued' } as const;
  };
  const stores = {
    signed: { signer, audit, approvals },
    record: createRecorder(audit, log),
    reports: createReports(redis, sealer, config.history),
    mutes,
    digests: createDefinitions(redis, sealer),
    digestRuns: createDigestRuns(redis, sealer),
    subscriptions: createSubscriptions(redis, sealer),
    watches: createWatches(redis, sealer),
    incidents: createIncidents(redis, sealer),
    messageRefs: createMessageRefs(redis, sealer),
  };
  const listening = {
    ...stores,
    config,
    authorizer,
    producer: { enqueue, workers: async () => 1 },
    isFirst: async () => true,
    rationale: () => 'because',
    commands,
    requests: {
      open: approvals.open,
      approvers: createApprovers(config, { client: client as never, home }),
    },
    approvers: createApprovers(config, { client: client as never, home }),
    checkIds: registry.map(({ id }) => id),
    signer,
    trail: audit,
  } as unknown as SlackServices & ListenerServices;
  const clients = createClients(environment, undefined, 'write');
  const rules = {
    isolated,
    pending: createPendingSince(redis, sealer),
    severitiesOf: () => [],
    mutesOf: mutes.of,
  };
  const working = {
    ...stores,
    config,
    authorizer,
    rationale: () => 'because',
    poster,
    outbox: createOutbox({
      store: createOutboxStore(redis, sealer),
      unanswered: createUnanswered(redis, sealer),
      poster,
      respond: async (_, message) => ({ ok: true, value: void show('private', message) }),
      rateLimiter: createRateLimiter(redis, 1),
      isAlive: async () => true,
      log,
    }),
    checkLocks: createCheckLocks(redis),
    clusterSlots: createClusterSlots(5),
    reach: async () => ({ ok: true, value: undefined }),
    fleetLines: createFleetLines(redis, sealer),
    fleetLanes: createSemaphore(4),
    fleetSlots: createClusterSlots(5),
    check: createRunCheck({
      ...rules,
      probeFromSecond: () => undefined,
      addChanges: (report) => addChanges(report, stores.reports),
    }),
    foretell: createForetellChange(rules),
    readSharedFile: async () => ({ ok: true, value: changedExports }),
    inspectAcl: isolated.inspectAcl,
    listPeerings: isolated.listPeerings,
    examine: async (names: readonly string[]) => names.map((area) => linesOf(area).problem('is away', '')),
    trace: isolated.trace,
    findImpact: isolated.findImpact,
    zoneOf: async () => ({ ok: true, value: 'UTC' }),
    queue: enqueue,
    tokens: createTokenServices({
      client: client as never,
      config,
      home,
      signed: stores.signed,
      clients,
      readers: clients,
      producer: { enqueue },
    }),
    botName: 'peering-bot',
  } as unknown as JobServices;

  let count = 0;
  const requestBy = (actor: KnownActor): SlackRequest => {
    count += 1;
    const modals: Modals = {
      open: async () => 'V1',
      fill: async (_, view) => void show('modal', view),
    };
    return {
      id: `request-${count}`,
      actor: { user: actor.user, team: actor.team, channel: actor.channel },
      responseUrl: 'https://slack.example/respond',
      deadline: Date.now() + 60_000,
      log,
      modals,
    };
  };
  const actorOf = (user: string) => ({ user, team: 'T1', channel: 'C1' });
  const noLimit = async (): Promise<undefined> => undefined;
  /** Runs what was queued, and what that queues. */
  const work = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const { name, id, payload } = one;
      const job = jobs.find((known) => known.name === name);
      const run = {
        id,
        since: Date.now(),
        attempt: 1,
        attempts: 1,
        signal: new AbortController().signal,
        log,
      };
      await job?.handle({ ...working, ...run, payload: job.payload.parse(payload) as never });
    }
  };
  /** Does something, with all that it queues, and returns what was shown. */
  const during = async (act: () => Promise<unknown>): Promise<readonly Shown[]> => {
    shown.splice(0);
    const told = await act();
    if (told !== undefined) show('private', told);
    await work();
    return shown.splice(0);
  };

  return {
    config,
    stores,
    approvals,
    type: (user: string, text: string, files?: SlackRequest['files']) =>
      during(async () => {
        const request = { ...requestBy(actorOf(user)), ...omitUndefined({ files }) };
        const handled = await handleCommand(text, request, commands, listening, noLimit);
        return handled.reply ?? (await handled.after?.());
      }),
    /** Gives a command by mentioning the bot in a thread. */
    mention: (user: string, text: string) =>
      during(async () => {
        const event = { user, text: `<@UBOT> ${text}`, channel: 'C1', thread_ts: '1.1', team: 'T1' };
        const mention = decodeMention(event, 'UBOT');
        if (mention === undefined) throw new Error('no mention');
        const { responseUrl: _, ...request } = requestBy(actorOf(user));
        const inThread = { ...request, ...omitUndefined({ thread: mention.thread }) };
        const handled = await handleCommand(mention.command, inThread, commands, listening, noLimit);
        return handled.reply ?? (await handled.after?.());
      }),
    /** Opens a thread of the assistant view, beside the channel of all owners, and writes a command there. */
    assist: (user: string, text: string) =>
      during(async () => {
        const at = { channel: 'D1', thread_ts: '1.1', team: 'T1' };
        const message = decodeDirectMessage({ user, text, ...at, channel_type: 'im' }, 'UBOT');
        if (message === undefined) throw new Error('no message');
        const { responseUrl: _, ...request } = requestBy({ ...actorOf(user), channel: 'D1' });
        const opened = { user, channel: 'D1', thread: '1.1', viewed: 'CAPPROVALS' };
        // The prompts name the first clusters: here those that are hidden.
        const hiddenFirst = { ...config, clusters: new Map([...config.clusters].reverse()) };
        const hiddenContext = contextOf(request, { ...listening, config: hiddenFirst });
        const prompts = await assistantListener.prompts(opened, hiddenContext);
        const inThread = { ...request, ...omitUndefined({ thread: message.thread }) };
        const handled = await handleCommand(message.command, inThread, commands, listening, noLimit);
        return [prompts, handled.reply ?? (await handled.after?.())];
      }),
    press: (user: string, click: Click) =>
      during(() => {
        const request = requestBy(actorOf(user));
        return handleAction(click, request, actions, listening, request.modals as Modals, noLimit);
      }),
    submit: (user: string, modal: SubmittedModal) =>
      during(async () => {
        const handled = await handleSubmission(
          modal,
          requestBy(actorOf(user)),
          submissions,
          listening,
          noLimit,
        );
        return handled.errors ?? handled.reply ?? (await handled.after?.());
      }),
    /** Searches the options of each input of a modal, with nothing typed. */
    search: (user: string, { callback_id, private_metadata, state }: SubmittedModal) =>
      during(() =>
        Promise.all(
          Object.keys(state.values).map((block) =>
            handleSuggestion(
              { callbackId: callback_id, metadata: private_metadata, block, query: '' },
              requestBy(actorOf(user)),
              submissions,
              listening,
              noLimit,
            ),
          ),
        ),
      ),
    /** Posts links. */
    share: (user: string, urls: readonly string[]) =>
      during(() => {
        const shared = { user, channel: 'C1', ts: '1.1', urls };
        return linkListener.previews(shared, contextOf(requestBy(actorOf(user)), listening));
      }),
    openHome: (user: string) =>
      during(async () => {
        const views = [];
        for (const listener of eventListeners) {
          views.push(await listener.home(contextOf(requestBy({ ...actorOf(user), channel: '' }), listening)));
        }
        return views;
      }),
    run: (user: string, name: string, payload: object) =>
      during(async () => {
        queue.push({ name, id: `job-${user}-${(count += 1)}`, payload });
        return undefined;
      }),
    close: clients.close,
  };
};

export type World = ReturnType<typeof openWorld>;
