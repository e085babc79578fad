import { knownIssues } from '../../../src/checks/consul/known-issues';
import {
  exampleExports,
  exampleGateway,
  examplePeering,
  exampleServer,
} from '../../../src/checks/examples/parts';
import { checkTable } from '../check-table';
import { hidden } from '../world';

const runs = (version: string) => ({ servers: [exampleServer({ version })] });
const issue = (id: number, severity: 'warning' | 'info' = 'warning') =>
  [severity, `known-issue ${id}`] as const;

const at = (endpoint: string) => ({ at: { endpoint, path: '' }, withheld: [] });
const resolver = (fields: object) => ({
  entry: { Kind: 'service-resolver' as const, Name: 'billing', Failover: {}, ...fields },
  ...at('/v1/config/service-resolver/billing'),
});
const toPeer = resolver({ Redirect: { Peer: 'west', Service: 'billing' } });
const gatewayAt = (wan: string, id: string) => {
  const gateway = exampleGateway();
  const Service = { ...gateway.Service, ID: id, TaggedAddresses: { wan: { Address: wan, Port: 443 } } };
  return { ...gateway, Service };
};
const sameDatacenter = {
  enabled: true,
  list: [examplePeering({ Remote: { Partition: '', Datacenter: 'dc1' } })],
};
const both = {
  serviceNames: [{ name: 'billing' }, { name: 'api' }],
  peerings: {
    enabled: true,
    list: [
      examplePeering({
        StreamStatus: { ImportedServices: ['billing'], ExportedServices: ['api'], LastHeartbeat: null },
      }),
    ],
  },
};
const leaderBug = issue(17483, 'info');

checkTable(
  'consul-known-issues',
  [
    ['a version without known issues', runs('1.20.1'), 'pass'],
    ['an Enterprise version and a release candidate are versions', runs('1.20.1+ent'), 'pass'],
    ['a version that cannot be read', runs('latest'), 'pass'],
    ['many instances are exported', runs('1.14.1'), 'fail', issue(15503), leaderBug],
    ['the first release with the fix', runs('1.14.2'), 'pass', leaderBug],
    [
      'a redirect to a peer',
      { ...runs('1.14.3'), serviceResolvers: [toPeer] },
      'fail',
      issue(15833),
      leaderBug,
    ],
    ['one datacenter name', { ...runs('1.14.4'), peerings: sameDatacenter }, 'fail', issue(16257), leaderBug],
    ['a name on both sides', { ...runs('1.15.2'), ...both }, 'fail', issue(17235), leaderBug],
    ['a name on both sides, fixed', { ...runs('1.15.4'), ...both }, 'pass'],
    [
      'gateways with two hostnames',
      { ...runs('1.15.6'), gateways: [gatewayAt('a.example', 'gw-1'), gatewayAt('b.example', 'gw-2')] },
      'fail',
      issue(19268),
    ],
    [
      'gateways with one hostname',
      { ...runs('1.15.6'), gateways: [gatewayAt('a.example', 'gw-1'), gatewayAt('a.example', 'gw-2')] },
      'pass',
    ],
    [
      'an exported service behind a terminating gateway',
      {
        ...runs('1.16.7'),
        exportedServices: [exampleExports([{ name: 'ext', peers: ['west'] }])],
        terminatingGateways: [
          {
            entry: { Kind: 'terminating-gateway', Name: 'out', Services: [{ Name: 'ext' }] },
            ...at('/v1/config/terminating-gateway/out'),
          },
        ],
      },
      'fail',
      issue(18959),
    ],
    [
      'one service name at two peers in an intention',
      {
        ...runs('1.21.0'),
        intentions: [
          {
            entry: {
              Kind: 'service-intentions',
              Name: 'api',
              Sources: [
                { Name: 'web', Peer: 'west', Action: 'allow', Permissions: [] },
                { Name: 'web', Peer: 'south', Action: 'allow', Permissions: [] },
              ],
            },
            ...at('/v1/config/service-intentions/api'),
          },
        ],
      },
      'fail',
      issue(23048),
    ],
    [
      'what a condition reads is hidden',
      { ...runs('1.14.3'), serviceResolvers: hidden() },
      'unknown',
      leaderBug,
    ],
    ['a hidden section that no affected issue reads', { ...runs('1.20.1'), gateways: hidden() }, 'pass'],
    ['the servers are hidden', { servers: hidden() }, 'unknown'],
  ],
  { skip: 'every cluster runs some version of Consul' },
);

it('are listed once', () => {
  const ids = knownIssues.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
