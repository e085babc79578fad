import { addSecondProbes } from '../../src/snapshot/second-probes';
import { hidden, rowsOf, visible } from '../../src/snapshot/section';
import { exampleProbe, failedProbe } from '../checks/changes';

const probes = visible([
  failedProbe('timeout', { address: '198.51.100.7:8443' }),
  exampleProbe({ address: '198.51.100.8:8443' }),
]);

describe('outcomes of a second vantage point', () => {
  it('are added to the addresses that were read here, and to no others', () => {
    const added = addSecondProbes(probes, {
      from: 'dmz',
      outcomes: [
        { address: '198.51.100.7:8443', outcome: 'refused' },
        { address: '169.254.169.254:80', outcome: 'tls' },
      ],
    });
    expect(rowsOf(added).map(({ address, outcome, second }) => [address, outcome, second])).toEqual([
      ['198.51.100.7:8443', 'timeout', { from: 'dmz', outcome: 'refused' }],
      ['198.51.100.8:8443', 'tls', { from: 'dmz', reason: 'not-probed' }],
    ]);
  });

  it.each(['absent', 'late', 'not-configured', 'unreadable'] as const)(
    'are not known where it says nothing: %s',
    (reason) => {
      const added = addSecondProbes(probes, { from: 'dmz', outcomes: reason });
      const second = { from: 'dmz', reason };
      expect(rowsOf(added).map((probe) => probe.second)).toEqual([second, second]);
    },
  );

  it('make nothing visible that was hidden', () => {
    const reason = { kind: 'not-gathered', endpoint: '', message: 'off' } as const;
    const section = addSecondProbes(hidden(reason), { from: 'dmz', outcomes: [] });
    expect(section.visibility).toBe('hidden');
  });
});
