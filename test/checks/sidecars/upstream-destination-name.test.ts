import { exampleSidecar, exampleUpstream } from '../../../src/checks/examples/parts';
import type { Upstream } from '../../../src/consul/wire';
import { calling, peers, stream } from '../changes';
import { checkTable, firstCode, resultFor } from '../check-table';
import { hidden, partial } from '../world';

const id = 'upstream-destination-name';
const nameless = { DestinationName: '' };
const second = { DestinationName: '', LocalBindPort: 9192 };
const first = ['error', 'upstream web-sidecar-proxy → upstream 1'] as const;

const seen = (DestinationName: string) => partial([exampleSidecar([exampleUpstream({ DestinationName })])]);

checkTable(id, [
  ['every upstream has a name', {}, 'pass'],
  ['there are no sidecars', { sidecars: [] }, 'pass'],
  [
    'two of three upstreams have no name: told apart by their position',
    calling(nameless, {}, second),
    'fail',
    first,
    ['error', 'upstream web-sidecar-proxy → upstream 3'],
  ],
  [
    'the same upstream of two instances of a proxy has no name: one finding',
    {
      sidecars: ['app-1', 'app-2'].map((node) => exampleSidecar([exampleUpstream(nameless)], { node })),
    },
    'fail',
    first,
  ],
  [
    'upstreams of two proxies have no name',
    {
      sidecars: ['web', 'shop'].map((name) =>
        exampleSidecar([exampleUpstream(nameless)], { service: `${name}-sidecar-proxy` }),
      ),
    },
    'fail',
    first,
    ['error', 'upstream shop-sidecar-proxy → upstream 1'],
  ],
  ['there is no peering', { ...calling(nameless), ...peers() }, 'skip'],
  ['peerings are not visible', { ...calling(nameless), peerings: hidden() }, 'fail', first],
  [
    'some sidecars are not visible, and a visible one has an upstream without a name',
    { sidecars: seen('') },
    'fail',
    first,
  ],
  ['some sidecars are not visible', { sidecars: seen('billing') }, 'unknown'],
  ['sidecars are not visible', { sidecars: hidden() }, 'unknown'],
]);

describe('the fix', () => {
  it('is one snippet for all upstreams of a sidecar', () => {
    const { findings } = resultFor(id, calling(nameless, {}, second));
    expect(findings).toHaveLength(2);
    for (const { remediation } of findings) {
      expect(remediation.find(({ language }) => language === 'hcl')?.code).not.toContain('9192');
    }
  });

  it('names the one service of the peer that is not called yet', () => {
    const code = (...upstreams: readonly Partial<Upstream>[]) =>
      firstCode(resultFor(id, calling(...upstreams)));
    expect(code(nameless)).toContain('destination_name = "billing"');
    // With two open services nothing tells which one was meant, and with none there is nothing to name.
    expect(code(nameless, { LocalBindPort: 9192 })).not.toContain('9191');
    const open = { ...calling(nameless), ...peers(stream(['billing', 'ledger'])) };
    expect(firstCode(resultFor(id, open))).not.toContain('9191');
    const other = {
      ...calling(nameless, { DestinationName: 'ledger' }),
      ...peers(stream(['billing', 'ledger'])),
    };
    expect(firstCode(resultFor(id, other))).toContain('destination_name = "billing"');
  });

  it('does not guess for an upstream without a peer', () => {
    expect(firstCode(resultFor(id, calling({ ...nameless, DestinationPeer: '' })))).not.toContain('billing');
  });
});
