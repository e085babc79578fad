import { basename, dirname, resolve } from 'node:path';
import { type Document, isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import type { AccessConfig, ClusterConfig, Config, GatewayTokenRef, Grant, SecretRef } from './config';
import { failure, type Result, success } from '../result';
import type { Problem } from './problem';
import { type Cluster, ClustersFile, findNameProblems, findSoundClusters } from './clusters-schema';
import { toReceivers } from './receivers-schema';
import { defaultExpiryMs, resolveOwners } from './owners';
import { omitUndefined } from '../omit-undefined';

const dayMs = 86_400_000;

/** The clusters of a file that have no mistakes, so that their secrets and files are read even if others have some. */
export interface SoundClusters {
  readonly clusters: readonly ClusterConfig[];
  /** Returns the position of a value in the text. */
  readonly positionOf: (path: readonly string[]) => Pick<Problem, 'line' | 'column'>;
}

export type ClustersRead = Result<Config, readonly Problem[]> & { readonly sound: SoundClusters };

export const noSoundClusters: SoundClusters = { clusters: [], positionOf: () => ({}) };

/**
 * Parses and validates the text of a clusters file. Returns all mistakes at once, each with its line. `file` names it in
 * messages, and files named inside are taken relative to its folder.
 */
export const parseClustersFile = (text: string, file: string): ClustersRead => {
  const lines = new LineCounter();
  // Pretty errors would quote the line, and a line may hold a token that should not be there.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const positionOf = (offset: number | undefined): Pick<Problem, 'line' | 'column'> => {
    if (offset === undefined) return {};
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };

  if (document.errors.length > 0) {
    const problems = document.errors.map(({ code, pos }) => ({
      file,
      path: '',
      message: syntaxHelp(code),
      ...positionOf(pos[0]),
    }));
    return { ...failure(problems), sound: noSoundClusters };
  }

  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 100 });
  } catch {
    const message = 'its aliases do not resolve, or expand too far; expected plain YAML';
    return { ...failure([{ file, path: '', message, line: 1, column: 1 }]), sound: noSoundClusters };
  }
  const parsed = ClustersFile.safeParse(data ?? {});
  const issues: readonly Issue[] = [...(parsed.error?.issues ?? []), ...findNameProblems(data)];
  const folder = dirname(resolve(file));
  const sound: SoundClusters = {
    clusters: findSoundClusters(data).map(([name, given]) => toCluster(name, given, folder)),
    positionOf: (path) => positionOf(offsetOf(document, { path, message: '' })),
  };
  if (parsed.success && issues.length === 0)
    return { ...success(toConfig(parsed.data, resolve(file))), sound };
  const problems = issues.map((issue) => ({
    file,
    path: issue.path.map(String).join('.'),
    message: issue.message,
    ...positionOf(offsetOf(document, issue)),
  }));
  return { ...failure(problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0))), sound };
};

/** A mistake that zod or the check of names found; `keys` holds the unknown keys. */
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

const syntaxHelp = (code: string): string => {
  if (code === 'DUPLICATE_KEY') return 'this key occurs twice; expected each key once';
  if (code === 'TAB_AS_INDENT') return 'indented with a tab; expected spaces';
  return `is not YAML here (${code.toLowerCase().replaceAll('_', ' ')})`;
};

/** Returns the offset of an issue in the text: of the unknown key, the value, or the innermost parent that exists. */
const offsetOf = (document: Document, issue: Issue): number | undefined => {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.keys) {
    const [unknown] = issue.keys;
    const parent = path.length === 0 ? document.contents : document.getIn(path, true);
    const key = isMap(parent)
      ? parent.items.find((item) => isNode(item.key) && String(item.key) === unknown)?.key
      : undefined;
    if (isNode(key) && key.range) return key.range[0];
  }
  for (let depth = path.length; depth > 0; depth -= 1) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    if (!isMap(parent)) {
      const node = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return node.range[0];
      continue;
    }
    const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(path[depth - 1]));
    if (pair && isNode(pair.key) && pair.key.range) return pair.key.range[0];
  }
  return isNode(document.contents) && document.contents.range ? document.contents.range[0] : 0;
};

