/** The effect of an attack on the bot before the answers of a cluster had a limit. */
export interface Before {
  /** Longest time until a command was acknowledged, and longest wait of the event loop. */
  readonly acknowledged: string;
  /** Peak memory of the bot in MiB: it read clusters in its own process. */
  readonly botMiB: number;
  /** The answer to the check of the attacking cluster. */
  readonly check: string;
  /** The digest of that cluster and another. */
  readonly digest: string;
}

const [noAnswer, noDigest] = ['no answer in 120 s', 'none in 180 s'];

/**
 * Measured once, by this bench and against its servers, with a bot of commit 9471b57 (2026-11-23) that was started for
 * each attack, on two cores that other work shared. An attack on that bot, on another machine, had seen more: 30 s and 3 GiB for
 * 60 MiB of names, and the end of the process by a gzip bomb.
 */
export const measuredBefore: { readonly commit: string; readonly attacks: Readonly<Record<string, Before>> } =
  {
    commit: '9471b57',
    attacks: {
      '8 MiB of names': {
        acknowledged: '477 ms (event loop 428 ms)',
        botMiB: 281,
        check: 'report after 745 ms',
        digest: 'both clusters',
      },
      '20 MiB of names': {
        acknowledged: '985 ms (event loop 752 ms)',
        botMiB: 428,
        check: 'report after 1.5 s',
        digest: 'both clusters',
      },
      '60 MiB of names': {
        acknowledged: '5615 ms (event loop 4157 ms)',
        botMiB: 843,
        check: 'report after 6.3 s',
        digest: 'both clusters',
      },
      'a gzip bomb of 1 GiB in every answer': {
        acknowledged: '739 ms (event loop 531 ms)',
        botMiB: 1548,
        check: noAnswer,
        digest: 'the other cluster alone',
      },
      'Proxy.Config nested 2,000 levels': {
        acknowledged: '2239 ms (event loop 898 ms)',
        botMiB: 368,
        check: noAnswer,
        digest: noDigest,
      },
      'Proxy.Config nested 200,000 levels': {
        acknowledged: '434 ms (event loop 220 ms)',
        botMiB: 420,
        check: noAnswer,
        digest: noDigest,
      },
      '20,000 exports with mistakes': {
        acknowledged: 'none any more after 31 s',
        botMiB: 3396,
        check: noAnswer,
        digest: noDigest,
      },
    },
  };
