import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterConfig, Config, SecretRef } from './config';
import type { Environment } from './secret';
import { failure, type Result, success } from '../result';
import { omitUndefined } from '../omit-undefined';

/**
 * Settings of the `consul` command: each variable with its flag. Source: `api.DefaultConfig` and the global flags
 * of Consul 1.20.
 */
export const consulSettings = {
  CONSUL_HTTP_ADDR: 'http-addr',
  CONSUL_HTTP_TOKEN: 'token',
  CONSUL_HTTP_TOKEN_FILE: 'token-file',
  CONSUL_CACERT: 'ca-file',
  CONSUL_CAPATH: 'ca-path',
  CONSUL_CLIENT_CERT: 'client-cert',
  CONSUL_CLIENT_KEY: 'client-key',
  CONSUL_TLS_SERVER_NAME: 'tls-server-name',
  CONSUL_NAMESPACE: 'namespace',
  CONSUL_PARTITION: 'partition',
} as const;

type Variable = keyof typeof consulSettings;

const defaultAddress = '127.0.0.1:8500';

/** Reads a boolean as strictly as the `consul` command does (Go's `strconv.ParseBool`). */
const parseFlag = (text: string): boolean | undefined => {
  if (/^(?:1|t|true)$/i.test(text)) return true;
  return /^(?:0|f|false)$/i.test(text) ? false : undefined;
};

/** A cluster that no file describes, or one sentence that says which setting is wrong. */
export type EnvironmentCluster = Result<{ readonly config: Config; readonly cluster: ClusterConfig }>;

interface Address {
  /** Origin of the HTTP API, or `unix://` and the path of a socket. */
  readonly address: string;
  /** Short name for reports. */
  readonly name: string;
}

const parseAddress = (text: string, tls: boolean): Address | undefined => {
  if (text.startsWith('unix://')) {
    const path = text.slice('unix://'.length);
    return path.startsWith('/') ? { address: text, name: path.split('/').at(-1) || path } : undefined;
  }
  const full = /^[a-z]+:\/\//i.test(text) ? text : `${tls ? 'https' : 'http'}://${text}`;
  if (!URL.canParse(full)) return undefined;
  const url = new URL(full);
  const isOrigin = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (!isOrigin || url.password !== '' || !/^https?:$/.test(url.protocol)) return undefined;
  // As in the `consul` command, CONSUL_HTTP_SSL turns TLS on even if the address says http.
  if (tls) url.protocol = 'https:';
  return { address: url.origin, name: url.host };
};

/** Lists the files in a folder of certificates, in a fixed order; undefined if the folder cannot be read. */
const filesIn = (folder: string): readonly string[] | undefined => {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(folder, entry.name))
      .sort();
  } catch {
    return undefined;
  }
};

/** Tells that a file holds nothing. To look into a pipe, such as `<(vault read …)`, would take the token away from its reader. */
const isBlank = (file: string): boolean => {
  try {
    return statSync(file).isFile() && readFileSync(file, 'utf8').trim() === '';
  } catch {
    return false;
  }
};

/**
 * Returns the cluster that the `consul` command would use, from its environment variables and from the flags of the same
 * names. Flags win. The result names the variable or file of the token, and never holds the token.
 *
 * @param flags values of flags, by name without dashes
 */
export const clusterOfConsulEnvironment = (
  env: Environment,
  flags: Readonly<Record<string, string | undefined>>,
): EnvironmentCluster => {
  const setting = (variable: Variable): string | undefined =>
    flags[consulSettings[variable]] ?? (env[variable]?.trim() || undefined);
  const nameOf = (variable: Variable): string =>
    flags[consulSettings[variable]] === undefined ? variable : `-${consulSettings[variable]}`;

  const ssl = env['CONSUL_HTTP_SSL']?.trim() ?? '';
  const verify = env['CONSUL_HTTP_SSL_VERIFY']?.trim() ?? '';
  const tls = ssl === '' ? false : parseFlag(ssl);
  if (tls === undefined) return failure('CONSUL_HTTP_SSL: expected true or false');
  const isVerified = verify === '' ? true : parseFlag(verify);
  if (isVerified === undefined) return failure('CONSUL_HTTP_SSL_VERIFY: expected true or false');

  const address = parseAddress(setting('CONSUL_HTTP_ADDR') ?? defaultAddress, tls);
  if (address === undefined) {
    return failure(
      `${nameOf('CONSUL_HTTP_ADDR')}: expected host:port, http://host:port, https://host:port or unix:///path/to/socket`,
    );
  }
  const caPath = setting('CONSUL_CAPATH');
  const caFile = setting('CONSUL_CACERT');
  // A file wins over a folder, as in the `consul` command.
  const caFiles = caFile === undefined && caPath !== undefined ? filesIn(caPath) : undefined;
  if (caFile === undefined && caPath !== undefined && (caFiles === undefined || caFiles.length === 0)) {
    return failure(`${nameOf('CONSUL_CAPATH')}: expected a folder of certificates that can be read`);
  }
  const certFile = setting('CONSUL_CLIENT_CERT');
  const keyFile = setting('CONSUL_CLIENT_KEY');
  if ((certFile === undefined) !== (keyFile === undefined)) {
    return failure(
      `${nameOf('CONSUL_CLIENT_CERT')} and ${nameOf('CONSUL_CLIENT_KEY')} go together: expected both or neither`,
    );
  }
  const givenFile = setting('CONSUL_HTTP_TOKEN_FILE');
  // As in the `consul` command, the token counts where the file holds none.
  const tokenFile =
    givenFile !== undefined && setting('CONSUL_HTTP_TOKEN') !== undefined && isBlank(givenFile)
      ? undefined
      : givenFile;
  const token: SecretRef | undefined =
    tokenFile !== undefined
      ? { file: tokenFile }
      : setting('CONSUL_HTTP_TOKEN') === undefined
        ? undefined
        : { env: 'CONSUL_HTTP_TOKEN' };
  const serverName = setting('CONSUL_TLS_SERVER_NAME');
  const partition = setting('CONSUL_PARTITION');
  const namespace = setting('CONSUL_NAMESPACE');
  const cluster: ClusterConfig = omitUndefined({
    name: address.name,
    address: address.address,
    // The `consul` command sends its token over plain HTTP too; users of these variables rely on that.
    allowPlainHttp: true,
    tls: omitUndefined({
      caFile,
      caFiles,
      certFile,
      keyFile,
      serverName,
      skipVerify: isVerified ? undefined : true,
    }),
    settingNames: {
      address:
        setting('CONSUL_HTTP_ADDR') === undefined
          ? 'CONSUL_HTTP_ADDR or -http-addr, of which none is set'
          : nameOf('CONSUL_HTTP_ADDR'),
      token: nameOf(tokenFile === undefined ? 'CONSUL_HTTP_TOKEN' : 'CONSUL_HTTP_TOKEN_FILE'),
      ca_file: nameOf(caFiles === undefined ? 'CONSUL_CACERT' : 'CONSUL_CAPATH'),
      cert_file: nameOf('CONSUL_CLIENT_CERT'),
      key_file: nameOf('CONSUL_CLIENT_KEY'),
      server_name: nameOf('CONSUL_TLS_SERVER_NAME'),
    },
    gatewayTokens: [],
    peers: {},
    token,
    partition,
    namespace,
  });
  return success({
    cluster,
    config: {
      clusters: new Map([[cluster.name, cluster]]),
      access: { restrict: false, grants: [] },
      history: { reports: 0, maxAgeMs: 0 },
    },
  });
};
