import { pairPeerings, type PeeringsRead } from '../../src/report/peerings';

const peer = (name: string, state = 'ACTIVE', services = {}) => ({ name, state, ...services });
const read = (
  cluster: string,
  others: PeeringsRead['others'],
  peers: PeeringsRead['peers'],
): PeeringsRead => ({
  cluster,
  others,
  peers,
  problem: peers === null ? 'down' : '',
});
const pairs = (selected: readonly string[], ...all: readonly PeeringsRead[]) =>
  pairPeerings(selected, all, '2026-11-27T00:00:00.000Z').peerings.map(({ here, there }) => [
    `${here.cluster}/${here.peer} ${here.state}`,
    `${there.cluster}/${there.peer} ${there.state}`,
  ]);

describe('pairPeerings', () => {
  const east = read('east', { west: 'west' }, [peer('west')]);
  const west = read('west', { east: 'east' }, [peer('east', 'FAILING')]);

  it.each<[string, readonly string[], readonly PeeringsRead[], readonly (readonly string[])[]]>([
    ['lists both sides once', ['east', 'west'], [east, west], [['east/west ACTIVE', 'west/east FAILING']]],
    [
      'completes a side that is not selected',
      ['west'],
      [east, west],
      [['west/east FAILING', 'east/west ACTIVE']],
    ],
    ['does not know a side that was not read', ['east'], [east], [['east/west ACTIVE', 'west/null null']]],
    [
      'names no side that the reader may not see',
      ['east'],
      [read('east', {}, [peer('west')])],
      [['east/west ACTIVE', 'null/null null']],
    ],
    [
      'shows what one side lacks',
      ['east', 'west'],
      [read('east', { west: 'west' }, []), west],
      [['east/west ', 'west/east FAILING']],
    ],
    [
      'leaves out what exists on no side',
      ['east'],
      [read('east', { west: 'west' }, []), read('west', {}, [])],
      [],
    ],
    [
      'shows the other side of a cluster that cannot be read',
      ['east'],
      [read('east', { west: 'west' }, null), west],
      [['east/west null', 'west/east FAILING']],
    ],
    [
      'lists what does not work first',
      ['east'],
      [read('east', {}, [peer('a'), peer('b', 'PENDING')])],
      [
        ['east/b PENDING', 'null/null null'],
        ['east/a ACTIVE', 'null/null null'],
      ],
    ],
  ])('%s', (_, selected, all, expected) => {
    expect(pairs(selected, ...all)).toEqual(expected);
  });

  it('counts services each way, from the other side where its own does not tell', () => {
    const told = read('east', { west: 'west' }, [peer('west', 'ACTIVE', { exportedServices: 2 })]);
    const back = read('west', { east: 'east' }, [
      peer('east', 'ACTIVE', { importedServices: 9, exportedServices: 3 }),
    ]);
    const [pair] = pairPeerings(['east'], [told, back], '').peerings;
    expect([pair?.servicesOut, pair?.servicesIn]).toEqual([2, 3]);
  });

  it('says which clusters could not be read', () => {
    const { notRead } = pairPeerings(['east'], [read('east', {}, null)], '');
    expect(notRead).toEqual([{ cluster: 'east', problem: 'down' }]);
  });
});
