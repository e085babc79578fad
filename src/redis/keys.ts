/**
 * Keys in Redis. They have one of three prefixes: `peering:` (here), `{peering}:` (the queues of BullMQ), and
 * `peering-bot:{approvals}:` (requests and the audit trail, in one hash slot of a Redis Cluster). Names are stored, so
 * they never change.
 */
export const keys = {
  /** A stored report, by run id. */
  report: (run: string) => `peering:report:${run}`,
  /** Run ids of a cluster, scored by start (ms since the epoch). */
  reportsOf: (cluster: string) => `peering:reports:${cluster}`,
  /** A summary of each run of a cluster, by run id. */
  runsOf: (cluster: string) => `peering:runs:${cluster}`,
  /** The newest verdict of every cluster, by its name. */
  latest: 'peering:latest',
  /** The job that runs a check, by channel, cluster and peer. */
  checkLock: (check: string) => `peering:check:${check}`,
  /** The time at which each PENDING peering of a cluster was first found, by peering id. */
  pendingOf: (cluster: string) => `peering:pending:${cluster}`,
  /** The outcomes at a second vantage point, by the id of the job that probed. */
  secondProbes: (job: string) => `peering:second-probes:${job}`,
  /** The ref of a message in Slack, by the name of the message. */
  messageRef: (name: string) => `peering:place:${name}`,
  /** The mutes of a cluster, by check and subject. */
  mutesOf: (cluster: string) => `peering:mutes:${cluster}`,
  /** The present incident of each cluster that is not ready, by its name. */
  incidents: 'peering:incidents',
  /** All subscriptions, by channel and cluster. */
  subscriptions: 'peering:subscriptions',
  /** The state of a subscription between two polls. */
  watch: (channel: string, cluster: string) => `peering:watch:${channel}:${cluster}`,
  /** The process that may post for a subscription. */
  watchLock: (channel: string, cluster: string) => `peering:watch-turn:${channel}:${cluster}`,
  /** When the next message may go to a channel (ms since the epoch, Redis's clock). */
  rateLimit: (channel: string) => `peering:slot:${channel}`,
  /** Number of commands of a person in the current minute. */
  commands: (team: string, user: string) => `peering:commands:${team}:${user}`,
  /** Number of times that a person opened App Home in the current minute. */
  homes: (team: string, user: string) => `peering:homes:${team}:${user}`,
  /** Number of messages of a person with links to Consul's UI in the current minute. */
  previews: (team: string, user: string) => `peering:previews:${team}:${user}`,
  /** Number of times that a person got suggested prompts in the current minute. */
  prompts: (team: string, user: string) => `peering:prompts:${team}:${user}`,
  /** Number of times that a person searched options in the current minute. */
  searches: (team: string, user: string) => `peering:searches:${team}:${user}`,
  /** The signature of a request from Slack that was already served. */
  served: (signature: string) => `peering:served:${signature}`,
  /** The definitions of all digests, by id. */
  digests: 'peering:digests',
  /** The state of a digest between two runs. */
  digestState: (digest: string) => `peering:digest:${digest}`,
  /** The row of each cluster in a run of a digest. */
  digestRows: (run: string) => `peering:digest-rows:${run}`,
  /** The baseline of each cluster that a run of a digest left. */
  digestBaselines: (run: string) => `peering:digest-sights:${run}`,
  /** The rows that a check of several clusters has finished, by cluster. */
  fleetLines: (run: string) => `peering:fleet-lines:${run}`,
  /** The process that may post for a run of a digest. */
  digestLock: (run: string) => `peering:digest-turn:${run}`,
  /** The state of a finding that receivers of events were last notified of, by a hash of cluster, check and subject. */
  announced: (issue: string) => `peering:announced:${issue}`,
  /** An event that a receiver has accepted, by the id of its delivery. */
  eventDelivered: (delivery: string) => `peering:event-delivered:${delivery}`,
  /** The process that may send events about one finding to one receiver. */
  eventLock: (receiver: string, issue: string) => `peering:event-turn:${receiver}:${issue}`,
  /** The message of a group of alerts, by a hash of its key. */
  alertThread: (group: string) => `peering:alert:${group}`,
  /** An answer on its way to Slack, by name. The keys of the outbox are in one hash slot of a Redis Cluster. */
  outboxEntry: (name: string) => `peering:{outbox}:entry:${name}`,
  /** The content of an answer, by an id of its own. */
  outboxContent: (id: string) => `peering:{outbox}:content:${id}`,
  /** Requests whose answer could not be delivered, of one person. */
  unanswered: (user: string) => `peering:unanswered:${user}`,
  /** The names of the notes that tell about them, in the same slot of Redis Cluster. */
  unansweredNotes: (user: string) => `peering:notes:{peering:unanswered:${user}}`,
  /** Names of answers, scored by the time at which something is due for them (ms since the epoch). */
  outboxDue: 'peering:{outbox}:due',
  /** The process that delivers an answer, by name. */
  outboxLeases: 'peering:{outbox}:leases',
} as const;

/** Prefix of the queues. The braces keep all keys of a queue on one node of a Redis Cluster. */
export const queuePrefix = '{peering}';
