import type { SettingNames } from './setting-names';
import type { OnCallConfig } from './on-call';
import type { When } from './when';

/** Reference to a secret, which is read when it is used. A literal is refused. */
export type SecretRef = { readonly env: string } | { readonly file: string };

interface TlsConfig {
  readonly caFile?: string;
  /** Several files of certificates, instead of `caFile`. */
  readonly caFiles?: readonly string[];
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly serverName?: string;
  /** Skips verification of server certificates. Only from settings of the `consul` command; the output says so. */
  readonly skipVerify?: boolean;
}

/** A forward proxy, through which one cluster is called. */
interface ProxyConfig {
  /** Origin of the proxy. */
  readonly address: string;
  readonly user?: string;
  readonly password?: SecretRef;
}

/** Reference to the token of a mesh gateway, which the catalog does not contain. */
export type GatewayTokenRef = { readonly gateway: string } & (
  | { readonly accessor: string }
  | { readonly role: string }
  | { readonly policy: string }
);

export interface ClusterConfig {
  readonly name: string;
  /** Origin of the HTTP API, without a path; or `unix://` and the path of a socket. */
  readonly address: string;
  readonly token?: SecretRef;
  readonly tls: TlsConfig;
  /** Absent: the cluster is called without a proxy, whatever the environment names. */
  readonly proxy?: ProxyConfig;
  /** Allows a token over plain HTTP to an address that is not loopback. */
  readonly allowPlainHttp: boolean;
  readonly datacenter?: string;
  readonly partition?: string;
  readonly namespace?: string;
  /** Present if the cluster is in no clusters file, so that errors name the variables and flags instead. */
  readonly settingNames?: SettingNames;
  readonly gatewayTokens: readonly GatewayTokenRef[];
  /** Peer name → the configured cluster that it is. */
  readonly peers: Readonly<Record<string, string>>;
  /** A token with `peering:write`, for approved changes only. */
  readonly peeringToken?: SecretRef;
  /** `host:port` of the servers for other clusters, behind a load balancer or NAT; peering tokens carry them. */
  readonly serverExternalAddresses?: readonly string[];
  /**
   * True: the bot connects to the addresses that this cluster hands out. Absent is false. With `from`, a worker of this name does
   * so too.
   */
  readonly probe?: boolean | { readonly from: string };
}

export interface Grant {
  /** Commands that the grant allows, by name (`token`, `connect`, `acl`, `check`, …) or `*`. */
  readonly allow: readonly string[];
  /** Cluster names or globs; absent means all. */
  readonly clusters?: readonly string[];
  readonly users?: readonly string[];
  readonly usergroups?: readonly string[];
  /** Narrows the grant; never grants by itself. */
  readonly channels?: readonly string[];
}

export interface AccessConfig {
  /** True if help, clusters, check, trace and history are also denied unless granted. */
  readonly restrict: boolean;
  readonly grants: readonly Grant[];
}

/** People, and members of user groups, who may approve. */
export interface ApproverSet {
  readonly users: readonly string[];
  readonly usergroups: readonly string[];
}

interface Approvals {
  readonly channel: string;
  readonly approvers: ApproverSet;
  /** Time limit of a request, in ms. */
  readonly expiresMs: number;
}

/** The team that a cluster belongs to. */
export interface OwnerConfig {
  readonly usergroup: string;
  /** The channel in which its approvers are asked. */
  readonly channel: string;
  /** By default, the members of the user group. */
  readonly approvers: ApproverSet;
  /** Selects its clusters in commands, beside the id of the user group. */
  readonly name?: string;
  /** The people on call. */
  readonly oncall?: OnCallConfig;
  /** Web pages: what to do, and the UI of the cluster. */
  readonly runbook?: string;
  readonly ui?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** True: one person may say yes for this side and the other. */
  readonly samePerson: boolean;
}

/** A digest that the clusters file defines. */
export interface DigestConfig {
  readonly name: string;
  readonly channel: string;
  /** Slack's id of the person whose access decides what it shows. */
  readonly owner: string;
  /** Names, globs, `all`. */
  readonly clusters: readonly string[];
  readonly when: When;
  readonly onlyChanges: boolean;
}

/** The part that mutes and severities of the clusters file have in common. */
interface RuleConfig {
  /** Names and globs; absent: all clusters. */
  readonly clusters?: readonly string[];
  /** A check's id, or a glob. */
  readonly check: string;
  /** The exact name of a finding's subject; null: all findings of the check. */
  readonly subject: string | null;
  /** Its owner: Slack's id of a person, or a name. */
  readonly by: string;
  readonly reason: string;
  /** Its key, such as `mutes[0] of clusters.yml`. */
  readonly configuredAt: string;
}

export interface MuteConfig extends RuleConfig {
  /** ms since the epoch. */
  readonly untilMs: number;
}

export interface SeverityConfig extends RuleConfig {
  readonly severity: 'error' | 'warning' | 'info';
  /** ms since the epoch; null: it has no end. */
  readonly untilMs: number | null;
}

/** A program that is notified of events: a webhook, or a service of PagerDuty. */
export interface ReceiverConfig {
  readonly kind: 'webhook' | 'pagerduty';
  readonly name: string;
  readonly url: string;
  /** Key of the signature, or the routing key. */
  readonly secret: SecretRef;
  /** Names and globs; absent: all clusters. */
  readonly clusters?: readonly string[];
  /** `error`: errors only. */
  readonly severity: 'error' | 'warning';
}

/** The incoming webhook of Alertmanager. */
interface AlertmanagerConfig {
  /** The bearer token that Alertmanager sends. */
  readonly token: SecretRef;
  /** The channel in which alerts are posted. */
  readonly channel: string;
  /** Slack's id of the person whose access decides what the checks show. */
  readonly owner: string;
  /** The label that names the cluster. */
  readonly label: string;
}

export interface Config {
  readonly clusters: ReadonlyMap<string, ClusterConfig>;
  readonly access: AccessConfig;
  /** The owners of clusters that have one, with defaults; absent if none has. */
  readonly owners?: ReadonlyMap<string, OwnerConfig>;
  /** The approvers of changes of clusters without an owner. */
  readonly approvals?: Approvals;
  /** Maximum stored reports for each cluster, and their maximum age in ms. */
  readonly history: { readonly reports: number; readonly maxAgeMs: number };
  /** Absent if the file defines none. */
  readonly digests?: readonly DigestConfig[];
  readonly receivers?: readonly ReceiverConfig[];
  readonly alertmanager?: AlertmanagerConfig;
  readonly mutes?: readonly MuteConfig[];
  readonly severities?: readonly SeverityConfig[];
}
