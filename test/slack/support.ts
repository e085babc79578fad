import { createApprovers } from '../../src/features/approvals/approvers/approvers';
import { pendingRecord } from '../features/approvals/pending-record';
import { pino } from 'pino';
import type { AccessConfig, ClusterConfig, Config } from '../../src/config/config';
import type { Actor } from '../../src/access/actor';
import { type Authorizer, createAuthorizer } from '../../src/access/authorizer';
import type { Enqueued } from '../../src/queue/producer';
import type { Mute } from '../../src/report/mutes';
import type { Report } from '../../src/report/report';
import type { SlackRequest, SlackServices } from '../../src/slack/define';
import { commands, type ListenerServices } from '../../src/app/listeners';
import type { MuteServices } from '../../src/features/mutes/change-mute';
import type { SubscribeServices } from '../../src/features/subscriptions/services';
import { createSigner } from '../../src/signing/sign';
import type { AuditEvent } from '../../src/access/audit-event';
import type { RunSummary } from '../../src/features/history/reports.store';
import type { Subscription, SubscriptionKey } from '../../src/features/subscriptions/subscriptions.store';
import type { ClusterMute, MuteKey } from '../../src/features/mutes/mutes.store';

const home = { team: 'T1' };

/** Whom Slack would tell about, by user id. */
const slackUsers: Readonly<Record<string, object>> = {
  UMEMBER: { team_id: 'T1' },
  UGUEST: { team_id: 'T1', is_restricted: true },
  USTRANGER: { team_id: 'T2' },
};

export const clusterOf = (name: string): ClusterConfig => ({
  name,
  address: 'http://127.0.0.1:8500',
  tls: {},
  allowPlainHttp: false,
  gatewayTokens: [],
  peers: {},
});

export const configOf = (
  access: AccessConfig = { restrict: false, grants: [] },
  names: readonly string[] = ['prod-east', 'prod-west', 'staging'],
): Config => ({
  clusters: new Map(names.map((name) => [name, clusterOf(name)])),
  access,
  history: { reports: 100, maxAgeMs: 86_400_000 },
});

/** Makes the owners of clusters, by cluster. */
export const ownedBy = (
  owners: Readonly<
    Record<string, { readonly name: string; readonly labels?: Readonly<Record<string, string>> }>
  >,
): NonNullable<Config['owners']> =>
  new Map(
    Object.entries(owners).map(([cluster, { name, labels = {} }]) => [
      cluster,
      {
        name,
        labels,
        usergroup: `S0${name.toUpperCase()}`,
        channel: 'C0OWNER',
        approvers: { users: [], usergroups: [] },
        samePerson: false,
      },
    ]),
  );

export const signer = createSigner('a-key-of-at-least-32-characters!');

/** A configuration with peering tokens. */
export const withApprovals = (access?: AccessConfig, names?: readonly string[]): Config => {
  const config = configOf(access, names);
  const clusters = [...config.clusters].map(
    ([name, cluster]) => [name, { ...cluster, peeringToken: { env: 'WRITE' } }] as const,
  );
  return {
    ...config,
    clusters: new Map(clusters),
    approvals: {
      channel: 'C0APPROVALS',
      approvers: { users: ['UAPPROVER'], usergroups: [] },
      expiresMs: 1_800_000,
    },
  };
};

const slackClient = {
  users: { info: async ({ user }: { user: string }) => ({ ok: true, user: slackUsers[user] }) },
  usergroups: { users: { list: async () => ({ ok: true, users: ['UMEMBER'] }) } },
} as never;

const authorizerOf = (access: AccessConfig): Authorizer =>
  createAuthorizer({ client: slackClient, access, home });

/** A job that was queued. */
interface Queued {
  readonly job: string;
  readonly payload: unknown;
  readonly id: string;
  readonly key: string | undefined;
}

export interface FakeOptions {
  readonly config?: Config;
  readonly enqueued?: Enqueued;
  /** Number of workers; undefined if Redis does not tell. Default 1. */
  readonly workers?: number | undefined;
  readonly reports?: Readonly<Record<string, Report>>;
  readonly history?: readonly RunSummary[];
  readonly trail?: ListenerServices['trail'];
  readonly signer?: ListenerServices['signer'];
  /** Finds stored requests. Default: any id is one that waits for a decision. */
  readonly signed?: ListenerServices['signed'];
}

