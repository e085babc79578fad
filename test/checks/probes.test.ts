import { probeEvidence, nameVantagePoints, severityOfSilence, silenceOf } from '../../src/checks/probes';
import type { Probe } from '../../src/snapshot/probe-section';
import { failedProbe } from './changes';

type Second = Probe['outcome'] | 'late' | null;

/** The probe with what the second vantage point found. Null: the settings name none. Late: it did not say in time. */
const probeOf = (outcome: Probe['outcome'], second: Second): Probe =>
  failedProbe(
    outcome,
    second === null ? {} : { second: { from: 'dmz', ...(second !== 'late' && { outcome: second }) } },
  );

/** Outcomes at two vantage points, and what follows from them. */
const rows: readonly (readonly [
  bot: Probe['outcome'],
  second: Second,
  silence: ReturnType<typeof silenceOf>,
  severity: ReturnType<typeof severityOfSilence>,
])[] = [
  ['refused', 'refused', 'both', 'error'],
  ['timeout', 'unreachable', 'both', 'error'],
  ['unresolved', 'refused', 'both', 'error'],
  ['refused', 'tls', 'differ', 'warning'],
  ['timeout', 'connected', 'differ', 'warning'],
  ['tls', 'timeout', 'differ', 'warning'],
  ['connected', 'refused', 'differ', 'warning'],
  ['refused', null, 'alone', 'warning'],
  ['refused', 'late', 'alone', 'warning'],
  ['tls', 'late', undefined, 'warning'],
  ['timeout', 'forbidden', 'alone', 'warning'],
  ['forbidden', 'refused', undefined, 'warning'],
  ['forbidden', 'forbidden', undefined, 'warning'],
  ['tls', 'tls', undefined, 'warning'],
  ['tls', 'connected', undefined, 'warning'],
  ['tls', null, undefined, 'warning'],
];

it.each(rows)('the bot found %s, the second vantage point %s: %s', (outcome, second, silence, severity) => {
  const probe = probeOf(outcome, second);
  expect([silenceOf(probe), severityOfSilence(probe)]).toEqual([silence, severity]);
});

it.each<[Probe['outcome'], Second, boolean]>([
  ['refused', 'tls', true],
  ['refused', 'refused', true],
  ['tls', 'refused', true],
  ['refused', null, false],
  ['refused', 'late', true],
  ['refused', 'forbidden', false],
])('names the second vantage point where it found something: %s, %s', (outcome, second, isNamed) => {
  const probe = probeOf(outcome, second);
  expect(nameVantagePoints(probe).includes('dmz')).toBe(isNamed);
});

it.each<[Second, number]>([
  ['refused', 3],
  ['late', 3],
  [null, 2],
])('shows in the evidence what a configured second vantage point found: %s', (second, facts) => {
  const evidence = probeEvidence(probeOf('refused', second));
  expect(evidence).toHaveLength(facts);
  expect(evidence[2]?.value === 'refused').toBe(second === 'refused');
});
