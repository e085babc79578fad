import { omitUndefined } from '../omit-undefined';
import type { AddressOutcome, Probe } from './probe-section';
import { mapSection } from './section';
import type { Section } from './snapshot';

/** The answer of the second vantage point; its outcomes are null if it gave none in time. */
export interface SecondProbes {
  readonly from: string;
  readonly outcomes: readonly AddressOutcome[] | null;
}

/** Adds the outcomes at the second vantage point to addresses that were read here. All others are ignored. */
export const addSecondProbes = (
  probes: Section<readonly Probe[]>,
  { from, outcomes }: SecondProbes,
): Section<readonly Probe[]> => {
  const found = new Map((outcomes ?? []).map(({ address, outcome }) => [address, outcome]));
  return mapSection(probes, (rows) =>
    rows.map((probe) => ({ ...probe, second: omitUndefined({ from, outcome: found.get(probe.address) }) })),
  );
};