/** Mutes in the memory of one test. */
const fakeMutes = (): MuteServices['mutes'] => {
  const kept: ClusterMute[] = [];
  const list: MuteServices['mutes']['list'] = async (clusters, nowMs) =>
    kept.filter(({ cluster, untilMs }) => clusters.includes(cluster) && untilMs > nowMs);
  const take = (cluster: string, { check, subject }: MuteKey): Mute | undefined => {
    const at = kept.findIndex(
      (one) => one.cluster === cluster && one.check === check && one.subject === subject,
    );
    return at === -1 ? undefined : kept.splice(at, 1)[0];
  };
  return {
    of: (cluster, nowMs) => list([cluster], nowMs),
    list,
    endingBetween: async () => [],
    add: async (cluster, mute) => {
      const before = take(cluster, mute);
      kept.push({ ...mute, cluster });
      return before === undefined ? 'added' : 'replaced';
    },
    remove: async (cluster, key) => take(cluster, key),
    removeUnchanged: async (mute) => kept.includes(mute) && take(mute.cluster, mute) !== undefined,
  };
};

/** Subscriptions in the memory of one test. */
const fakeSubscriptions = (): SubscribeServices['subscriptions'] => {
  const kept = new Map<string, Subscription>();
  const keyOf = ({ channel, cluster }: SubscriptionKey): string => `${channel}/${cluster}`;
  return {
    all: async () => [...kept.values()],
    find: async (key) => kept.get(keyOf(key)),
    put: async (definition, createdMs) => {
      const before = kept.get(keyOf(definition));
      const stored = { ...definition, createdMs, paused: null, version: 1 };
      kept.set(keyOf(definition), stored);
      return { stored, before };
    },
    pause: async () => false,
    remove: async (key) => {
      const ended = kept.get(keyOf(key));
      kept.delete(keyOf(key));
      return ended;
    },
  };
};

/** A store in which every incident is over. */
const noIncidents: ListenerServices['incidents'] = {
  of: async () => new Map(),
  observe: async () => undefined,
  claimMention: async () => false,
  returnMention: async () => undefined,
  take: async () => undefined,
  release: async () => undefined,
};

/** Services of listeners with a queue that only records jobs. The real rules decide about access. */
export const fakeTools = (options: FakeOptions = {}) => {
  const { config = configOf(), enqueued, reports = {}, history = [], trail, signer } = options;
  const { signed = { approvals: { find: async (id: string) => pendingRecord(id) } } } = options;
  const queued: Queued[] = [];
  const recorded: AuditEvent[] = [];
  const happened = new Set<string>();
  const tools: SlackServices & ListenerServices = {
    config,
    authorizer: authorizerOf(config.access),
    reports: {
      save: async () => undefined,
      find: async (run) => reports[run],
      history: async (clusters) => new Map(clusters.map((cluster) => [cluster, history])),
      latest: async () => new Map(),
    },
    commands,
    producer: {
      enqueue: async (job, payload, { id, key }) => {
        queued.push({ job: job.name, payload, id, key });
        return enqueued ?? { kind: 'queued' };
      },
      workers: async () => ('workers' in options ? options.workers : 1),
    },
    isFirst: async (what) => happened.size < happened.add(what).size,
    rationale: () => undefined,
    mutes: fakeMutes(),
    subscriptions: fakeSubscriptions(),
    incidents: noIncidents,
    unanswered: { list: async () => [] },
    digests: { all: async () => [] },
    requests: undefined,
    checkIds: ['consul-version', 'mesh-gateway-healthy', 'mesh-gateway-mode', 'peering-active'],
    record: async (event) => {
      recorded.push(event);
    },
    signer,
    signed,
    approvers: createApprovers(config, { client: slackClient, home }),
    trail,
  };
  return { tools, queued, recorded };
};

export const actorOf = (user: string, team = 'T1', channel = 'C1'): Actor => ({ user, team, channel });

export const requestBy = (actor: Actor): SlackRequest => ({
  id: 'request-1',
  actor,
  responseUrl: 'https://slack.example/respond',
  deadline: Date.now() + 1500,
  log: pino({ level: 'silent' }),
});

export const noLimit = async (): Promise<undefined> => undefined;
