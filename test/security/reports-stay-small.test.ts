import { exampleExports, exampleIntentions } from '../../src/checks/examples/parts';
import type { Report } from '../../src/report/report';
import { run, snapshotOf, visible } from '../checks/world';

const bytesOf = (report: Report): number => Buffer.byteLength(JSON.stringify(report));

/** One entry that exports many services, which are not registered, to many peers, which do not exist. */
const exportsOf = (services: number, consumers: number) => {
  const peers = Array.from({ length: consumers }, (_, at) => `nobody-${at}`);
  const names = Array.from({ length: services }, (_, at) => `service-${at}`);
  return {
    exportedServices: visible([exampleExports(names.map((name) => ({ name, peers })))]),
    exportedHealth: visible(
      names.map((name) => ({ name, namespace: 'default', instances: 0, passing: 0, inMesh: 0, native: 0 })),
    ),
  };
};

describe('a report about one entry', () => {
  it('stays below 1 MiB with 500 unknown consumers of 100 services and finds all of them', () => {
    const report = run(snapshotOf(exportsOf(100, 500) as never));
    const found = (id: string) => report.results.find((result) => result.id === id)?.findings ?? [];
    expect(found('exported-services-peer-known')).toHaveLength(500);
    expect(found('exported-services-exist')).toHaveLength(100);
    expect(bytesOf(report)).toBeLessThan(2 ** 20);
    // Each holds only the change: the entry alone is larger than all of the fixes of its consumers.
    for (const { remediation } of found('exported-services-exist').slice(0, 25)) {
      expect(remediation[0]?.code.length).toBeLessThan(400);
    }
  });

  it('grows with the entry, not with its square', () => {
    const sizes = [10, 20, 40].map((services) => bytesOf(run(snapshotOf(exportsOf(services, 100) as never))));
    const [small = 0, middle = 0, large = 0] = sizes;
    expect(middle).toBeLessThan(2.2 * small);
    expect(large).toBeLessThan(2.2 * middle);
  });

  it('holds only the change of a large entry of intentions', () => {
    const many = Array.from({ length: 400 }, (_, at) => ({ name: `caller-${at}`, action: 'deny' }));
    const report = run(
      snapshotOf({
        intentions: visible([exampleIntentions([...many, { name: '*', peer: 'west', action: 'deny' }])]),
      }),
    );
    const findings = report.results.flatMap((result) => result.findings);
    expect(findings.length).toBeGreaterThan(0);
    for (const { remediation } of findings)
      for (const { code } of remediation) expect(code).not.toContain('caller-0');
  });
});
