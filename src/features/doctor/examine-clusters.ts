import { type AclNeed, botNeeds } from '../../acl/needs';
import { createClients } from '../../clusters/clients';
import type { ClusterConfig, Config } from '../../config/config';
import type { Environment } from '../../config/secret';
import type { ConsulClient } from '../../consul/client';
import type { CallOptions } from '../../consul/send-request';
import { type DoctorLine, linesOf } from './finding';

/** Clusters that are asked at once. */
const maxAtOnce = 32;

/** Difference between two clocks that makes ages of heartbeats and certificates wrong, in ms. */
const maxSkewMs = 30_000;

/** Says of each cluster whether it answers, what its token may not read, and whether its clock agrees with this one. */
export const examineClusters = async (
  config: Pick<Config, 'clusters'>,
  env: Environment,
  signal: AbortSignal,
): Promise<readonly DoctorLine[]> => {
  const clients = createClients(env);
  const queue = [...config.clusters.values()];
  const found = new Map<string, readonly DoctorLine[]>();
  const examineNext = async (): Promise<void> => {
    for (let cluster = queue.shift(); cluster !== undefined; cluster = queue.shift()) {
      found.set(cluster.name, await examineCluster(cluster, clients, { signal }));
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(maxAtOnce, queue.length) }, examineNext));
  } finally {
    clients.close();
  }
  return [...config.clusters.keys()].flatMap((name) => found.get(name) ?? []);
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
    const answered = agent.ok
      ? ok(
          `Consul ${agent.value.Config.Version} in ${agent.value.Config.Datacenter} answers at ${cluster.address}`,
        )
      : ok(`Consul answers at ${cluster.address}`);
    const clock = agent.ok ? clockLine(cluster.name, agent.meta.dateMs, (sentAt + Date.now()) / 2) : [];
    return [answered, ...(await rightsLines(cluster, client, call)), ...clock];
  } finally {
    lease.value.release();
  }
};

/** Asks Consul itself what the token may read; that takes no right at all. */
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
    if (cause === 'acl-disabled') return [ok('its ACL system is off, so no rights are needed')];
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
          ? 'anyone may read all that the checks read'
          : 'its token may read all that the checks read',
      ),
    ];
  }
  const rules = missing.map(({ rule }) => ruleText(rule)).join(', ');
  return [
    warning(
      `its token may not read all that the checks read; some of them stay unknown`,
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
          `its clock and the one here differ by ${Math.round(skew / 1000)} s`,
          'Synchronize the clocks (NTP)',
        ),
      ];
};
