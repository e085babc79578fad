import { failover, mode, protocol, redirect, router, source, splitter } from './entries';
import { removeWestGateway } from './imports';
import { allowWeb, type Lab } from './lab';
import { waitFor } from '../process';
import type { Expected, Row } from './row';

const httpRoute = (service: string, SectionName = 'http'): object => ({
  Kind: 'http-route',
  Name: 'front',
  Rules: [{ Matches: [{ Path: { Match: 'prefix', Value: '/' } }], Services: [{ Name: service }] }],
  Parents: [{ Kind: 'api-gateway', Name: 'api-gateway', SectionName }],
});

const apiGateway = async (lab: Lab, service: string, ...entries: readonly object[]): Promise<void> => {
  await lab.west.write(
    ...entries,
    {
      Kind: 'api-gateway',
      Name: 'api-gateway',
      Listeners: [{ Name: 'http', Port: lab.port('front'), Protocol: 'http' }],
    },
    httpRoute(service),
  );
  await lab.west.gateway({ kind: 'api-gateway' });
};

const tcpRoute = (service: string): object => ({
  Kind: 'tcp-route',
  Name: 'raw',
  Services: [{ Name: service }],
  Parents: [{ Kind: 'api-gateway', Name: 'api-gateway', SectionName: 'tcp' }],
});

/** Consul gives it no configuration where its route resolves to a peer. */
const tcpApiGateway = async (
  lab: Lab,
  service: string,
  { weak }: { readonly weak: boolean },
  ...entries: readonly object[]
): Promise<void> => {
  await lab.west.write(
    ...entries,
    {
      Kind: 'api-gateway',
      Name: 'api-gateway',
      Listeners: [{ Name: 'tcp', Port: lab.port('front'), Protocol: 'tcp' }],
    },
    tcpRoute(service),
  );
  await lab.west.gateway({ kind: 'api-gateway', weak });
};

const ingress = async (
  lab: Lab,
  service: string,
  { Protocol = 'tcp', weak = false }: { readonly Protocol?: 'tcp' | 'http'; readonly weak?: boolean },
  ...entries: readonly object[]
): Promise<void> => {
  const Services = [{ Name: service, ...(Protocol === 'http' ? { Hosts: ['*'] } : {}) }];
  await lab.west.write(...entries, {
    Kind: 'ingress-gateway',
    Name: 'ingress-gateway',
    Listeners: [{ Port: lab.port('front'), Protocol, Services }],
  });
  await lab.west.gateway({ kind: 'ingress-gateway', weak });
};

const allow = (lab: Lab, gateway: string): Promise<void> =>
  lab.intend('api', allowWeb, source(gateway, 'allow'));

const front = { port: 'front' };
const routes: Expected = { at: 'west', id: 'gateway-routes', subject: /./ };

const unserved = { weak: true };

const toPeer = [protocol('api-at-east', 'http'), redirect('api-at-east', 'api', 'east')];

/** The change that has an API gateway, which api lets in, call a service. */
const routed =
  (service: string, ...entries: readonly object[]) =>
  async (lab: Lab): Promise<void> => {
    await allow(lab, 'api-gateway');
    await apiGateway(lab, service, ...entries);
  };

/** A gateway of its own name whose one rule sends this percentage of the calls to `orders` here, and the others to the peer. */
const sharedRule = async (lab: Lab, name: string, percent: number): Promise<void> => {
  await allow(lab, name);
  await lab.west.write(
    ...toPeer,
    protocol('orders', 'http'),
    {
      Kind: 'service-intentions',
      Name: 'orders',
      Sources: [{ Name: name, Action: 'allow' }],
    },
    {
      Kind: 'api-gateway',
      Name: name,
      Listeners: [{ Name: 'http', Port: lab.port('front'), Protocol: 'http' }],
    },
    {
      ...httpRoute('api-at-east'),
      Rules: [
        {
          Services: [
            { Name: 'api-at-east', Weight: 100 - percent },
            { Name: 'orders', Weight: percent },
          ],
        },
      ],
      Parents: [{ Kind: 'api-gateway', Name: name, SectionName: 'http' }],
    },
  );
  await lab.west.gateway({ kind: 'api-gateway', name });
};

