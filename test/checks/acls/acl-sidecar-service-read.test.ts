import { exampleSidecarTokens } from '../../../src/checks/examples/acl';
import {
  exampleEntry,
  exampleExportedHealth,
  exampleSidecar,
  exampleUpstream,
} from '../../../src/checks/examples/parts';
import { checkTable, codesOf, resultFor, type Row } from '../check-table';
import { calling, exporting, resolver, sentOnTo, target } from '../changes';
import { hidden, partial } from '../world';

const id = 'acl-sidecar-service-read';
const none = { sidecarTokens: exampleSidecarTokens({ writable: [] }) };
const warned = ['warning', 'sidecar-proxy web-sidecar-proxy'] as const;

const transparent = exampleSidecar([]);
const transparentSidecar = {
  sidecars: [{ ...transparent, proxy: { ...transparent.proxy, Mode: 'transparent' } }],
};

const sidecarOf = (name: string) => {
  const base = exampleSidecar([exampleUpstream()], { service: `${name}-sidecar-proxy` });
  return { ...base, proxy: { ...base.proxy, DestinationServiceName: name } };
};

const writeExt = { resource: 'service', segment: 'ext', access: 'write' };
const writer = (lacks: readonly (typeof writeExt)[], isExtensible = true) => ({
  token: { AccessorID: 'a1', ServiceIdentities: [], NodeIdentities: [], AuthMethod: '' },
  description: 'exit of east',
  names: true,
  lacks,
  isExtensible,
});
const tokensOfExit = (...writers: readonly ReturnType<typeof writer>[]) => ({
  sidecarTokens: exampleSidecarTokens({
    gateways: [{ kind: 'terminating-gateway', gateway: 'exit', services: ['ext', 'other'], writers }],
  }),
});
const exit = {
  ...exporting({ name: 'ext', peers: ['west'] }),
  terminatingGateways: [
    exampleEntry({
      Kind: 'terminating-gateway' as const,
      Name: 'exit',
      Services: [{ Name: 'ext' }, { Name: 'other' }],
    }),
  ],
  serviceNames: [{ name: 'exit' }, { name: 'ext' }],
};
/** `api` is exported, and calls of it are sent on to these services. */
const sentOn = (...services: readonly string[]) => ({
  ...exit,
  ...exporting({ name: 'api', peers: ['west'] }),
  ...sentOnTo('api', ...services),
});
const linkedToExit = (...services: readonly string[]) => ({
  endpoint: '/v1/catalog/gateway-services/exit',
  gateway: 'exit',
  services: services.map((name) => ({ name })),
});
/** A wildcard links these services to the gateway, and a wildcard exports them. */
const starred = (...services: readonly string[]) => ({
  ...exit,
  ...exporting({ name: '*', peers: ['west'] }),
  terminatingGateways: [
    exampleEntry({ Kind: 'terminating-gateway' as const, Name: 'exit', Services: [{ Name: '*' }] }),
  ],
  wildcardLinks: [linkedToExit(...services)],
});
const searched = (services: readonly string[], ...writers: readonly ReturnType<typeof writer>[]) => ({
  sidecarTokens: exampleSidecarTokens({
    gateways: [{ kind: 'terminating-gateway', gateway: 'exit', services, writers }],
  }),
});
const writeAll = { resource: 'service_prefix', segment: '', access: 'write' };
const exitWarned = ['warning', 'terminating-gateway exit'] as const;

