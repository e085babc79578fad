import fc from 'fast-check';
import {
  exampleCheck,
  exampleEntry,
  exampleGateway,
  examplePeering,
  exampleSidecar,
  exampleUpstream,
  exampleExports,
} from '../../src/checks/examples/parts';
import type { Section, Snapshot } from '../../src/snapshot/snapshot';
import { visible, snapshotOf, hiddenReason } from './world';

/** Snapshots as a hostile or half-hidden cluster would give them. */

const target = { Service: 'ledger', ServiceSubset: '', Peer: 'west', Datacenter: '', SamenessGroup: '' };
const failover = { Service: '', Datacenters: ['dc2'], SamenessGroup: 'pair', Targets: [target] };
const none = { Mode: 'none' };

const far = snapshotOf({
  peerings: visible({
    enabled: true,
    list: [examplePeering({ Name: 'east', ID: 'far', PeerID: examplePeering().ID })],
  }),
  sidecars: visible([exampleSidecar([exampleUpstream({ DestinationName: 'api', DestinationPeer: 'east' })])]),
});

/** Something in every section, so that there is something to spoil. */
const rich = snapshotOf({
  peerings: visible({
    enabled: true,
    list: [
      examplePeering(),
      examplePeering({
        Name: 'lab',
        ID: 'lab-id',
        State: 'PENDING',
        PeerServerAddresses: ['192.0.2.1:8503'],
      }),
    ],
  }),
  gateways: visible([
    exampleGateway({ config: { connect_timeout_ms: 5000, odd: { key: 'value' } } }),
    exampleGateway({ node: { Node: 'gw-2' }, checks: [exampleCheck({ Status: 'critical' })] }),
  ]),
  sidecars: visible([
    exampleSidecar([
      exampleUpstream({ MeshGateway: none }),
      exampleUpstream({ DestinationName: 'ledger', DestinationPeer: '' }),
      exampleUpstream({ DestinationType: 'prepared_query', DestinationName: 'nearest', DestinationPeer: '' }),
    ]),
  ]),
  exportedServices: visible([
    exampleExports([
      { name: 'api', peers: ['west', 'wset'] },
      { name: '*', group: 'pair' },
      { name: 'consul', peers: ['lab'] },
    ]),
  ]),
  proxyDefaults: visible([
    exampleEntry({
      Kind: 'proxy-defaults' as const,
      Name: 'global',
      Mode: 'transparent',
      Config: { protocol: 'http' },
      MeshGateway: none,
    }),
  ]),
  serviceDefaults: visible([
    exampleEntry({
      Kind: 'service-defaults' as const,
      Name: 'web',
      Protocol: 'http',
      Mode: 'transparent',
      MeshGateway: none,
      UpstreamConfig: {
        Defaults: { Name: '', MeshGateway: none },
        Overrides: [{ Name: 'billing', Peer: 'west', MeshGateway: none }],
      },
    }),
  ]),
  serviceResolvers: visible([
    exampleEntry({
      Kind: 'service-resolver' as const,
      Name: 'ledger',
      Redirect: null,
      Failover: { '*': failover },
    }),
    exampleEntry({ Kind: 'service-resolver' as const, Name: 'api', Redirect: target, Failover: {} }),
  ]),
  serviceRouters: visible([
    exampleEntry({
      Kind: 'service-router' as const,
      Name: 'ledger',
      Routes: [{ Destination: { Service: 'api' } }],
    }),
  ]),
  serviceSplitters: visible([
    exampleEntry({ Kind: 'service-splitter' as const, Name: 'ledger', Splits: [{ Service: 'api' }] }),
  ]),
  samenessGroups: visible([
    exampleEntry({
      Kind: 'sameness-group' as const,
      Name: 'pair',
      Members: [{ Partition: '', Peer: 'west' }],
    }),
  ]),
  preparedQueries: visible([
    {
      ID: '8f246b77',
      Name: 'nearest',
      Service: {
        Service: 'billing',
        Peer: '',
        SamenessGroup: 'pair',
        Failover: { Datacenters: ['dc2'], Targets: [{ Peer: 'west', Datacenter: '' }] },
      },
    },
  ]),
  otherSides: visible([{ peer: 'west', cluster: 'prod-west', snapshot: visible(far) }]),
});

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    '<!channel> <https://example.test|click>',
    "'; rm -rf / #",
    '$(reboot) `id` ${HOME}',
    'EOF\nreboot\nEOF',
    '"}\n} service "x" {',
    '../../..',
    '\u202Etxt.exe\u0000\u001B[2J',
    '\uD800',
    '🚀'.repeat(50),
    'x'.repeat(10_000),
    '[0].a.b',
    '*',
    'NaN',
  ),
);

const hostileValue = fc.oneof(
  { weight: 8, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.constantFrom('west', 'lab', 'api', 'none', 'local', 'critical', 'true') },
);

type Path = readonly (string | number)[];

const textsIn = (value: unknown, path: Path = []): readonly Path[] => {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => textsIn(member, [...path, key]));
};

const replaced = (value: unknown, path: Path, text: string): unknown => {
  const [step, ...rest] = path;
  if (step === undefined) return text;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (index === Number(step) ? replaced(item, rest, text) : item));
  }
  const object = value as Record<string, unknown>;
  return { ...object, [step]: replaced(object[step], rest, text) };
};

/** Fields whose values the schemas fix: no server and no loaded file could give another. */
const fixed = new Set(['Kind', 'visibility', 'kind']);

/** A snapshot without the far end's, whose texts would drown those of this cluster. */
const texts = textsIn(rich.sections).filter((path) => !fixed.has(String(path.at(-1))));

const spoilt = fc
  .array(fc.tuple(fc.nat({ max: texts.length - 1 }), hostileValue), { maxLength: 12 })
  .map((changes) =>
    changes.reduce<unknown>(
      (value, [index, text]) => replaced(value, texts[index] ?? [], text),
      rich.sections,
    ),
  );

const names = Object.keys(rich.sections) as (keyof Snapshot['sections'])[];

const visibilities = fc.record(
  Object.fromEntries(
    names.map((name) => [
      name,
      fc.oneof(
        { weight: 6, arbitrary: fc.constant('visible' as const) },
        { weight: 1, arbitrary: fc.constant('partial' as const) },
        { weight: 1, arbitrary: fc.constant('hidden' as const) },
      ),
    ]),
  ) as Record<keyof Snapshot['sections'], fc.Arbitrary<Section<unknown>['visibility']>>,
);

export const hostileSnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    sections: spoilt,
    visibilities,
    why: hostileText,
    enterprise: fc.boolean(),
    name: hostileText,
  })
  .map(({ sections, visibilities: chosen, why, enterprise, name }) => {
    const shown = Object.entries(sections as Record<string, Section<unknown>>).map(([key, section]) => {
      const visibility = chosen[key as keyof typeof chosen];
      if (visibility === 'visible' || section.visibility === 'hidden') return [key, section];
      const reason = hiddenReason({ message: why, endpoint: why, needs: [why] });
      return [
        key,
        visibility === 'hidden' ? { visibility, reason } : { visibility, value: section.value, reason },
      ];
    });
    return snapshotOf(Object.fromEntries(shown) as Partial<Snapshot['sections']>, { enterprise, name });
  });
