import { attachChanges } from '../../../src/checks/changes/attach-changes';
import { stateOf } from '../../../src/checks/changes/state-of';
import { changeSnapshot, type SnapshotChanges } from '../../../src/checks/examples/healthy';
import {
  exampleCheck,
  exampleExports,
  exampleGateway,
  exampleIntentions,
  exampleServer,
} from '../../../src/checks/examples/parts';
import { runChecks } from '../../../src/checks/runner';
import { compareStates } from '../../../src/report/compare-states';
import { twoClusters } from '../two-clusters';
import { snapshotOf } from '../world';
import type { Snapshot } from '../../../src/snapshot/snapshot';
import { resolverEntry } from '../changes';

/** Attaches to every finding of a snapshot what changed since another. */
const attached = (before: Snapshot, after: Snapshot) => {
  const [was, is] = [stateOf(before), stateOf(after)];
  const run = { run: 'run-1', at: before.takenAt, state: was, changes: compareStates(was, is).changes };
  return attachChanges(runChecks(after), is, () => run).results;
};

const changesOf = (check: string, before: SnapshotChanges, after: SnapshotChanges) =>
  (
    attached(changeSnapshot(before), changeSnapshot(after)).find(({ id }) => id === check)?.findings ?? []
  ).map(({ changed }) => changed?.changes.map(({ subject }) => `${subject.kind} ${subject.name}`));

const failing = { gateways: [exampleGateway({ checks: [exampleCheck({ Status: 'critical' })] })] };
const wrongConsumer = { exportedServices: [exampleExports([{ name: 'api', peers: ['wset'] }])] };
const old = { servers: [exampleServer({ version: '1.13.9' })] };
const unrelated = { serviceResolvers: [resolverEntry('other', {})] };

it.each<[string, string, SnapshotChanges, readonly (readonly string[])[]]>([
  ['a consumer', 'exported-services-peer-known', wrongConsumer, [['exported-services default']]],
  [
    'an unrelated entry beside it',
    'exported-services-peer-known',
    { ...wrongConsumer, ...unrelated },
    [['exported-services default']],
  ],
  ['a gateway', 'mesh-gateway-healthy', failing, [['mesh-gateway mesh-gateway on gw-1']]],
  [
    'a gateway, and an export',
    'mesh-gateway-healthy',
    { ...failing, ...wrongConsumer },
    [['mesh-gateway mesh-gateway on gw-1']],
  ],
  ['a server', 'consul-version', old, [['server server-1']]],
  ['the leader', 'cluster-leader', { leader: '' }, [['leader leader']]],
])('%s is behind a finding of %s', (_name, check, after, expected) => {
  expect(changesOf(check, {}, after)).toEqual(expected);
});

it('a name of a peer alone relates nothing', () => {
  const late = { ...changeSnapshot(wrongConsumer), takenAt: '2026-11-23T15:03:22.000Z' };
  const found = attached(changeSnapshot(), late).find(({ id }) => id === 'peering-heartbeat')?.findings;
  expect(found?.map(({ changed }) => changed?.changes)).toEqual([[]]);
});

it('an intention on the other side is behind a finding here, with the fix for the other side', () => {
  const denied = exampleIntentions();
  const allowed = twoClusters();
  const changed = twoClusters(
    {},
    { intentions: [{ ...denied, entry: { ...denied.entry, Name: 'billing', Sources: [], ModifyIndex: 9 } }] },
  );
  const found = attached(allowed, changed).flatMap(({ findings }) => findings);
  const behind = found
    .flatMap(({ changed: one }) => one?.changes ?? [])
    .filter(({ cluster }) => cluster !== undefined);
  const fixes = found.flatMap(({ remediation }) => remediation.map(({ title }) => title));
  expect(fixes.some((title) => title.startsWith('In prod-west: Put service-intentions/billing back'))).toBe(
    true,
  );
  expect(new Set(behind.map(({ subject }) => subject.kind))).toEqual(new Set(['service-intentions']));
});

it('the fix of an entry is given once', () => {
  const all = attached(snapshotOf(), changeSnapshot(wrongConsumer)).flatMap(({ findings }) => findings);
  const fixes = all
    .flatMap(({ remediation }) => remediation)
    .filter(({ title, language }) => language === 'shell' && title.startsWith('Put '));
  expect(fixes.length).toBeLessThanOrEqual(1);
});
