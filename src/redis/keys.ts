/** The keys that the bot writes besides the queues', under one prefix so that an operator can tell them apart. */
export const keys = {
  /** A stored report, by run id. */
  report: (run: string) => `peering:report:${run}`,
  /** Run ids of a cluster, scored by start (ms since the epoch). */
  reportsOf: (cluster: string) => `peering:reports:${cluster}`,
  /** The runs of a cluster in a few words each, by run id. */
  runsOf: (cluster: string) => `peering:runs:${cluster}`,
  /** The newest verdict of every cluster, by its name. */
  latest: 'peering:latest',
  /** When each PENDING peering of a cluster was first seen so. */
  pendingOf: (cluster: string) => `peering:pending:${cluster}`,
  /** Where a message stands in Slack, by the name of what it says. */
  messageRef: (name: string) => `peering:place:${name}`,
  /** What is muted on a cluster, by check and subject. */
  mutesOf: (cluster: string) => `peering:mutes:${cluster}`,
  /** All subscriptions, by channel and cluster. */
  subscriptions: 'peering:subscriptions',
  /** How a subscription stands between two looks. */
  watch: (channel: string, cluster: string) => `peering:watch:${channel}:${cluster}`,
  /** Who may tell of a subscription now. */
  watchLock: (channel: string, cluster: string) => `peering:watch-turn:${channel}:${cluster}`,
  /** When the next message may go to a channel (ms since the epoch, Redis's clock). */
  rateLimit: (channel: string) => `peering:slot:${channel}`,
  /** How many commands a person gave in the current minute. */
  commands: (team: string, user: string) => `peering:commands:${team}:${user}`,
  /** The signature of a request that was already served. */
  served: (signature: string) => `peering:served:${signature}`,
  /** The definitions of all digests, by id. */
  digests: 'peering:digests',
  /** How a digest stands. */
  digestState: (digest: string) => `peering:digest:${digest}`,
  /** What a run of a digest tells of each cluster. */
  digestRows: (run: string) => `peering:digest-rows:${run}`,
  /** What a run of a digest saw of each cluster, for comparison. */
  digestBaselines: (run: string) => `peering:digest-sights:${run}`,
  /** Who may post for a run of a digest now. */
  digestLock: (run: string) => `peering:digest-turn:${run}`,
} as const;

/** Prefix of the queues. The braces keep all keys of a queue on one node of a Redis Cluster. */
export const queuePrefix = '{peering}';
