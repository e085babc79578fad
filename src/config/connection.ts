import { readFileSync } from 'node:fs';
import { failure, type Result, success } from '../result';
import type { ClusterConfig } from './config';
import { type Environment, readSecret } from './secret';
import { omitUndefined } from '../omit-undefined';
import type { SettingNames } from './setting-names';

/** Options for the client of one cluster, with secrets and certificates. Keep it out of logs and jobs. */
export interface Connection {
  readonly cluster: string;
  readonly address: string;
  readonly token?: string;
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly serverName?: string;
    readonly skipVerify?: boolean;
  };
  /** A forward proxy, the only one that is used. */
  readonly proxy?: { readonly address: string; readonly user?: string; readonly password?: string };
  readonly allowPlainHttp: boolean;
  /** Present if the cluster is in no clusters file. */
  readonly settingNames?: SettingNames;
  readonly datacenter?: string;
  readonly partition?: string;
  readonly namespace?: string;
}

/**
 * Reads the token and the TLS files of a cluster. `purpose` chooses the token: `read` for checks, `write` for
 * peering tokens. The error names the setting that cannot be read, and holds no part of a secret.
 */
export const readConnection = (
  cluster: ClusterConfig,
  env: Environment,
  purpose: 'read' | 'write' = 'read',
): Result<Connection> => {
  const ref = purpose === 'write' ? cluster.peeringToken : cluster.token;
  const key = purpose === 'write' ? 'peering_token' : 'token';
  if (purpose === 'write' && ref === undefined) {
    return failure(`clusters.${cluster.name}.${key} is not set`);
  }
  const secret = ref === undefined ? undefined : readSecret(ref, env);
  if (secret?.ok === false) {
    return failure(`${cluster.settingNames?.token ?? `clusters.${cluster.name}.${key}`}: ${secret.error}`);
  }

  const password = cluster.proxy?.password && readSecret(cluster.proxy.password, env);
  if (password?.ok === false) {
    return failure(`clusters.${cluster.name}.proxy.password: ${password.error}`);
  }

  const read = (name: 'ca_file' | 'cert_file' | 'key_file', path: string | undefined): string | undefined => {
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch {
      const setting = cluster.settingNames?.[name] ?? `clusters.${cluster.name}.tls.${name}`;
      throw new Unreadable(`${setting}: the file ${path} cannot be read`);
    }
  };
  try {
    const { caFile, caFiles, certFile, keyFile, serverName, skipVerify } = cluster.tls;
    const ca =
      caFiles === undefined
        ? read('ca_file', caFile)
        : caFiles.map((path) => read('ca_file', path)).join('\n');
    const cert = read('cert_file', certFile);
    const tlsKey = read('key_file', keyFile);
    const { datacenter, partition, namespace } = cluster;
    return success(
      omitUndefined({
        cluster: cluster.name,
        address: cluster.address,
        proxy: cluster.proxy && omitUndefined({ ...cluster.proxy, password: password?.value }),
        allowPlainHttp: cluster.allowPlainHttp,
        settingNames: cluster.settingNames,
        token: secret?.value,
        tls: omitUndefined({ ca, cert, key: tlsKey, serverName, skipVerify }),
        datacenter,
        partition,
        namespace,
      }),
    );
  } catch (error) {
    if (error instanceof Unreadable) return failure(error.message);
    throw error;
  }
};

class Unreadable extends Error {}
