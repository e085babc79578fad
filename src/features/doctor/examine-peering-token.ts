import type { createClients } from '../../clusters/clients';
import type { CommandName } from '../../config/commands';
import type { ClusterConfig, Config } from '../../config/config';
import { matchesGlob } from '../../config/match-glob';
import type { CallOptions } from '../../consul/send-request';
import { count } from '../../render/words';
import { type DoctorLine, linesOf } from './finding';

/** A right of a `peering_token`, and the commands whose approved changes need it. */
interface WriteRight {
  readonly resource: 'peering' | 'mesh';
  readonly changes: string;
  readonly commands: readonly CommandName[];
}

const rights: readonly WriteRight[] = [
  { resource: 'peering', changes: 'peerings', commands: ['token', 'connect', 'disconnect', 'renew'] },
  { resource: 'mesh', changes: 'exported services', commands: ['export', 'unexport'] },
];

const dayMs = 86_400_000;
/** Time before the end of a token at which a line warns of it, in ms. */
const endsSoonMs = 7 * dayMs;

/**
 * Examines the `peering_token` of a cluster: that Consul knows it, that it grants what people may request, and that it does not
 * end soon. Writes nothing.
 */
export const examinePeeringToken = async (
  cluster: ClusterConfig,
  config: Config,
  writers: ReturnType<typeof createClients>,
  call: CallOptions,
): Promise<readonly DoctorLine[]> => {
  const { ok, warning, problem, unknown } = linesOf(cluster.name);
  const lease = writers.lease(cluster);
  if (!lease.ok) return [problem(lease.error, 'Correct the clusters file or the environment')];
  try {
    const { client } = lease.value;
    const [allowed, self] = await Promise.all([
      client.authorize(
        rights.map(({ resource }) => ({ Resource: resource, Access: 'write' })),
        call,
      ),
      client.aclTokenSelf(call),
    ]);
    if (!allowed.ok) {
      const { cause, message } = allowed.error;
      if (cause === 'acl-disabled') return [];
      return cause === 'token-unknown'
        ? [
            problem(
              `peering_token: ${message}`,
              `Create a token with the rule ${ruleOf('peering')}, and name it`,
            ),
          ]
        : [unknown(`the rights of its peering_token are not visible: ${message}`)];
    }
    const granted = rights.filter((_, at) => allowed.value[at]?.Allow === true);
    const requestable = rights.filter(({ commands }) => mayRequest(config, cluster.name, commands));
    const missing = (requestable.length > 0 || granted.length > 0 ? requestable : rights).filter(
      (right) => !granted.includes(right),
    );
    const endMs = self.ok && self.value.ExpirationTime ? Date.parse(self.value.ExpirationTime) : Number.NaN;
    const leftMs = endMs - Date.now();
    return [
      missing.length === 0
        ? ok(`its peering_token may change ${changesOf(granted)}`)
        : warning(
            `its peering_token may not change ${changesOf(missing)}, ${requestable.length > 0 ? 'which people may request' : 'so it is of no use'}`,
            `Add to its policy: ${missing.map(({ resource }) => ruleOf(resource)).join(', ')}`,
          ),
      ...(self.ok ? [] : [unknown(`the end of its peering_token is not visible: ${self.error.message}`)]),
      ...(leftMs < endsSoonMs
        ? [
            warning(
              `its peering_token expires in less than ${count(Math.max(1, Math.ceil(leftMs / dayMs)), 'day')}`,
              'Create another one, and put its secret where the clusters file says',
            ),
          ]
        : []),
    ];
  } finally {
    lease.value.release();
  }
};

const changesOf = (some: readonly WriteRight[]): string => some.map(({ changes }) => changes).join(' and ');

const ruleOf = (resource: WriteRight['resource']): string => `${resource} = "write"`;

/** True if a grant lets anyone request one of these changes of the cluster. */
const mayRequest = ({ access }: Config, cluster: string, commands: readonly CommandName[]): boolean =>
  access.grants.some(
    ({ allow, clusters = ['*'] }) =>
      (allow.includes('*') || commands.some((command) => allow.includes(command))) &&
      clusters.some((glob) => matchesGlob(glob, cluster)),
  );
