import { isPattern } from '../config/match-clusters';
import type { RequestFailure } from '../render/failure';
import { failure, type Result, success } from '../result';
import type { Arg, ArgsOf, Command } from './define';

/** For an unknown cluster, the caller adds hints, which depend on what the person may see. */
type UsageFailure =
  | Extract<RequestFailure, { kind: 'usage' }>
  | { readonly kind: 'unknown-cluster'; readonly cluster: string };

/** Assigns each word to an argument. */
export const parseArgs = (
  command: Pick<Command<never>, 'name' | 'usage' | 'args'>,
  words: readonly string[],
  exists: (cluster: string) => boolean,
): Result<ArgsOf<readonly Arg[]>, UsageFailure> => {
  const usage = `/peering ${command.usage}`;
  const wrong = (problem: string) => failure({ kind: 'usage', problem, usage } as const);
  const declared: readonly Arg[] = command.args;
  const args: Record<string, string | readonly string[] | undefined> = {};
  let left = words;
  for (const { name, kind, optional } of declared) {
    const [word, ...others] = left;
    if (word === undefined) {
      if (optional) continue;
      return wrong(`"${command.name}" needs ${article(name)}`);
    }
    if (kind === 'rest' || kind === 'words') {
      args[name] = kind === 'rest' ? left.join(' ') : left;
      left = [];
      continue;
    }
    if (isUnknown(kind, word, exists)) return failure({ kind: 'unknown-cluster', cluster: word });
    args[name] = word;
    left = others;
  }
  const [extra] = left;
  // Every argument that is not optional has its word by now.
  return extra === undefined
    ? success(args as ArgsOf<readonly Arg[]>)
    : wrong(`"${command.name}" does not take "${extra}"`);
};

/**
 * Assigns the given words to arguments if the command needs more of them; undefined if there are enough, or if one of
 * them is not a cluster.
 */
export const wordsOf = (
  command: Pick<Command<never>, 'name' | 'usage' | 'args'>,
  words: readonly string[],
  exists: (cluster: string) => boolean,
): Partial<ArgsOf<readonly Arg[]>> | undefined => {
  const needed = command.args.filter(({ optional }) => !optional);
  if (words.length >= needed.length) return undefined;
  const given = needed.slice(0, words.length).map((arg, index) => ({ arg, word: words[index] ?? '' }));
  return given.every(({ arg, word }) => !isUnknown(arg.kind, word, exists))
    ? Object.fromEntries(given.map(({ arg, word }) => [arg.name, word]))
    : undefined;
};

/** Tells whether a word should name a configured cluster, and does not. */
const isUnknown = (kind: Arg['kind'], word: string, exists: (cluster: string) => boolean): boolean =>
  kind === 'cluster' ? !exists(word) : kind === 'pattern' && !exists(word) && !isPattern(word);

const article = (name: string): string => `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
