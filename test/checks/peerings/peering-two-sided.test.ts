import { changeSnapshot } from '../../../src/checks/examples/healthy';
import type { Peering } from '../../../src/consul/wire';
import type { OtherSide } from '../../../src/snapshot/snapshot';
import { peers } from '../changes';
import { type Changes, checkTable } from '../check-table';
import { hidden, partial, visible } from '../world';

/** A cluster that dials this one. */
const dialer = (changes: Partial<Peering> = {}, peer = 'west', cluster = 'prod-west'): OtherSide => ({
  peer,
  cluster,
  snapshot: visible(
    changeSnapshot({
      cluster: { name: cluster, datacenter: 'dc2' },
      ...peers({
        ID: 'far',
        Name: 'east',
        PeerID: 'id-0',
        PeerServerAddresses: ['198.51.100.20:8503'],
        StreamStatus: { ImportedServices: ['api'], ExportedServices: ['billing'] },
        Remote: { Partition: '', Datacenter: 'dc1' },
        ...changes,
      }),
    }),
  ),
});

/** A cluster that dials both of two peerings, as it is read for one of them. */
const twice = (peer: string, secondState = 'ACTIVE'): OtherSide => {
  const dials = (changes: Partial<Peering>): Partial<Peering> => ({
    Name: 'east',
    PeerServerAddresses: ['198.51.100.20:8503'],
    StreamStatus: { ImportedServices: ['api'], ExportedServices: ['billing'] },
    Remote: { Partition: '', Datacenter: 'dc1' },
    ...changes,
  });
  return {
    peer,
    cluster: 'prod-west',
    snapshot: visible(
      changeSnapshot({
        cluster: { name: 'prod-west', datacenter: 'dc2' },
        ...peers(
          dials({ ID: 'far', PeerID: 'id-0' }),
          dials({ ID: 'far-2', Name: 'east-2', PeerID: 'id-1', State: secondState }),
        ),
      }),
    ),
  };
};

/** A cluster that shows some of its peerings. */
const showingPart = (changes: Partial<Peering>): OtherSide => {
  const side = dialer(changes);
  if (side.snapshot.visibility === 'hidden') return side;
  const { sections } = side.snapshot.value;
  const peerings =
    sections.peerings.visibility === 'hidden' ? sections.peerings : partial(sections.peerings.value);
  return { ...side, snapshot: visible({ ...side.snapshot.value, sections: { ...sections, peerings } }) };
};

const both = (own: Partial<Peering>, ...sides: readonly OtherSide[]): Changes => ({
  ...peers(own),
  // Without calls: paths that end at the peering are findings of the check as well.
  sidecars: [],
  otherSides: sides.length > 0 ? sides : [dialer()],
});
const failed = ['error', 'peering west'] as const;
const ofDialer = { ID: 'near', PeerID: 'far-id', PeerServerAddresses: ['198.51.100.20:8503'] };
const acceptor = (changes: Partial<Peering>): OtherSide =>
  dialer({ ID: 'far-id', PeerID: '', PeerServerAddresses: [], ...changes });

checkTable('peering-two-sided', [
  ['both agree', both({}), 'pass'],
  ['both agree, seen from the dialer', both(ofDialer, acceptor({})), 'pass'],
  ['ACTIVE here, TERMINATED there', both({}, dialer({ State: 'TERMINATED' })), 'fail', failed],
  ['TERMINATED here, ACTIVE there', both({ State: 'TERMINATED' }), 'fail', failed],
  [
    'neither is ACTIVE, which has a check of its own',
    both({ State: 'FAILING' }, dialer({ State: 'FAILING' })),
    'pass',
  ],
  ['the other side dials another peering', both({}, dialer({ PeerID: 'other' })), 'fail', failed],
  ['the acceptor has made it again', both(ofDialer, acceptor({ ID: 'new-id' })), 'fail', failed],
  ['deleted there, and ended here', both({ State: 'TERMINATED' }, dialer({ PeerID: 'other' })), 'pass'],
  ['a token that nobody has used', both({ State: 'PENDING' }, dialer({ PeerID: 'other' })), 'pass'],
  [
    'a third cluster used a newer token',
    both({ Remote: { Partition: '', Datacenter: 'dc3' } }),
    'fail',
    failed,
  ],
  [
    'a third cluster used a newer token, seen from the old dialer',
    both(ofDialer, acceptor({ Remote: { Partition: '', Datacenter: 'dc3' } })),
    'fail',
    failed,
  ],
  ['the datacenter in another case', both({ Remote: { Partition: '', Datacenter: 'DC2' } }), 'pass'],
  [
    'the datacenter is not told, as in old versions',
    both({ Remote: { Partition: '', Datacenter: '' } }),
    'pass',
  ],
  ['two configured clusters dial it', both({}, dialer(), dialer({}, 'north', 'prod-north')), 'fail', failed],
  [
    'two peerings with one configured cluster',
    { ...peers({}, { Name: 'west-2' }), sidecars: [], otherSides: [twice('west'), twice('west-2')] },
    'pass',
  ],
  [
    'two peerings with one configured cluster, of which the second is TERMINATED there',
    {
      ...peers({}, { Name: 'west-2' }),
      sidecars: [],
      otherSides: [twice('west', 'TERMINATED'), twice('west-2', 'TERMINATED')],
    },
    'fail',
    ['error', 'peering west-2'],
  ],
  [
    'what is exported is not imported',
    both({}, dialer({ StreamStatus: { ImportedServices: [], ExportedServices: ['billing'] } })),
    'fail',
    failed,
  ],
  [
    'what is imported is not exported',
    both({}, dialer({ StreamStatus: { ImportedServices: ['api'], ExportedServices: [] } })),
    'fail',
    failed,
  ],
  [
    'two of three other sides disagree',
    {
      ...peers({}, { Name: 'lab' }, { Name: 'edge' }),
      sidecars: [],
      otherSides: [
        dialer({ State: 'TERMINATED' }),
        dialer({ PeerID: 'id-1' }, 'lab', 'prod-lab'),
        dialer({ PeerID: 'id-2', State: 'TERMINATED' }, 'edge', 'prod-edge'),
      ],
    },
    'fail',
    failed,
    ['error', 'peering edge'],
  ],
  ['no other side is configured', {}, 'skip'],
  ['no peering', both({ Name: 'lab' }), 'skip'],
  [
    'the other side is not visible',
    { ...peers({}), otherSides: [{ peer: 'west', cluster: 'prod-west', snapshot: hidden() }] },
    'unknown',
  ],
  [
    'some peerings are not visible',
    { ...both({}), peerings: partial({ enabled: true, list: [] }) },
    'unknown',
  ],
  [
    'the peerings of the other side are not visible',
    {
      ...peers({}),
      otherSides: [
        { peer: 'west', cluster: 'prod-west', snapshot: visible(changeSnapshot({ peerings: hidden() })) },
      ],
    },
    'unknown',
  ],
  [
    'the matching peering may be among the hidden ones of the other side',
    { ...both({}), otherSides: [showingPart({ PeerID: 'other' })] },
    'unknown',
  ],
  [
    'the matching peering is among the visible ones of the other side',
    { ...both({}), otherSides: [showingPart({ State: 'TERMINATED' })] },
    'fail',
    failed,
  ],
]);