/** A gateway of its own name, on a token with these rules: the tokens of other rows do not fit it. */
const onToken = async (
  lab: Lab,
  kind: 'api-gateway' | 'ingress-gateway',
  name: string,
  rules: string,
): Promise<void> => {
  const http = { Port: lab.port('front'), Protocol: 'http' };
  await allow(lab, name);
  await lab.west.write(
    ...toPeer,
    ...(kind === 'api-gateway'
      ? [
          { Kind: kind, Name: name, Listeners: [{ ...http, Name: 'http' }] },
          { ...httpRoute('api-at-east'), Parents: [{ Kind: kind, Name: name, SectionName: 'http' }] },
        ]
      : [
          {
            Kind: kind,
            Name: name,
            Listeners: [{ ...http, Services: [{ Name: 'api-at-east', Hosts: ['*'] }] }],
          },
        ]),
  );
  await lab.west.gateway({
    kind,
    name,
    rules: `service "${name}" { policy = "write" }\n${rules}`,
    onClient: true,
    weak: true,
  });
};

const noTokenFits = (kind: string, name: string): Expected => ({
  at: 'west',
  id: 'acl-sidecar-service-read',
  subject: new RegExp(`^${kind} ${name}$`),
  severity: 'warning',
});

const readAll = 'service_prefix "" { policy = "read" }\n';
const readCalled = 'service "api-at-east" { policy = "read" }\n';

/**
 * API and ingress gateways of west as consumers. Of a TCP listener that resolves to a peer Consul cannot make a
 * configuration, and gives the Envoy of that gateway none at all: it stays in the state PRE_INITIALIZING.
 */
