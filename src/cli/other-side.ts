import { createClients } from '../clusters/clients';
import type { ClusterConfig, SecretRef } from '../config/config';
import { clusterOfConsulEnvironment, consulSettings } from '../config/consul-environment';
import type { Environment } from '../config/secret';
import type { SettingNames } from '../config/setting-names';
import type { Peering } from '../consul/wire';
import { type ExitCode, usageError, type Values, word } from './command';
import { type Target, warnOfExposure } from './open-cluster';

const prefix = 'OTHER_';

/** The `CONSUL_*` variables of the other side, without their prefix. Those of the cluster itself do not count for it. */
const environmentOfOther = (env: Environment): Environment =>
  Object.fromEntries(
    [...Object.keys(consulSettings), 'CONSUL_HTTP_SSL', 'CONSUL_HTTP_SSL_VERIFY'].map((name) => [
      name,
      env[`${prefix}${name}`],
    ]),
  );

const tokenOfOther = (token: SecretRef): SecretRef =>
  'env' in token ? { env: `${prefix}${token.env}` } : token;

/** Settings of the other side. Its address and token file have flags, all others are variables. */
const namesOfOther = (names: SettingNames): SettingNames => ({
  address: '--other',
  token: names.token === '-token-file' ? '--other-token-file' : `${prefix}${names.token}`,
  ca_file: `${prefix}${names.ca_file}`,
  cert_file: `${prefix}${names.cert_file}`,
  key_file: `${prefix}${names.key_file}`,
  server_name: `${prefix}${names.server_name}`,
});

/**
 * Adds the cluster of `--other` to a target, as the other side of a peering: that of `--peer`, else the one that both
 * clusters say is the same. Without `--other`, returns the target. A mistake in the command line is written to standard
 * error.
 */
export const withOtherSide = async (target: Target, values: Values): Promise<Target | ExitCode> => {
  const { terminal } = target;
  const given = word(values, 'other');
  const tokenFile = word(values, 'other-token-file');
  if (given === undefined)
    return tokenFile === undefined
      ? target
      : usageError(terminal, '--other-token-file goes with --other ADDRESS');
  const flags = { 'http-addr': given, ...(tokenFile !== undefined && { 'token-file': tokenFile }) };
  const found = clusterOfConsulEnvironment(environmentOfOther(terminal.env), flags);
  if (!found.ok)
    return usageError(
      terminal,
      found.error.replace('-http-addr', '--other').replaceAll(/\bCONSUL_/g, `${prefix}$&`),
    );
  const { cluster: environmentCluster } = found.value;
  if (environmentCluster.address === target.cluster.address)
    return usageError(terminal, '--other is the address of the cluster itself');
  // Clients and reports tell clusters apart by name, and two sockets may have one name.
  const name = target.config.clusters.has(environmentCluster.name)
    ? environmentCluster.address
    : environmentCluster.name;
  const other: ClusterConfig = {
    ...environmentCluster,
    name,
    ...(environmentCluster.token && { token: tokenOfOther(environmentCluster.token) }),
    ...(environmentCluster.settingNames && { settingNames: namesOfOther(environmentCluster.settingNames) }),
  };
  warnOfExposure(other, prefix, terminal);
  const peer = word(values, 'peer') ?? (await findPeering(target, other));
  if (typeof peer === 'object') return usageError(terminal, peer.problem);
  const cluster = { ...target.cluster, peers: { ...target.cluster.peers, [peer]: name } };
  const clusters = new Map([...target.config.clusters, [cluster.name, cluster], [name, other]]);
  return { ...target, cluster, config: { ...target.config, clusters } };
};

/** True if two clusters report the two ends of one peering: the dialer knows the id that the acceptor gave it. */
const isSamePeering = (one: Peering, end: Peering): boolean =>
  one.PeerID === '' ? one.ID !== '' && end.PeerID === one.ID : end.ID === one.PeerID;

/** Returns the name of the peering between two clusters, or the sentence that asks for it. */
const findPeering = async (
  { cluster, terminal }: Target,
  other: ClusterConfig,
): Promise<string | { readonly problem: string }> => {
  const clients = createClients(terminal.env);
  const peeringsOf = async (one: ClusterConfig): Promise<readonly Peering[]> => {
    const lease = clients.lease(one);
    if (!lease.ok) return [];
    const read = await lease.value.client.peerings({ signal: terminal.signal });
    lease.value.release();
    return read.ok ? read.value : [];
  };
  try {
    const [own, ends] = await Promise.all([peeringsOf(cluster), peeringsOf(other)]);
    const same = own.filter((one) => ends.some((end) => isSamePeering(one, end)));
    // A half that is gone matches nothing: a cluster's only peering is then the one that is meant.
    const [first, ...more] = same.length > 0 ? same : own;
    if (first !== undefined && more.length === 0) return first.Name;
    const names = own.map(({ Name }) => Name);
    const known = names.length === 0 ? 'no peering is visible' : `peerings: ${names.slice(0, 20).join(', ')}`;
    return { problem: `cannot tell which peering leads to --other: name it with --peer NAME; ${known}` };
  } finally {
    clients.close();
  }
};
