const MiB = 1024 * 1024;

/**
 * Limits of one cluster, so that a huge or hostile one affects only itself. A cluster of 20,000 services with a few
 * thousand sidecars stays below a quarter of each.
 */
export const budget = {
  /** Bytes of one answer of Consul, counted while it is decompressed. */
  answerBytes: 64 * MiB,
  /** JSON values in one answer: a parsed value takes up to 200 bytes of memory, however short it is on the wire. */
  answerValues: 2_000_000,
  /** Levels of nesting in an answer. Deeper values are free-form, and are withheld. */
  answerDepth: 64,
  /** Bytes of all answers that one snapshot is made from. */
  snapshotBytes: 192 * MiB,
  /** JSON values in all answers that one snapshot is made from. */
  snapshotValues: 6_000_000,
  /** Bytes of an error answer, of which only the beginning is quoted. */
  refusalBytes: 64 * 1024,
  /** Bytes of a report as JSON. Parsing one MiB takes 10 ms in the bot, where nothing may take 50 ms. */
  reportBytes: MiB,
  /** Characters of the state of a cluster as JSON, which is stored with its report. */
  stateCharacters: 192 * 1024,
  /** Memory of the process that reads and checks a cluster (MiB of JavaScript values; answers come on top). */
  processMiB: 640,
  /** Time to read and check a cluster (ms), beyond which its process is killed. */
  processMs: 60_000,
} as const;