checkTable(id, [
  ['a token fits a terminating gateway', { ...exit, ...tokensOfExit(writer([])) }, 'pass'],
  [
    'the nearest token of a terminating gateway may not write the exported service',
    { ...exit, ...tokensOfExit(writer([writeExt])) },
    'fail',
    exitWarned,
  ],
  ['no token may write a terminating gateway', { ...exit, ...tokensOfExit() }, 'fail', exitWarned],
  [
    'the nearest token of a terminating gateway may not write a service that is not exported',
    { ...exit, ...tokensOfExit(writer([{ ...writeExt, segment: 'other' }])) },
    'pass',
  ],
  [
    'a terminating gateway that no token fits is not registered',
    { ...exit, ...tokensOfExit(), serviceNames: [{ name: 'ext' }] },
    'pass',
  ],
  [
    'no token fits a terminating gateway before a service that is not exported',
    { ...exit, ...tokensOfExit(), ...exporting({ name: 'api', peers: ['west'] }) },
    'pass',
  ],
  [
    'no token fits a terminating gateway before a service that an exported name is sent on to',
    { ...sentOn('billing', 'Ext'), ...tokensOfExit(writer([writeExt])) },
    'fail',
    exitWarned,
  ],
  [
    'no token fits a terminating gateway before an exported name that is sent on to another service',
    {
      ...sentOn('billing'),
      ...exporting({ name: 'ext', peers: ['west'] }),
      ...sentOnTo('ext', 'billing'),
      ...tokensOfExit(),
    },
    'pass',
  ],
  [
    'it is not known what the exported name before a terminating gateway is sent on to',
    { ...sentOn('ext'), ...tokensOfExit(writer([])), exportedChains: hidden() },
    'unknown',
  ],
  [
    'of the chains of names that a wildcard exports some were not read',
    {
      ...exit,
      ...exporting({ name: '*', peers: ['west'] }),
      ...tokensOfExit(writer([])),
      exportedChains: partial([], { kind: 'too-large' }),
    },
    'pass',
  ],
  [
    'no token fits a terminating gateway before a service that two wildcards link and export',
    { ...starred('ext'), ...searched(['ext'], writer([writeExt])) },
    'fail',
    exitWarned,
  ],
  [
    'a token fits a terminating gateway before a service that two wildcards link and export',
    { ...starred('ext'), ...searched(['ext'], writer([])) },
    'pass',
  ],
  [
    'a wildcard links a service that is not exported',
    {
      ...starred('ext'),
      ...searched(['ext'], writer([writeExt])),
      ...exporting({ name: 'api', peers: ['west'] }),
    },
    'pass',
  ],
  ...[hidden(), partial([linkedToExit('ext')], { kind: 'too-large' })].flatMap(
    (wildcardLinks): readonly Row[] => [
      [
        `a token fits before all services, and a wildcard links more than is known (${wildcardLinks.visibility})`,
        { ...starred('ext'), ...searched(['*', 'ext'], writer([])), wildcardLinks },
        'pass',
      ],
      [
        `no token fits before all services, and a wildcard links more than is known (${wildcardLinks.visibility})`,
        { ...starred('ext'), ...searched(['*', 'ext'], writer([writeAll])), wildcardLinks },
        'unknown',
      ],
    ],
  ),
  [
    'no token fits before a service that a wildcard links beside others that are not known',
    {
      ...starred('ext'),
      ...searched(['*', 'ext'], writer([writeExt, writeAll])),
      wildcardLinks: partial([linkedToExit('ext')], { kind: 'too-large' }),
    },
    'unknown',
    exitWarned,
  ],
  [
    'a sidecar and a terminating gateway have none',
    {
      ...exit,
      sidecarTokens: { ...tokensOfExit().sidecarTokens, writable: [] },
    },
    'fail',
    warned,
    exitWarned,
  ],
  [
    'tokens of terminating gateways were not searched for',
    { ...exit, sidecarTokens: exampleSidecarTokens({ gateways: undefined }) },
    'unknown',
  ],
  [
    'the rules of a token cannot be read, and no other fits a terminating gateway',
    { ...exit, sidecarTokens: { ...tokensOfExit().sidecarTokens, unreadable: 1 } },
    'unknown',
  ],
  [
    'the rules of a token cannot be read, and another fits a terminating gateway',
    { ...exit, sidecarTokens: { ...tokensOfExit(writer([])).sidecarTokens, unreadable: 1 } },
    'pass',
  ],
  ['a token may write the service of the sidecar', {}, 'pass'],
  ['no token may', none, 'fail', warned],
  [
    'tokens may write other services only',
    { sidecarTokens: exampleSidecarTokens({ writable: ['api'] }) },
    'fail',
    warned,
  ],
  [
    'tokens may write the second of three services',
    {
      sidecarTokens: exampleSidecarTokens({ writable: ['shop'] }),
      sidecars: ['web', 'shop', 'ops'].map(sidecarOf),
    },
    'fail',
    warned,
    ['warning', 'sidecar-proxy ops-sidecar-proxy'],
  ],
  [
    'a transparent proxy without upstreams calls what is imported',
    { ...none, ...transparentSidecar },
    'fail',
    warned,
  ],
  [
    'two instances of one sidecar are one finding',
    {
      ...none,
      sidecars: [exampleSidecar(), exampleSidecar([exampleUpstream()], { node: 'app-2', id: 'web-2' })],
    },
    'fail',
    warned,
  ],
  [
    'no sidecar calls a peer',
    { ...none, ...calling({ DestinationName: 'db', DestinationPeer: '' }) },
    'skip',
  ],
  ['ACLs are disabled', { ...none, acl: { enabled: false, anonymous: false } }, 'skip'],
  ['Enterprise has tokens in other namespaces', { ...none, cluster: { enterprise: true } }, 'skip'],
  ['tokens are not visible', { sidecarTokens: hidden({ needs: ['acl = "read"'] }) }, 'unknown'],
  ['sidecars are not visible', { sidecars: hidden() }, 'unknown'],
  ['some sidecars are not visible', { sidecars: partial([exampleSidecar()]) }, 'unknown'],
  [
    'some sidecars are not visible, and no token may write the service of a visible one',
    { ...none, sidecars: partial([exampleSidecar()]) },
    'unknown',
    warned,
  ],
  [
    'the rules of a token cannot be read',
    { sidecarTokens: exampleSidecarTokens({ writable: [], unreadable: 1 }) },
    'unknown',
  ],
]);

