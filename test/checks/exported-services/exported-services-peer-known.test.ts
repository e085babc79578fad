import { exampleExports, exampleIntentions } from '../../../src/checks/examples/parts';
import { calledByWest, exporting, peers, samenessGroup, stream } from '../changes';
import { checkTable, type Changes, firstCode, resultFor } from '../check-table';
import { hidden, partial } from '../world';

const id = 'exported-services-peer-known';
const wset = 'exported-services default → wset';

const toGroup: Changes = {
  ...exporting({ name: 'api', group: 'pair' }),
  ...samenessGroup('pair', [{ Peer: 'wset' }, { Partition: 'default' }]),
};

checkTable(id, [
  ['every consumer is a peering', {}, 'pass'],
  ['the only consumer is unknown', exporting({ name: 'api', peers: ['wset'] }), 'fail', ['error', wset]],
  [
    'one of two consumers is unknown',
    exporting({ name: 'api', peers: ['west', 'wset'] }),
    'fail',
    ['warning', wset],
  ],
  [
    'an unknown peer is the only consumer of the second of its services',
    exporting({ name: 'api', peers: ['west', 'wset'] }, { name: 'web', peers: ['wset'] }),
    'fail',
    ['error', wset],
  ],
  [
    'two unknown names are consumers of 100 services: each named once',
    exporting(
      ...Array.from({ length: 100 }, (_, index) => ({
        name: `s${index}`,
        peers: ['west', index % 2 ? 'wset' : 'moon'],
      })),
    ),
    'fail',
    ['warning', 'exported-services default → moon'],
    ['warning', wset],
  ],
  [
    'two entries have the same unknown consumer',
    {
      exportedServices: ['default', 'edge'].map((name) => {
        const base = exampleExports([{ name: 'api', peers: ['wset'] }]);
        return { ...base, entry: { ...base.entry, Name: name } };
      }),
    },
    'fail',
    ['error', wset],
    ['error', 'exported-services edge → wset'],
  ],
  ['a member of a sameness group is unknown', toGroup, 'fail', ['warning', wset]],
  [
    'the only consumer is a sameness group that is not there',
    { ...toGroup, ...exporting({ name: 'api', group: 'pare' }) },
    'fail',
    ['error', 'exported-services default → pare'],
  ],
  [
    'a sameness group that is not there is a consumer beside a peer',
    exporting({ name: 'api', peers: ['west'], group: 'pair' }),
    'fail',
    ['warning', 'exported-services default → pair'],
  ],
  [
    'a sameness group of that name is in another partition',
    {
      ...exporting({ name: 'api', group: 'pair' }),
      ...samenessGroup('pair', [{ Peer: 'west' }], { Partition: 'edge' }),
    },
    'fail',
    ['error', 'exported-services default → pair'],
  ],
  [
    'a sameness group may not be visible',
    { ...exporting({ name: 'api', group: 'pair' }), samenessGroups: partial([]) },
    'unknown',
  ],
  [
    'an unknown peer is a consumer itself and through a sameness group',
    { ...toGroup, ...exporting({ name: 'api', peers: ['wset'] }, { name: 'web', group: 'pair' }) },
    'fail',
    ['error', wset],
    ['warning', wset],
  ],
  ['nothing is exported', { exportedServices: [] }, 'skip'],
  ['there is no peering', peers(), 'skip'],
  ['exports are not visible', { exportedServices: hidden() }, 'unknown'],
  ['peerings are not visible', { peerings: hidden() }, 'unknown'],
  ['some exports are not visible', { exportedServices: partial([]) }, 'unknown'],
  [
    'some exports are not visible, and a visible one has an unknown consumer',
    { exportedServices: partial([exampleExports([{ name: 'api', peers: ['wset'] }])]) },
    'fail',
    ['error', wset],
  ],
]);

