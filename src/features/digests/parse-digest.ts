import { didYouMean, suggestName } from '../../config/suggest-name';
import { isPattern, matchClusters } from '../../config/match-clusters';
import { isOwnerSelector, type Owners, suggestSelector } from '../../config/owner-selectors';
import { failure, type Result, success } from '../../result';
import { isCron, parseWhen, type When } from '../../config/when';
import { looksLikeZone, parseZone } from '../../config/zone';

/** A parsed request about digests. */
export type DigestRequest =
  | {
      readonly kind: 'add';
      readonly clusters: readonly string[];
      readonly when: Pick<When, 'cron' | 'words'>;
      /** Null: that of the person. */
      readonly zone: string | null;
      readonly onlyChanges: boolean;
    }
  | { readonly kind: 'list' }
  | { readonly kind: 'pause' | 'resume' | 'remove' | 'run'; readonly id: string };

const kinds = ['add', 'list', 'pause', 'resume', 'remove', 'run'] as const;

/**
 * Reads the words after `/peering digest`. The schedule begins at the first word, after at least one cluster, from which
 * one can be read; so a cluster may be called `daily`. `names` are the clusters that the person may know of, and
 * `owners` decides which of them a word selects by owner or label.
 */
export const parseDigest = (
  [kind = '', ...words]: readonly string[],
  names: readonly string[],
  owners?: Owners,
): Result<DigestRequest> => {
  const word = kinds.find((one) => one === kind.toLowerCase());
  if (word === undefined) {
    return failure(
      kind === '' ? 'the action is missing' : `"digest ${kind}" is not a command${didYouMean(kind, kinds)}`,
    );
  }
  if (word === 'add') return parseAdd(words, names, owners);
  const [id, extra] = words;
  if (word === 'list') {
    return id === undefined ? success({ kind: 'list' }) : failure(`"digest list" does not take "${id}"`);
  }
  if (id === undefined) return failure(`the id of the digest is missing; "/peering digest list" shows it`);
  return extra === undefined
    ? success({ kind: word, id: id.toLowerCase() })
    : failure(`"digest ${word}" does not take "${extra}"`);
};

const parseAdd = (
  words: readonly string[],
  names: readonly string[],
  owners: Owners,
): Result<DigestRequest> => {
  // Cron is parsed only once, since that can be slow; and no cluster has such a name.
  const begin = words.findIndex(
    (word, at) => at > 0 && (isCron(word) || parseWhen(words.slice(at), 'UTC').ok),
  );
  if (begin === -1) return failure(whyNoWhen(words));
  const clusters = [...new Set(words.slice(0, begin))];
  const unknown = matchClusters(clusters, names, owners).gone[0];
  if (unknown !== undefined) return failure(unknownCluster(unknown, names, owners));
  if (names.length === 0) return failure('you have no access to a cluster for a digest');

  const first = parseWhen(words.slice(begin), 'UTC');
  if (!first.ok) return first;
  let zone: string | null = null;
  let onlyChanges = false;
  for (const word of joinOnly(first.value.rest)) {
    const lower = word.toLowerCase();
    if (lower === 'only-changes' || lower === 'onlychanges') onlyChanges = true;
    else if (zone === null && looksLikeZone(word)) {
      const parsed = parseZone(word);
      if (!parsed.ok) return parsed;
      zone = parsed.value;
    } else if (zone !== null && parseZone(word).ok) {
      return failure(`"${word}" is a second time zone after ${zone}; use only one`);
    } else {
      const meant =
        suggestName(lower, ['only-changes']) ?? suggestName(word, Intl.supportedValuesOf('timeZone'));
      return failure(
        `"${word}" after the time is not valid${meant === undefined ? '; use a time zone such as Europe/Berlin, or only-changes' : `; did you mean "${meant}"?`}`,
      );
    }
  }
  // Parsed again in the right zone: a change of the clock can make two runs too close.
  const read = parseWhen(words.slice(begin), zone ?? 'UTC');
  if (!read.ok) return read;
  const { cron, words: said } = read.value.when;
  return success({ kind: 'add', clusters, when: { cron, words: said }, zone, onlyChanges });
};

/** `only changes` as two words. */
const joinOnly = (words: readonly string[]): readonly string[] => {
  const at = words.findIndex(
    (word, index) => word.toLowerCase() === 'only' && words[index + 1]?.toLowerCase() === 'changes',
  );
  return at === -1 ? words : [...words.slice(0, at), 'only-changes', ...words.slice(at + 2)];
};

const unknownCluster = (word: string, names: readonly string[], owners: Owners): string => {
  const suggestion = suggestSelector(word, names, owners);
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  if (!isPattern(word)) return `cluster "${word}" is not configured${hint}`;
  const known = names.length === 0 ? '' : `; configured clusters: ${names.slice(0, 5).join(', ')}`;
  return `no cluster matches "${word}"${isOwnerSelector(word) && hint !== '' ? hint : known}`;
};

/** Explains why no time was found, by the first word that was meant as one. */
const whyNoWhen = (words: readonly string[]): string => {
  if (words.length === 0) return 'the clusters and the schedule are missing';
  if (parseWhen(words, 'UTC').ok)
    return 'the clusters are missing before the schedule; "all" means all clusters';
  const missing = messageOf([]);
  const problems = words.slice(1).map((_, at) => messageOf(words.slice(at + 1)));
  return problems.find((message) => message !== missing) ?? missing;
};

const messageOf = (words: readonly string[]): string => {
  const parsed = parseWhen(words, 'UTC');
  return parsed.ok ? '' : parsed.error;
};
