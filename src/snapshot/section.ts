import type { Answer, ConsulError } from '../consul/answer';
import type { Section, HiddenReason } from './snapshot';

/** Resources of ACL rules that a gather reads. */
export type GatheredResource = 'agent' | 'mesh' | 'node' | 'peering' | 'query' | 'service';

/** The rule that lets a token read all of a resource, by resource. */
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

/** Tells that a rule would help: none helps a token that Consul does not know, or opens a blocked endpoint. */
const needsRules = ({ kind, cause }: ConsulError): boolean =>
  kind === 'forbidden' && (cause === 'permission-denied' || cause === 'anonymous');

/** Returns the reason why a request failed. */
export const hiddenReason = (error: ConsulError, needs: readonly GatheredResource[]): HiddenReason => ({
  kind: error.cause === 'anonymous' ? 'anonymous' : error.kind,
  cause: error.cause,
  endpoint: error.endpoint,
  message: error.message,
  needs: needsRules(error) && needs.length > 0 ? needs.map((resource) => readRules[resource]) : undefined,
});

/** Returns the section of a list with missing rows: hidden where no row is left. */
export const partial = <T>(value: T, reason: HiddenReason): Section<T> =>
  Array.isArray(value) && value.length === 0 ? hidden(reason) : { visibility: 'partial', value, reason };

/**
 * Returns the section of one answer. A list with missing rows is partial, and hidden if no row is left: it may neither
 * pass nor fail a check. Consul does not report rows that it hides from the anonymous token; `applyTokenRights` handles
 * that once all sections are read.
 *
 * @param needs resources that the token must be allowed to read for a complete answer
 */
export const sectionOf = <T>(answer: Answer<T>, needs: readonly GatheredResource[]): Section<T> => {
  if (!answer.ok) return hidden(hiddenReason(answer.error, needs));
  const { endpoint, filteredByAcls } = answer.meta;
  if (!filteredByAcls) return visible(answer.value);
  return partial(answer.value, {
    kind: 'filtered',
    endpoint,
    // Without the query: a filter is longer than the sentence.
    message: `Consul left out rows of ${endpoint.replace(/\?.*/, '')} that the token may not read`,
    needs: needs.map((resource) => readRules[resource]),
  });
};

/** Changes the value of a section and keeps its visibility. */
export const mapSection = <T, U>(section: Section<T>, change: (value: T) => U): Section<U> =>
  section.visibility === 'hidden' ? section : { ...section, value: change(section.value) };

/** Returns the visible rows of a list. */
export const rowsOf = <T>(section: Section<readonly T[]>): readonly T[] =>
  section.visibility === 'hidden' ? [] : section.value;

/** Returns the reason why a section is incomplete, if it is. */
const missingOf = (section: Section<unknown>): HiddenReason | undefined =>
  section.visibility === 'visible' ? undefined : section.reason;

/**
 * Returns the section of rows that were derived from several sections. It is visible if each of them is. Keeps the
 * first reason: they rarely differ.
 */
export const combineSections = <T>(
  rows: readonly T[],
  sections: readonly Section<unknown>[],
): Section<readonly T[]> => {
  const missing = sections.map(missingOf).find((reason) => reason !== undefined);
  return missing ? partial(rows, missing) : visible(rows);
};
