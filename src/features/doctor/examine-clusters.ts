import { type AclNeed, botNeeds } from '../../acl/needs';
import { createClients } from '../../clusters/clients';
import type { ClusterConfig, Config } from '../../config/config';
import type { Environment } from '../../config/secret';
import type { ConsulClient } from '../../consul/client';
import type { CallOptions } from '../../consul/send-request';
import { count } from '../../render/words';
import { examinePeeringToken } from './examine-peering-token';
import { type DoctorLine, linesOf } from './finding';

/** Maximum clusters that are examined at once. */
const maxAtOnce = 32;

/** Difference between two clocks from which ages of heartbeats and certificates are wrong, in ms. */
const maxSkewMs = 30_000;

/**
 * Examines each cluster: that it answers, that its tokens may do what they are for, and that its clock agrees with this one.
 *
 * @param readsPeeringTokens false for a process that works on other queues, and must not read them
 */
export const examineClusters = async (
  clusters: readonly ClusterConfig[],
  parts: {
    readonly config: Config;
    readonly env: Environment;
    readonly readsPeeringTokens: boolean;
    readonly signal: AbortSignal;
  },
): Promise<readonly DoctorLine[]> => {
  const { config, env, readsPeeringTokens, signal } = parts;
  const clients = createClients(env);
  const writers = createClients(env, undefined, 'write');
  const queue = [...clusters];
  const found = new Map<string, readonly DoctorLine[]>();
  const examineNext = async (): Promise<void> => {
    for (let cluster = queue.shift(); cluster !== undefined; cluster = queue.shift()) {
      const writes = readsPeeringTokens && cluster.peeringToken !== undefined;
      const lines = await examineCluster(cluster, clients, { signal });
      const tokenLines =
        writes && lines.some(({ status }) => status === 'ok')
          ? await examinePeeringToken(cluster, config, writers, { signal })
          : [];
      found.set(cluster.name, [...lines, ...tokenLines]);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(maxAtOnce, queue.length) }, examineNext));
  } finally {
    clients.close();
    writers.close();
  }
  const unread = clusters.filter(({ peeringToken }) => !readsPeeringTokens && peeringToken !== undefined);
  return [
    ...(unread.length === 0
      ? []
      : [
          linesOf('peering tokens').unknown(
            `not examined for ${count(unread.length, 'cluster')}: only workers of the queue tokens read them`,
            'Run peering-bot doctor with the environment of such a worker',
          ),
        ]),
    ...clusters.flatMap(({ name }) => found.get(name) ?? []),
  ];
};

const examineCluster = async (
  cluster: ClusterConfig,
  clients: ReturnType<typeof createClients>,
  call: CallOptions,
): Promise<readonly DoctorLine[]> => {
  const { ok, problem } = linesOf(cluster.name);
  const lease = clients.lease(cluster);
  if (!lease.ok) return [problem(lease.error, 'Correct the clusters file or the environment')];
  try {
    const { client } = lease.value;
    const sentAt = Date.now();
    const agent = await client.agentSelf(call);
    if (!agent.ok && agent.error.kind !== 'forbidden') {
      return [problem(agent.error.message, 'Check the address, TLS settings and network')];
    }
    const where = `${cluster.address}${cluster.proxy === undefined ? '' : ` through the proxy ${cluster.proxy.address}`}`;
    const answered = agent.ok
      ? ok(`Consul ${agent.value.Config.Version} in ${agent.value.Config.Datacenter} answers at ${where}`)
      : ok(`Consul answers at ${where}`);
    const clock = agent.ok ? clockLine(cluster.name, agent.meta.dateMs, (sentAt + Date.now()) / 2) : [];
    return [answered, ...(await rightsLines(cluster, client, call)), ...clock];
  } finally {
    lease.value.release();
  }
};

/** Asks Consul what the token may read. The question needs no rule. */
const rightsLines = async (
  { name, token }: ClusterConfig,
  client: ConsulClient,
  call: CallOptions,
): Promise<readonly DoctorLine[]> => {
  const { ok, warning, problem, unknown } = linesOf(name);
  const answer = await client.authorize(
    botNeeds.map(({ question }) => ({ Resource: question.resource, Access: question.access })),
    call,
  );
  if (!answer.ok) {
    const { cause, message } = answer.error;
    if (cause === 'acl-disabled') return [ok('ACLs are disabled on this cluster, so it needs no token')];
    if (cause === 'token-unknown')
      return [
        problem(message, 'Create a token with the policy in the README, and name it in the clusters file'),
      ];
    return [unknown(`its rights are not visible: ${message}`)];
  }
  const missing = botNeeds.filter((_, index) => answer.value[index]?.Allow !== true);
  if (missing.length === 0) {
    return [
      ok(
        token === undefined
          ? 'everything that the checks read is readable without a token'
          : 'its token may read everything that the checks read',
      ),
    ];
  }
  const rules = missing.map(({ rule }) => ruleText(rule)).join(', ');
  return [
    warning(
      'its token may not read everything that the checks read, so some checks are unknown',
      `Add to its policy: ${rules}`,
    ),
  ];
};

/** A rule as it is written into a policy. */
const ruleText = ({ resource, segment, access }: AclNeed['rule']): string =>
  segment === undefined
    ? `${resource} = "${access}"`
    : `${resource} ${JSON.stringify(segment)} { policy = "${access}" }`;

const clockLine = (name: string, theirs: number | undefined, ours: number): readonly DoctorLine[] => {
  if (theirs === undefined) return [];
  const skew = Math.abs(theirs - ours);
  // The header has whole seconds.
  return skew <= maxSkewMs
    ? []
    : [
        linesOf(name).warning(
          `its clock and the clock of this machine differ by ${Math.round(skew / 1000)} s`,
          'Synchronize the clocks (NTP)',
        ),
      ];
};
