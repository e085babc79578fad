import fc from 'fast-check';
import { attributeCauses } from '../../src/checks/causes';
import { registry } from '../../src/checks/registry';
import { kindsOf } from '../../src/render/findings';
import { causesOf, countCauses } from '../../src/report/causes';
import type { Finding, Report, CheckResult } from '../../src/report/report';
import {
  exampleCheck,
  exampleGateway,
  exampleSerfHealth,
  exampleExportedHealth,
  exampleExports,
  examplePeering,
  exampleSidecar,
  exampleUpstream,
} from '../../src/checks/examples/parts';
import type { ExportedServiceHealth } from '../../src/snapshot/snapshot';
import { exampleGatewayToken } from '../../src/checks/examples/acl';
import type { Peering } from '../../src/consul/wire';
import { gatewayToRemote, resolver, target } from './changes';
import { twoClusters } from './two-clusters';
import { hidden, run, snapshotOf, visible } from './world';

/** Findings that stand for themselves, as `check subject`. */
const causes = (report: Report): readonly string[] =>
  kindsOf(report).flatMap(({ result, findings }) =>
    findings.map(({ subject }) => `${result.id} ${subject.name}`),
  );

/** Findings that follow from another, as `check ← cause`. */
const effects = (report: Report): readonly string[] => {
  const found = causesOf(report);
  return report.results.flatMap(({ id, findings }) =>
    findings.flatMap((finding) => {
      const cause = found.get(finding);
      return cause === undefined ? [] : [`${id} ← ${cause.check}`];
    }),
  );
};

