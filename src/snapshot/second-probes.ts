import type { AddressOutcome, Probe, SecondReason } from './probe-section';
import { mapSection } from './section';
import type { Section } from './snapshot';

/** The answer of the second vantage point: its outcomes, or the reason why there are none. */
export interface SecondProbes {
  readonly from: string;
  readonly outcomes: readonly AddressOutcome[] | SecondReason;
}

/** Adds the outcomes at the second vantage point to addresses that were read here. All others are ignored. */
export const addSecondProbes = (
  probes: Section<readonly Probe[]>,
  { from, outcomes }: SecondProbes,
): Section<readonly Probe[]> => {
  const reason = typeof outcomes === 'string' ? outcomes : 'not-probed';
  const found = new Map(
    (typeof outcomes === 'string' ? [] : outcomes).map(({ address, outcome }) => [address, outcome]),
  );
  return mapSection(probes, (rows) =>
    rows.map((probe) => {
      const outcome = found.get(probe.address);
      return { ...probe, second: { from, ...(outcome === undefined ? { reason } : { outcome }) } };
    }),
  );
};