const secretIn = (folder: string, ref: SecretRef): SecretRef =>
  'file' in ref ? { file: resolve(folder, ref.file) } : ref;

const toCluster = (name: string, given: Cluster, folder: string): ClusterConfig => {
  const at = (path: string | undefined): string | undefined => path && resolve(folder, path);
  const secret = (ref: SecretRef | undefined): SecretRef | undefined => ref && secretIn(folder, ref);
  const { tls = {}, datacenter, partition, namespace } = given;
  return omitUndefined({
    name,
    address: given.address,
    tls: omitUndefined({
      caFile: at(tls.ca_file),
      certFile: at(tls.cert_file),
      keyFile: at(tls.key_file),
      serverName: tls.server_name,
    }),
    proxy: given.proxy && omitUndefined({ ...given.proxy, password: secret(given.proxy.password) }),
    allowPlainHttp: given.allow_plain_http ?? false,
    token: secret(given.token),
    datacenter,
    partition,
    namespace,
    gatewayTokens: (given.gateway_tokens ?? []).map((ref) => omitUndefined(ref) as GatewayTokenRef),
    peers: given.peers ?? {},
    peeringToken: secret(given.peering_token),
    serverExternalAddresses: given.server_external_addresses,
    probe: given.probe,
  });
};

const toConfig = (file: ClustersFile, path: string): Config => {
  const folder = dirname(path);
  const clusters = Object.entries(file.clusters).map(([name, given]): [string, ClusterConfig] => [
    name,
    toCluster(name, given, folder),
  ]);
  const { approvals, digests, mutes, severity } = file;
  const receivers = toReceivers(file, (ref) => secretIn(folder, ref));
  const owners = resolveOwners(file.clusters, file.owners);
  const rule =
    (key: string) =>
    <T extends { readonly owner: string; readonly subject?: string | undefined }>(
      { owner, subject, ...given }: T,
      index: number,
    ) => ({
      ...given,
      subject: subject ?? null,
      by: owner,
      configuredAt: `${key}[${index}] of ${basename(path)}`,
    });
  return omitUndefined({
    clusters: new Map(clusters),
    access: toAccess(file.access ?? []),
    owners: owners.size === 0 ? undefined : owners,
    approvals: approvals && {
      channel: approvals.channel,
      approvers: {
        users: approvals.approvers.users ?? [],
        usergroups: approvals.approvers.usergroups ?? [],
      },
      expiresMs: approvals.expires ?? defaultExpiryMs,
    },
    history: { reports: file.history?.reports ?? 100, maxAgeMs: (file.history?.days ?? 30) * dayMs },
    alertmanager: file.alertmanager && {
      ...file.alertmanager,
      token: secretIn(folder, file.alertmanager.token),
      label: file.alertmanager.label ?? 'cluster',
    },
    receivers: receivers.length === 0 ? undefined : receivers,
    digests:
      digests &&
      Object.entries(digests).map(([name, { only_changes, ...given }]) => ({
        name,
        ...given,
        onlyChanges: only_changes ?? false,
      })),
    mutes: mutes
      ?.map(rule('mutes'))
      .map(({ until: untilMs, ...given }) => omitUndefined({ ...given, untilMs })),
    severities: severity
      ?.map(rule('severity'))
      .map(({ until: untilMs = null, ...given }) => omitUndefined({ ...given, untilMs })),
  });
};

const toAccess = (items: NonNullable<ClustersFile['access']>): AccessConfig => ({
  restrict: items.some((item) => 'restrict' in item && item.restrict),
  grants: items.flatMap((item) => ('restrict' in item ? [] : [omitUndefined(item) as Grant])),
});