describe('one cause, one headline', () => {
  it('a misspelt peer in an export', () => {
    const report = run(
      snapshotOf({ exportedServices: visible([exampleExports([{ name: 'api', peers: ['wset'] }])]) }),
    );
    expect(causes(report)).toContain('exported-services-peer-known default → wset');
    expect(effects(report)).toContain('exported-services-defined ← exported-services-peer-known');
    expect(countCauses(report, 'error')).toBeLessThan(report.summary.errors);
  });

  it('one policy that lacks several grants', () => {
    const report = run(
      snapshotOf({ gatewayTokens: visible([exampleGatewayToken('node_prefix "" { policy = "read" }\n')]) }),
    );
    const grants = report.results.filter(
      ({ id, status }) => id.startsWith('acl-gateway-') && status === 'fail',
    );
    expect(grants.length).toBeGreaterThan(2);
    expect(causes(report).filter((one) => one.startsWith('acl-gateway-'))).toHaveLength(1);
    expect(countCauses(report, 'error')).toBe(1);
  });

  describe('a misspelt upstream, where nothing has that name', () => {
    const calling = (DestinationName: string, DestinationPeer: string) => ({
      sidecars: [exampleSidecar([exampleUpstream({ DestinationName, DestinationPeer })], { failing: [] })],
    });

    it('at the consumer', () => {
      const report = run(twoClusters(calling('biling', 'west'), { serviceNames: [{ name: 'billing' }] }));
      expect(causes(report).filter((one) => one.includes('biling'))).toEqual([
        'upstream-imported web-sidecar-proxy → biling',
      ]);
    });

    it('at the peer that is called', () => {
      const report = run(twoClusters({ serviceNames: [{ name: 'api' }] }, calling('apii', 'east')));
      expect(causes(report).filter((one) => one.includes('apii'))).toEqual([
        'exported-services-defined apii',
      ]);
    });

    it('but a service that is registered has to be exported and allowed', () => {
      const report = run(
        twoClusters({ serviceNames: [{ name: 'api' }, { name: 'db' }] }, calling('db', 'east')),
      );
      expect(causes(report).filter((one) => /\bdb\b/u.test(one))).toEqual([
        'intentions-allow-peer web of west → db',
        'exported-services-defined db',
      ]);
    });

    it('nor is an intention left out while the names are hidden', () => {
      const report = run(twoClusters({ serviceNames: hidden() }, calling('apii', 'east')));
      expect(causes(report)).toContain('intentions-allow-peer web of west → apii');
    });
  });

  describe('a peering that is not there, which an upstream and a route of a gateway name', () => {
    const routeTo = (Service: string, Peer: string) => ({
      ...gatewayToRemote,
      ...resolver('remote', { Redirect: target({ Service, Peer }) }),
    });
    const callGone = {
      sidecars: [exampleSidecar([exampleUpstream({ DestinationPeer: 'gone' })], { failing: [] })],
    };

    it('is one headline', () => {
      const report = run(twoClusters({ ...callGone, ...routeTo('billing', 'gone') }));
      expect(effects(report)).toContain('gateway-routes ← upstream-destination-peer');
      expect(causes(report).filter((one) => one.startsWith('gateway-routes'))).toEqual([]);
    });

    it('but what another peer does not export is another one', () => {
      const report = run(twoClusters({ ...callGone, ...routeTo('biling', 'west') }));
      expect(causes(report)).toContain('gateway-routes front → remote');
    });
  });

  describe('a token that never got through', () => {
    const pending = (changes: Partial<Peering>, Datacenter: string) => ({
      peerings: {
        enabled: true,
        list: [
          examplePeering({
            State: 'PENDING',
            StreamStatus: null,
            Remote: { Partition: '', Datacenter },
            ...changes,
          }),
        ],
      },
    });
    const dialer = { PeerServerAddresses: ['203.0.113.9:8503'] };

    it('is one headline at the dialer, which has the other datacenter from the token', () => {
      const snapshot = twoClusters(
        pending({ ...dialer, PeerID: 'west-id' }, 'dc2'),
        pending({ Name: 'east', ID: 'west-id' }, ''),
      );
      expect(causes(run(snapshot)).filter((one) => one.startsWith('peering-'))).toEqual([
        'peering-pending west',
      ]);
    });

    it('is one headline at the acceptor', () => {
      const snapshot = twoClusters(
        pending({}, ''),
        pending({ ...dialer, Name: 'east', ID: 'west-id', PeerID: examplePeering().ID }, 'dc1'),
      );
      expect(causes(run(snapshot)).filter((one) => one.startsWith('peering-'))).toEqual([
        'peering-pending west',
      ]);
    });
  });

  it('a gateway whose agent is down', () => {
    const checks = [exampleSerfHealth('critical'), exampleCheck({ Status: 'critical' })];
    const report = run(twoClusters({ gateways: [exampleGateway({ checks })] }));
    expect(causes(report).filter((one) => one.includes('mesh-gateway'))).toEqual([
      'local-agent mesh-gateway on gw-1',
    ]);
    const alive = [exampleSerfHealth('passing'), exampleCheck({ Status: 'critical' })];
    expect(causes(run(twoClusters({ gateways: [exampleGateway({ checks: alive })] })))).toContain(
      'acl-gateway-service-write mesh-gateway',
    );
  });

  describe('an export of a name that nothing is registered for', () => {
    const planned = (changes: Partial<ExportedServiceHealth> = {}) => ({
      exportedServices: [
        exampleExports([
          { name: 'api', peers: ['west'] },
          { name: 'planned', peers: ['west'] },
        ]),
      ],
      exportedHealth: [
        exampleExportedHealth(),
        exampleExportedHealth({ name: 'planned', instances: 0, passing: 0, inMesh: 0, ...changes }),
      ],
    });
    const about = (report: Report) => causes(report).filter((one) => one.includes('planned'));

    it('is one warning', () => {
      const report = run(twoClusters(planned()));
      expect(about(report)).toEqual(['exported-services-exist planned']);
      expect(effects(report)).toContain('intentions-allow-peer ← exported-services-exist');
      expect(countCauses(report, 'warning')).toBe(1);
    });

    it('is one error where the peer calls it', () => {
      const upstream = exampleUpstream({ DestinationName: 'planned', DestinationPeer: 'east' });
      const west = { sidecars: [exampleSidecar([upstream], { failing: [] })] };
      const report = run(twoClusters(planned(), west));
      expect(about(report).filter((one) => one.startsWith('intentions'))).toEqual([]);
    });

    it('leaves the intention of a service whose instances fail a cause of its own', () => {
      const report = run(twoClusters(planned({ instances: 1, inMesh: 1 })));
      expect(about(report)).toEqual(['exported-services-exist planned', 'intentions-allow-peer planned']);
    });
  });

  const finding = (subject: string, over: Partial<Finding> = {}): Finding => ({
    severity: 'error',
    subject: { kind: 'peering', name: subject },
    message: subject,
    evidence: [],
    remediation: [],
    docs: '',
    ...over,
  });
  const result = (id: string, findings: readonly Finding[]): CheckResult => ({
    id,
    group: 'peerings',
    title: id,
    status: findings.length > 0 ? 'fail' : 'pass',
    severity: 'error',
    reason: '',
    findings,
  });
  const reportOf = (results: readonly CheckResult[]): Report => ({ ...run(snapshotOf()), results });

  it('explains only findings about the same thing', () => {
    const report = reportOf(
      attributeCauses([
        result('peering-active', [finding('west')]),
        result('peering-heartbeat', [finding('west'), finding('south')]),
      ]),
    );
    expect(effects(report)).toEqual(['peering-heartbeat ← peering-active']);
    expect(causes(report)).toEqual(['peering-active west', 'peering-heartbeat south']);
  });

  it.each([
    ['mesh-gateway on gw-1', ['mesh-gateway-healthy ← local-agent']],
    ['mesh-gateway', ['mesh-gateway-healthy ← local-agent']],
    ['mesh-gateway on gw-2', []],
    // The name of another node begins alike.
    ['mesh-gateway on gw', []],
  ])('explains unhealthy gateways by the agent of theirs: %s', (subject, expected) => {
    const results = [
      result('local-agent', [finding('mesh-gateway on gw-1')]),
      result('mesh-gateway-healthy', [finding(subject)]),
    ];
    expect(effects(reportOf(attributeCauses(results)))).toEqual(expected);
  });

  it('explains an intention by the first misspelt peer that its evidence names', () => {
    const results = [
      result(
        'exported-services-peer-known',
        ['a → we"st', 'b → wset', 'c → east'].map((name) => finding(name)),
      ),
      result('intentions-allow-peer', [
        finding('x', {
          evidence: [{ endpoint: '/', path: '', value: { Sources: [{ Peer: 'east' }, { Peer: 'wset' }] } }],
        }),
        finding('y', { evidence: [{ endpoint: '/', path: '', value: 'wse' }] }),
        finding('z', { evidence: [{ endpoint: '/', path: '', value: ['we"st'] }] }),
      ]),
    ];
    const attributed = attributeCauses(results)[1]?.findings.map(({ causedBy }) => causedBy?.subject.name);
    expect(attributed).toEqual(['b → wset', undefined, 'a → we"st']);
  });

  it('never hides an error behind a warning', () => {
    const report = reportOf(
      attributeCauses([
        result('peering-active', [finding('west', { severity: 'warning' })]),
        result('peering-heartbeat', [finding('west')]),
      ]),
    );
    expect(effects(report)).toEqual([]);
  });

  it('shows what follows from a muted finding', () => {
    const results = attributeCauses([
      result('peering-active', [finding('west')]),
      result('peering-heartbeat', [finding('west')]),
    ]);
    const muted = { by: 'U1', until: '2026-12-01T00:00:00Z', reason: 'known' };
    const report = reportOf(
      results.map((one) => ({
        ...one,
        findings: one.findings.map((each) => (one.id === 'peering-active' ? { ...each, muted } : each)),
      })),
    );
    expect(causes(report)).toEqual(['peering-heartbeat west']);
  });

  it('has at least one cause for each finding, whatever points where', () => {
    const ids = registry.slice(0, 4).map(({ id }) => id);
    const ref = fc.record({
      check: fc.constantFrom(...ids),
      subject: fc.record({ kind: fc.constant('peering'), name: fc.constantFrom('a', 'b') }),
    });
    const one = fc
      .record({ name: fc.constantFrom('a', 'b'), causedBy: fc.option(ref, { nil: undefined }) })
      .map(({ name, causedBy }) => finding(name, { ...(causedBy !== undefined && { causedBy }) }));
    fc.assert(
      fc.property(fc.tuple(...ids.map(() => fc.array(one, { maxLength: 2 }))), (lists) => {
        const report = reportOf(lists.map((findings, index) => result(ids[index] ?? '', findings)));
        const found = causesOf(report);
        for (const { finding: root } of found.values()) expect(found.has(root)).toBe(false);
        const all = lists.flat().length;
        expect(found.size).toBeLessThan(Math.max(1, all));
      }),
    );
  });
});
