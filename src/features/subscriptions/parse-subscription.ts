import { parseDuration } from '../../config/duration';
import { didYouMean } from '../../config/suggest-name';
import { peerNamePattern } from '../../consul/peer-name';
import type { Subscription } from './subscriptions.store';
import { failure, type Result, success } from '../../result';
import { quoteWord, readCheck } from '../mutes';

/** Parser of the words after `/peering subscribe CLUSTER`. */

type Filters = Pick<Subscription, 'severity' | 'check' | 'peer' | 'everyMs' | 'broadcast'>;

const usual: Filters = {
  severity: 'warning',
  check: null,
  peer: null,
  everyMs: 5 * 60_000,
  broadcast: true,
};

/** Limits of the interval, in ms. */
const shortestMs = 60_000;
const longestMs = 24 * 3_600_000;

const names = ['severity', 'check', 'peer', 'every', 'broadcast'] as const;

/** Reads `[severity:warning] [check:mesh-*] [peer:NAME] [every 5m] [broadcast:off]`, in any order. A failure says what is wrong. */
export const parseSubscribe = (words: readonly string[], checkIds: readonly string[]): Result<Filters> => {
  let filters = usual;
  const given = new Set<string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const colon = word.indexOf(':');
    const name = (colon === -1 ? word : word.slice(0, colon)).toLowerCase();
    // `every 5m` may also have a space.
    const value = colon === -1 && name === 'every' ? (words[(at += 1)] ?? '') : word.slice(colon + 1);
    if ((colon === -1 && name !== 'every') || !isName(name)) {
      const hint = didYouMean(name, names) || ': use severity:, check:, peer:, broadcast: or every';
      return failure(`${quoteWord(word)} is not a filter${hint}`);
    }
    if (given.has(name)) return failure(`"${name}" is given twice`);
    given.add(name);
    const read = readers[name](value, checkIds);
    if (!read.ok) return read;
    filters = { ...filters, ...read.value };
  }
  return success(filters);
};

const isName = (name: string): name is (typeof names)[number] => names.some((one) => one === name);

type Reader = (value: string, checkIds: readonly string[]) => Result<Partial<Filters>>;

const readers: Readonly<Record<(typeof names)[number], Reader>> = {
  severity: (value) => {
    const severity = value.toLowerCase();
    return severity === 'error' || severity === 'warning'
      ? success({ severity })
      : failure(`${quoteWord(value)} is not a severity: use severity:error or severity:warning`);
  },
  check: (value, checkIds) => {
    const check = readCheck(value, checkIds);
    return check.ok ? success({ check: check.value }) : check;
  },
  peer: (value) =>
    peerNamePattern.test(value)
      ? success({ peer: value })
      : failure(`${quoteWord(value)} is not a valid peering name: use lowercase letters, digits and dashes`),
  broadcast: (value) => {
    const choice = value.toLowerCase();
    return choice === 'on' || choice === 'off'
      ? success({ broadcast: choice === 'on' })
      : failure(`${quoteWord(value)} is neither on nor off: use broadcast:on or broadcast:off`);
  },
  every: (value) => {
    const everyMs = parseDuration(value);
    if (everyMs === undefined)
      return failure(`${quoteWord(value)} is not an interval: use one such as "every 5m"`);
    return everyMs < shortestMs || everyMs > longestMs
      ? failure('the interval must be from 1m to 24h')
      : success({ everyMs });
  },
};
