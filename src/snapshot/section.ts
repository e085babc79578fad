import type { Answer, ConsulError } from '../consul/answer';
import type { Section, HiddenReason } from './snapshot';

/** What ACL rules guard, as far as a gather reads it. */
export type GatheredResource = 'agent' | 'mesh' | 'node' | 'peering' | 'query' | 'service';

/** The rule that lets a token read all of a resource. */
export const readRules: Readonly<Record<GatheredResource, string>> = {
  agent: 'agent_prefix "" { policy = "read" }',
  mesh: 'mesh = "read"',
  node: 'node_prefix "" { policy = "read" }',
  peering: 'peering = "read"',
  query: 'query_prefix "" { policy = "read" }',
  service: 'service_prefix "" { policy = "read" }',
};

export const gatheredResources = Object.keys(readRules) as readonly GatheredResource[];

export const visible = <T>(value: T): Section<T> => ({ visibility: 'visible', value });

export const hidden = (
  reason: HiddenReason,
): { readonly visibility: 'hidden'; readonly reason: HiddenReason } => ({
  visibility: 'hidden',
  reason,
});

export const notGathered = (
  message: string,
): { readonly visibility: 'hidden'; readonly reason: HiddenReason } =>
  hidden({ kind: 'not-gathered', endpoint: '', message });

/** No rule helps a token that Consul does not know, and none opens an endpoint that the agent blocks. */
const isForWantOfRules = ({ kind, cause }: ConsulError): boolean =>
  kind === 'forbidden' && (cause === 'permission-denied' || cause === 'anonymous');

/** Why there is no answer. */
export const hiddenReason = (error: ConsulError, needs: readonly GatheredResource[]): HiddenReason => ({
  kind: error.cause === 'anonymous' ? 'anonymous' : error.kind,
  ...(error.cause === undefined ? {} : { cause: error.cause }),
  endpoint: error.endpoint,
  message: error.message,
  ...(isForWantOfRules(error) && needs.length > 0
    ? { needs: needs.map((resource) => readRules[resource]) }
    : {}),
});

/** Returns the section of a list with missing rows: hidden where no row is left. */
export const partial = <T>(value: T, reason: HiddenReason): Section<T> =>
  Array.isArray(value) && value.length === 0 ? hidden(reason) : { visibility: 'partial', value, reason };

/**
 * The section of one answer. A list from which rows were left out is seen in part, and where nothing is left of
 * it not at all: it may neither pass nor fail anything. Rows hidden from the anonymous token are not announced;
 * that is judged once the whole is read.
 *
 * @param needs what the token must be allowed to read for the answer to be whole
 */
export const sectionOf = <T>(answer: Answer<T>, needs: readonly GatheredResource[]): Section<T> => {
  if (!answer.ok) return hidden(hiddenReason(answer.error, needs));
  const { endpoint, filteredByAcls } = answer.meta;
  if (!filteredByAcls) return visible(answer.value);
  return partial(answer.value, {
    kind: 'filtered',
    endpoint,
    // Without its query: a filter is longer than the sentence.
    message: `Consul left out rows of ${endpoint.replace(/\?.*/, '')} that the token may not read`,
    needs: needs.map((resource) => readRules[resource]),
  });
};

/** The same section with another value. */
export const mapSection = <T, U>(section: Section<T>, change: (value: T) => U): Section<U> =>
  section.visibility === 'hidden' ? section : { ...section, value: change(section.value) };

/** What is seen of a list. */
export const rowsOf = <T>(section: Section<readonly T[]>): readonly T[] =>
  section.visibility === 'hidden' ? [] : section.value;

/** What is missing from a section, if anything. */
const missingOf = (section: Section<unknown>): HiddenReason | undefined =>
  section.visibility === 'visible' ? undefined : section.reason;

/**
 * Rows that rest on several sections, whole where each of them is. The first reason is kept: they rarely differ.
 */
export const combineSections = <T>(
  rows: readonly T[],
  sections: readonly Section<unknown>[],
): Section<readonly T[]> => {
  const missing = sections.map(missingOf).find((reason) => reason !== undefined);
  return missing ? partial(rows, missing) : visible(rows);
};
