import { type ConsulClient, createConsulClient } from '../../src/consul/client';
import { type GatherOptions, gatherSnapshot } from '../../src/snapshot/gather-snapshot';
import type { Section, Sections, Snapshot } from '../../src/snapshot/snapshot';
import type { ConsulAgent, EndOfRange } from '../lab/consul';

/** A client of a lab agent, with its management token unless told otherwise; `''` sends none. */
export const clientOf = (agent: ConsulAgent, token = agent.token): ConsulClient =>
  createConsulClient({
    cluster: agent.datacenter,
    address: agent.address,
    tls: {},
    allowPlainHttp: false,
    ...(token ? { token } : {}),
  });

/** One gather with a client of its own. */
export const gatherFrom = async (
  agent: ConsulAgent,
  token?: string,
  options: Partial<GatherOptions> = {},
): Promise<Snapshot> => {
  const client = clientOf(agent, token);
  try {
    return await gatherSnapshot({ cluster: { name: agent.datacenter }, client, ...options });
  } finally {
    client.close();
  }
};

/** The value of a section that was seen, whole or in part. */
export const valueOf = <K extends keyof Sections>(snapshot: Snapshot, name: K): Sections[K] => {
  const section = snapshot.sections[name] as Section<Sections[K]>;
  if (section.visibility === 'hidden') throw new Error(`${name} was not seen: ${section.reason.message}`);
  return section.value;
};

/** The names of the sections that were seen that way. */
export const sectionsThatAre = (
  snapshot: Snapshot,
  ...seen: readonly Section<unknown>['visibility'][]
): readonly string[] =>
  Object.entries(snapshot.sections)
    .filter(([, section]) => seen.includes(section.visibility))
    .map(([name]) => name)
    .sort();

/** Sections that a plain gather leaves to others. */
export const leftToOthers = ['otherSides', 'pendingSince', 'probes'] as const;

/** Sections that a version cannot show: `/v1/exported-services` came with 1.17.3. */
export const absentIn: Readonly<Record<EndOfRange, readonly (keyof Sections)[]>> = {
  newest: [],
  oldest: ['resolvedExports'],
};