export const routeRows: readonly Row[] = [
  {
    name: 'the token of an API gateway lacks mesh:read',
    change: (lab) => onToken(lab, 'api-gateway', 'front-1', readAll),
    request: front,
    truth: 'blocked',
    expected: [noTokenFits('api-gateway', 'front-1')],
    fix: { at: 'west', restart: [['west', 'front-1']] },
  },
  {
    name: 'the token of an API gateway may not read the name that its route calls',
    change: (lab) => onToken(lab, 'api-gateway', 'front-2', 'mesh = "read"'),
    request: front,
    truth: 'blocked',
    expected: [noTokenFits('api-gateway', 'front-2')],
    fix: { at: 'west', restart: [['west', 'front-2']] },
  },
  {
    name: 'the token of an ingress gateway may not read the name that its listener calls',
    change: (lab) => onToken(lab, 'ingress-gateway', 'front-3', 'mesh = "read"'),
    request: front,
    truth: 'blocked',
    expected: [noTokenFits('ingress-gateway', 'front-3')],
    fix: { at: 'west', restart: [['west', 'front-3']] },
  },
  {
    name: 'the token of an API gateway grants its own service, mesh:read and the name that its route calls, and no more',
    change: (lab) => onToken(lab, 'api-gateway', 'front-4', `mesh = "read"\n${readCalled}`),
    request: front,
    truth: 'flows',
    expected: [],
  },
  {
    name: 'the token of an ingress gateway grants its own service and the name that its listener calls, and no more',
    change: (lab) => onToken(lab, 'ingress-gateway', 'front-5', readCalled),
    request: front,
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a route of an API gateway names a listener that the gateway does not have',
    change: async (lab) => {
      await allow(lab, 'api-gateway');
      await lab.west.write(...toPeer, httpRoute('api-at-east', 'other'), {
        Kind: 'api-gateway',
        Name: 'api-gateway',
        Listeners: [{ Name: 'http', Port: lab.port('front'), Protocol: 'http' }],
      });
      await lab.west.gateway({ kind: 'api-gateway' });
    },
    request: front,
    truth: 'blocked',
    expected: [routes],
    fix: { at: 'west' },
  },
  {
    name: 'a route that an API gateway served names a listener that the gateway does not have',
    change: async (lab) => {
      await allow(lab, 'api-gateway');
      await apiGateway(lab, 'api-at-east', ...toPeer);
      await lab.west.write(httpRoute('api-at-east', 'other'));
    },
    request: front,
    truth: 'blocked',
    expected: [routes],
    fix: { at: 'west', title: [/^Bind/u, /as it is/u] },
  },
  {
    name: 'an HTTP route of an API gateway goes to a redirect to the peer whose name is tcp',
    change: routed('api-at-east', redirect('api-at-east', 'api', 'east')),
    request: front,
    truth: 'blocked',
    expected: [routes],
    fix: { at: 'west' },
  },
  {
    name: 'a route of an API gateway goes to a router, which API gateways leave out, to a redirect to the peer',
    change: routed('routed', ...toPeer, protocol('routed', 'http'), router('routed', '/', 'api-at-east')),
    request: front,
    truth: 'blocked',
    expected: [{ ...routes, subject: /^api-gateway api-gateway → routed$/ }],
    fix: { at: 'west' },
  },
  {
    name: 'a route of an API gateway goes to a redirect to the peer that has a router as well',
    change: routed('api-at-east', ...toPeer, router('api-at-east', '/', 'api-at-east')),
    request: front,
    truth: 'blocked',
    expected: [{ ...routes, subject: /^api-gateway api-gateway → api-at-east$/ }],
  },
  {
    name: 'a route of an API gateway goes to a router, and to the splitter of the same name that resolves to the peer',
    change: routed(
      'routed',
      ...toPeer,
      protocol('routed', 'http'),
      splitter('routed', 'api-at-east'),
      router('routed', '/x', 'routed'),
    ),
    request: front,
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a route of an API gateway resolves to a redirect to a service that is not exported',
    change: routed('api-at-east', protocol('api-at-east', 'http'), redirect('api-at-east', 'apii', 'east')),
    request: front,
    truth: 'blocked',
    expected: [routes],
  },
  {
    name: 'a rule of an API gateway shares its calls between the peer and a name that nothing here has',
    change: (lab) => sharedRule(lab, 'front-6', 99),
    request: front,
    truth: 'blocked',
    expected: [{ ...routes, subject: /^api-gateway front-6 → orders$/ }],
    fix: { at: 'west' },
  },
  {
    name: 'a rule of an API gateway shares its calls between the peer and a service here without a sidecar',
    change: async (lab) => {
      await lab.west.serve('orders', { plain: true });
      await sharedRule(lab, 'front-7', 99);
    },
    request: front,
    truth: 'blocked',
    expected: [{ ...routes, subject: /^api-gateway front-7 → orders$/ }],
    fix: { at: 'west' },
  },
  {
    name: 'a rule of an API gateway shares its calls between the peer and a service here whose instance is critical',
    change: async (lab) => {
      await lab.west.serve('orders');
      await sharedRule(lab, 'front-8', 99);
      await lab.west.stopApplication('orders');
      await waitFor('the catalog to show that the sidecar of orders is critical', async () => {
        const path = '/v1/health/checks/orders-sidecar-proxy';
        const checks = await lab.west.call<{ Status: string; Type: string }[]>('GET', path);
        return checks.some(({ Status, Type }) => Status === 'critical' && Type === 'alias');
      });
    },
    request: front,
    truth: 'blocked',
    expected: [{ ...routes, subject: /^api-gateway front-8 → orders$/ }],
    fix: { at: 'west' },
  },
  {
    name: 'a rule of an API gateway shares its calls between the peer and a service here that works',
    change: async (lab) => {
      await lab.west.serve('orders');
      await sharedRule(lab, 'front-9', 1);
    },
    request: front,
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a route of an API gateway resolves to a name that only the peer offers',
    change: routed('api', protocol('api', 'http')),
    request: front,
    truth: 'blocked',
    expected: [routes],
  },
  {
    name: 'no intention lets the API gateway call api',
    change: (lab) =>
      apiGateway(lab, 'api-at-east', protocol('api-at-east', 'http'), redirect('api-at-east', 'api', 'east')),
    request: front,
    truth: 'blocked',
    expected: [{ at: 'east', id: 'intentions-allow-peer', subject: /api/ }],
    fix: { at: 'east' },
  },
  {
    name: 'a TCP route of an API gateway resolves to a redirect to a service that is not exported',
    change: async (lab) => {
      await allow(lab, 'api-gateway');
      await tcpApiGateway(lab, 'api-at-east', unserved, redirect('api-at-east', 'apii', 'east'));
    },
    request: front,
    truth: 'blocked',
    expected: [routes],
  },
  {
    name: 'a TCP route of an API gateway resolves to the peer',
    change: async (lab) => {
      await allow(lab, 'api-gateway');
      await tcpApiGateway(lab, 'api-at-east', unserved, redirect('api-at-east', 'api', 'east'));
    },
    request: front,
    truth: 'blocked',
    expected: [{ ...routes, subject: /^api-gateway api-gateway → api-at-east$/ }],
    fix: {
      at: 'west',
      title: [/first say so/u, /HTTP listener/u, /HTTP route/u, /TCP route/u],
      restart: [['west', 'api-gateway']],
    },
  },
  {
    name: 'an API gateway has an HTTP route and a TCP route to the peer',
    change: async (lab) => {
      await allow(lab, 'api-gateway');
      await lab.west.write(
        protocol('api-at-east', 'http'),
        redirect('api-at-east', 'api', 'east'),
        redirect('raw-at-east', 'api', 'east'),
        {
          Kind: 'api-gateway',
          Name: 'api-gateway',
          Listeners: [
            { Name: 'http', Port: lab.port('front'), Protocol: 'http' },
            { Name: 'tcp', Port: lab.port('front-tcp'), Protocol: 'tcp' },
          ],
        },
        httpRoute('api-at-east'),
        tcpRoute('raw-at-east'),
      );
      await lab.west.gateway({ kind: 'api-gateway', weak: true });
    },
    request: front,
    truth: 'blocked',
    expected: ['raw-at-east', 'api-at-east'].map((name) => ({
      ...routes,
      subject: new RegExp(`^api-gateway api-gateway → ${name}$`),
    })),
  },
  {
    name: 'a TCP route of an API gateway resolves to a service that fails over to the peer',
    change: async (lab) => {
      await allow(lab, 'api-gateway');
      await lab.west.serve('local');
      await lab.west.write(failover('local', { Peer: 'east', Service: 'api' }), {
        Kind: 'service-intentions',
        Name: 'local',
        Sources: [{ Name: 'api-gateway', Action: 'allow' }],
      });
      await tcpApiGateway(lab, 'local', { weak: false });
    },
    request: { ...front, body: 'local@west' },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a listener of an ingress gateway resolves to a redirect to a service that is not exported',
    change: async (lab) => {
      await allow(lab, 'ingress-gateway');
      await ingress(lab, 'api-at-east', unserved, redirect('api-at-east', 'apii', 'east'));
    },
    request: front,
    truth: 'blocked',
    expected: [routes],
  },
  {
    name: 'no intention lets the ingress gateway call api, over TCP',
    change: (lab) => ingress(lab, 'api-at-east', unserved, redirect('api-at-east', 'api', 'east')),
    request: front,
    truth: 'blocked',
    expected: [{ at: 'east', id: 'intentions-allow-peer', subject: /api/ }, routes],
  },
  {
    name: 'no intention lets the ingress gateway call api',
    change: (lab) =>
      ingress(
        lab,
        'api-at-east',
        { Protocol: 'http' },
        protocol('api-at-east', 'http'),
        redirect('api-at-east', 'api', 'east'),
      ),
    request: front,
    truth: 'blocked',
    expected: [{ at: 'east', id: 'intentions-allow-peer', subject: /api/ }],
    fix: { at: 'east' },
  },
  {
    name: 'a TCP listener of an ingress gateway resolves to the peer',
    change: async (lab) => {
      await allow(lab, 'ingress-gateway');
      await ingress(lab, 'api-at-east', unserved, redirect('api-at-east', 'api', 'east'));
    },
    request: front,
    truth: 'blocked',
    expected: [{ ...routes, subject: /^ingress-gateway ingress-gateway → api-at-east$/ }],
    fix: {
      at: 'west',
      title: [/first say so/u, /HTTP listener/u],
      restart: [['west', 'ingress-gateway']],
    },
  },
  {
    name: 'an HTTP listener of an ingress gateway resolves to the peer',
    change: async (lab) => {
      await allow(lab, 'ingress-gateway');
      await ingress(
        lab,
        'api-at-east',
        { Protocol: 'http' },
        protocol('api-at-east', 'http'),
        redirect('api-at-east', 'api', 'east'),
      );
    },
    request: front,
    truth: 'flows',
    expected: [],
  },
  {
    name: 'an ingress gateway and its listener have limits of 0, which it takes for none',
    change: async (lab) => {
      await allow(lab, 'ingress-gateway');
      const none = { MaxConnections: 0, MaxPendingRequests: 0, MaxConcurrentRequests: 0 };
      await lab.west.write(...toPeer, {
        Kind: 'ingress-gateway',
        Name: 'ingress-gateway',
        Defaults: none,
        Listeners: [
          {
            Port: lab.port('front'),
            Protocol: 'http',
            Services: [{ Name: 'api-at-east', Hosts: ['*'], ...none }],
          },
        ],
      });
      await lab.west.gateway({ kind: 'ingress-gateway' });
    },
    request: front,
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a listener of an ingress gateway is grpc, and resolves to api, which is tcp in east and speaks HTTP/1',
    change: async (lab) => {
      await allow(lab, 'ingress-gateway');
      await lab.west.write(protocol('remote', 'grpc'), redirect('remote', 'api', 'east'), {
        Kind: 'ingress-gateway',
        Name: 'ingress-gateway',
        Listeners: [
          { Port: lab.port('front'), Protocol: 'grpc', Services: [{ Name: 'remote', Hosts: ['*'] }] },
        ],
      });
      await lab.west.gateway({ kind: 'ingress-gateway' });
    },
    request: front,
    truth: 'blocked',
    expected: [
      {
        at: 'west',
        id: 'peering-two-sided',
        subject: /^ingress-gateway ingress-gateway → remote$/,
        severity: 'warning',
      },
    ],
  },
  {
    name: 'a route of an API gateway resolves to the peer, with local mode and without a mesh gateway',
    change: async (lab) => {
      await allow(lab, 'api-gateway');
      await lab.west.write(mode('local'));
      await lab.web();
      await removeWestGateway(lab);
      await apiGateway(
        lab,
        'api-at-east',
        protocol('api-at-east', 'http'),
        redirect('api-at-east', 'api', 'east'),
      );
    },
    request: front,
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a listener of an ingress gateway resolves to a name that only the peer offers',
    change: async (lab) => {
      await allow(lab, 'ingress-gateway');
      await ingress(lab, 'api', {});
    },
    request: front,
    truth: 'blocked',
    expected: [routes],
  },
  {
    name: 'a route of an API gateway resolves to the peer',
    change: routed('api-at-east', protocol('api-at-east', 'http'), redirect('api-at-east', 'api', 'east')),
    request: front,
    truth: 'flows',
    expected: [],
  },
];
