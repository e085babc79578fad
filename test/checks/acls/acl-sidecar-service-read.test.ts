import { exampleSidecarTokens } from '../../../src/checks/examples/acl';
import { exampleSidecar, exampleUpstream } from '../../../src/checks/examples/parts';
import { checkTable, codesOf, resultFor } from '../check-table';
import { calling } from '../changes';
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

checkTable(id, [
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
    'consul connect envoy -sidecar-for web\n',
  ]);
});

it('restarts pods, which log in again', () => {
  const sidecars = [exampleSidecar([exampleUpstream()], { managedBy: 'dataplane' })];
  expect(codesOf(resultFor(id, { ...none, sidecars }))).toEqual(['kubectl rollout restart deployment/web\n']);
});
