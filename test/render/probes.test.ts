import { changeSnapshot } from '../../src/checks/examples/healthy';
import { runChecks } from '../../src/checks/runner';
import { renderJson } from '../../src/render/json';
import { renderTerminal } from '../../src/render/terminal';
import { exampleProbe, failedProbe, peers } from '../checks/changes';

const reportOf = (probes: Parameters<typeof changeSnapshot>[0] = {}, peer?: string) =>
  runChecks(changeSnapshot(probes), { ...(peer !== undefined && { peer }), checks: [] });
const linesOf = (report: ReturnType<typeof reportOf>, verbose: boolean): readonly string[] =>
  renderTerminal(report, { colour: false, width: 400, verbose })
    .split('\n')
    .filter((line) => line.startsWith('probe'));

const probes = [
  exampleProbe({ address: 'gw.east.example:8443' }),
  failedProbe('refused', { use: 'peer-server', address: '198.51.100.9:8503', peer: 'west' }),
];

it('says how many addresses answer, and with --verbose what was found at each', () => {
  const report = reportOf({ probes });
  expect(linesOf(report, false)).toHaveLength(1);
  const [summary, first, second, ...others] = linesOf(report, true);
  expect(summary).toContain('1 of 2');
  for (const part of ['gw.east.example:8443', '203.0.113.7', '2 ms', '3 ms', 'own.consul', '2026-11-25']) {
    expect(first).toContain(part);
  }
  expect(second).toContain('198.51.100.9:8503');
  expect(second).toContain('west');
  expect(others).toEqual([]);
});

it('says nothing where nothing was probed', () => {
  const report = reportOf();
  expect(linesOf(report, true)).toEqual([]);
  expect(JSON.parse(renderJson(report))).not.toHaveProperty('probes');
});

it('keeps all facts in JSON', () => {
  expect(JSON.parse(renderJson(reportOf({ probes })))).toMatchObject({
    probes: [
      {
        use: 'gateway',
        address: 'gw.east.example:8443',
        peer: null,
        outcome: 'tls',
        resolved: ['203.0.113.7'],
        connectMs: 2,
        handshakeMs: 3,
        trustDomain: 'own.consul',
        notAfter: '2026-11-25T00:00:00.000Z',
      },
      { outcome: 'refused', peer: 'west', connectMs: null, handshakeMs: null, trustDomain: null },
    ],
  });
});

it('leaves out the servers of peers that the run is not about', () => {
  const report = reportOf({ ...peers({}, { Name: 'lab' }), probes }, 'lab');
  expect(report.probes?.map(({ use }) => use)).toEqual(['gateway']);
});

it('shows hostile addresses without their control characters', () => {
  const [, line] = linesOf(reportOf({ probes: [exampleProbe({ address: 'a\u001b[2J\u202e:1' })] }), true);
  expect(line).not.toMatch(/[\u001b\u202e]/u);
});