describe('the fix', () => {
  const code = (changes: Changes) => firstCode(resultFor(id, changes));

  it('replaces the name with the nearest one', () => {
    const text = code(exporting({ name: 'api', peers: ['wset', 'lab'] }));
    expect(['"west"', '"wset"', '"lab"'].map((name) => text.includes(name))).toEqual([true, false, true]);
  });

  it('replaces the name in intentions as well, beside those that have the right one', () => {
    const sources = [
      { name: 'web', peer: 'wset' },
      { name: 'shop', peer: 'west' },
      { name: 'shop', peer: 'wset', action: 'deny' as const },
    ];
    const changed: Changes = {
      ...exporting({ name: 'api', peers: ['wset'] }),
      intentions: [
        exampleIntentions(sources, 'api'),
        exampleIntentions([{ name: 'web', peer: 'west' }], 'billing'),
      ],
    };
    const [finding] = resultFor(id, changed).findings;
    const shell = finding?.remediation.filter(({ language }) => language === 'shell') ?? [];
    expect(shell.map(({ code }) => /Kind = "(.*)"/u.exec(code)?.[1])).toEqual([
      'exported-services',
      'service-intentions',
    ]);
    const text = shell[1]?.code ?? '';
    expect([text.match(/"west"/gu)?.length, text.includes('wset'), text.includes('deny')]).toEqual([
      2,
      false,
      false,
    ]);
  });

  it('replaces a name that is near to none with the peer that calls what is exported', () => {
    const called: Changes = { ...calledByWest('api'), ...exporting({ name: 'api', peers: ['elsewhere'] }) };
    expect([code(called).includes('"west"'), code(called).includes('elsewhere')]).toEqual([true, false]);
    const other: Changes = { ...calledByWest('pay'), ...exporting({ name: 'api', peers: ['elsewhere'] }) };
    expect(code(other)).not.toContain('"west"');
    const all: Changes = { ...calledByWest('pay'), ...exporting({ name: '*', peers: ['elsewhere'] }) };
    expect(code(all)).toContain('"west"');
  });

  it('names a peer once', () => {
    expect(code(exporting({ name: 'api', peers: ['west', 'wset'] })).match(/"west"/gu)).toHaveLength(1);
  });

  it('removes a name that is near to none', () => {
    const text = code(exporting({ name: 'api', peers: ['west', 'elsewhere'] }));
    expect([text.includes('"west"'), text.includes('elsewhere')]).toEqual([true, false]);
  });

  it('names the nearest sameness group, or removes it', () => {
    const text = code({ ...toGroup, ...exporting({ name: 'api', peers: ['west'], group: 'pare' }) });
    expect([text.includes('SamenessGroup = "pair"'), text.includes('pare')]).toEqual([true, false]);
    const removed = code({ ...toGroup, ...exporting({ name: 'api', peers: ['west'], group: 'elsewhere' }) });
    expect([removed.includes('Peer = "west"'), removed.includes('elsewhere')]).toEqual([true, false]);
  });

  it('changes the group of the partition of the entry', () => {
    const edge = samenessGroup('pair', [{ Peer: 'wset' }, { Peer: 'south' }], { Partition: 'edge' });
    const both: Changes = {
      ...toGroup,
      samenessGroups: [...(edge.samenessGroups as []), ...(toGroup.samenessGroups as [])],
    };
    expect(code(both)).not.toContain('south');
  });

  it('changes the sameness group that has the member', () => {
    const text = code(toGroup);
    expect(text).toContain('Kind = "sameness-group"');
    expect(text).toContain('"west"');
    expect(text).not.toContain('wset');
    const second: Changes = {
      ...toGroup,
      samenessGroups: [
        ...(samenessGroup('other', [{ Peer: 'west' }]).samenessGroups as []),
        ...(toGroup.samenessGroups as []),
      ],
    };
    expect(code(second)).toBe(text);
    const far = samenessGroup('pair', [{ Peer: 'elsewhere' }, { Peer: 'west' }]);
    const removed = code({ ...exporting({ name: 'api', group: 'pair' }), ...far });
    expect([removed.includes('"west"'), removed.includes('elsewhere')]).toEqual([true, false]);
  });
});

it('exported-services-peer-known shows where each consumer is written, and five services at most', () => {
  const services = Array.from({ length: 9 }, (_, index) => ({ name: `s${index}`, peers: ['west', 'wset'] }));
  const [finding] = resultFor(id, { ...exporting(...services), ...peers(stream([])) }).findings;
  expect(finding?.evidence.map(({ path }) => path)).toEqual([
    ...[0, 1, 2, 3, 4].map((index) => `Services[${index}].Consumers[1].Peer`),
    '[*].Name',
  ]);
  expect(resultFor(id, toGroup).findings[0]?.evidence[0]?.path).toBe(
    'Services[0].Consumers[0].SamenessGroup',
  );
});