it('names the permission that is missing', () => {
  const result = resultFor(id, { sidecarTokens: hidden({ needs: ['acl = "read"'] }) });
  expect(result.reason).toContain('acl = "read"');
});

it('gives the sidecar a token of its own service', () => {
  expect(codesOf(resultFor(id, none))).toEqual([
    "consul acl token create -description 'sidecar of web' -service-identity web\n",
    'consul connect envoy -proxy-id web-sidecar-proxy\n',
  ]);
});

it('restarts pods, which log in again', () => {
  const sidecars = [exampleSidecar([exampleUpstream()], { managedBy: 'dataplane' })];
  expect(codesOf(resultFor(id, { ...none, sidecars }))).toEqual(['kubectl rollout restart deployment/web\n']);
});

it('adds what is missing to the nearest token, and starts the gateway again', () => {
  const [policy, create, restart] = codesOf(resultFor(id, { ...exit, ...tokensOfExit(writer([writeExt])) }));
  expect(
    [policy, create, restart].map((code = '') => /ext|-append-policy-name|-proxy-id/u.test(code)),
  ).toEqual([true, true, true]);
  expect(restart).toBe('consul connect envoy -proxy-id exit\n');
});

it('starts the Envoys of a gateway by the ids of its instances', () => {
  const terminators = [
    { gateway: 'exit', id: 'exit-1', node: 'app-1' },
    { gateway: 'other', id: 'other-1', node: 'app-1' },
    { gateway: 'exit', id: 'exit-2', node: 'app-2' },
  ];
  const codes = codesOf(
    resultFor(id, {
      ...exit,
      ...tokensOfExit(),
      exportedHealth: [exampleExportedHealth({ name: 'ext', terminators })],
    }),
  );
  expect(codes.filter((code) => code.includes('connect envoy'))).toEqual([
    'consul connect envoy -proxy-id exit-1\n',
    'consul connect envoy -proxy-id exit-2\n',
  ]);
});

it('starts the Envoy of an API gateway by its id', () => {
  const codes = codesOf(
    resultFor(id, {
      sidecarTokens: exampleSidecarTokens({
        gateways: [{ kind: 'api-gateway', gateway: 'edge', services: ['front'], writers: [] }],
      }),
      apiGateways: [
        exampleEntry({
          Kind: 'api-gateway' as const,
          Name: 'edge',
          Listeners: [{ Name: 'web', Protocol: 'http' }],
        }),
      ],
      httpRoutes: [
        exampleEntry({
          Kind: 'http-route' as const,
          Name: 'front',
          Parents: [{ Kind: 'api-gateway', Name: 'edge', SectionName: '' }],
          Rules: [{ Services: [{ Name: 'front' }] }],
        }),
      ],
      ...resolver('front', { Redirect: target({ Peer: 'west', Service: 'billing' }) }),
      routingGateways: [
        { at: { endpoint: '', path: '' }, name: 'edge', id: 'edge-7', node: 'gw-1', failing: [] },
        { at: { endpoint: '', path: '' }, name: 'other', id: 'other-1', node: 'gw-1', failing: [] },
      ],
    }),
  );
  expect(codes).toContain('consul connect envoy -proxy-id edge-7\n');
});

it('extends the token whose rules name the gateway, and never the anonymous one', () => {
  const of = (AccessorID: string, names: boolean, lacks = [writeExt]) => ({
    ...writer(lacks),
    names,
    token: { ...writer([]).token, AccessorID },
  });
  const scriptOf = (...writers: readonly ReturnType<typeof writer>[]): string =>
    codesOf(resultFor(id, { ...exit, ...tokensOfExit(...writers) })).join('');
  const own = of('own', true, [writeExt, { ...writeExt, segment: 'exit' }]);
  expect(scriptOf(of('everything', false), own)).toContain('-accessor-id own');
  const anonymous = of('00000000-0000-0000-0000-000000000002', true);
  expect(scriptOf(anonymous)).not.toContain('token update');
});

it('makes a new token where a rule of the nearest refuses it', () => {
  const codes = codesOf(resultFor(id, { ...exit, ...tokensOfExit(writer([writeExt], false)) })).join('');
  expect([codes.includes('consul acl token create'), codes.includes('token update')]).toEqual([true, false]);
});
