import { protocol, redirect, source } from './entries';
import { allowWeb, type Lab } from './lab';
import type { Expected, Row } from './row';

/**
 * Host names of API and ingress gateways in west. The name `api-at-east` stands for api of the peer. Consul refuses wildcards in
 * those of routes.
 */

const toPeer = [protocol('api-at-east', 'http'), redirect('api-at-east', 'api', 'east')];

interface Names {
  /** Of the listener. */
  readonly listener?: string;
  readonly route: readonly string[];
}

const httpRoute = (Hostnames: readonly string[]): object => ({
  Kind: 'http-route',
  Name: 'front',
  Hostnames,
  Rules: [{ Services: [{ Name: 'api-at-east' }] }],
  Parents: [{ Kind: 'api-gateway', Name: 'api-gateway', SectionName: 'http' }],
});

const apiGateway = async (lab: Lab, { listener, route }: Names): Promise<void> => {
  await lab.intend('api', allowWeb, source('api-gateway', 'allow'));
  await lab.west.write(
    ...toPeer,
    {
      Kind: 'api-gateway',
      Name: 'api-gateway',
      Listeners: [
        {
          Name: 'http',
          Port: lab.port('front'),
          Protocol: 'http',
          ...(listener === undefined ? {} : { Hostname: listener }),
        },
      ],
    },
    httpRoute(route),
  );
  await lab.west.gateway({ kind: 'api-gateway' });
};

const ingress = async (lab: Lab, Hosts: readonly string[] | undefined): Promise<void> => {
  await lab.intend('api', allowWeb, source('ingress-gateway', 'allow'));
  await lab.west.write(...toPeer, {
    Kind: 'ingress-gateway',
    Name: 'ingress-gateway',
    Listeners: [
      {
        Port: lab.port('front'),
        Protocol: 'http',
        Services: [{ Name: 'api-at-east', ...(Hosts === undefined ? {} : { Hosts }) }],
      },
    ],
  });
  await lab.west.gateway({ kind: 'ingress-gateway' });
};

const port = 'front';
const shop = { port, host: 'shop.example.com', refusedHost: 'other.example.com' };
const routes: Expected = {
  at: 'west',
  id: 'gateway-routes',
  subject: /^api-gateway api-gateway → api-at-east$/,
};

export const hostRows: readonly Row[] = [
  {
    name: 'an HTTP route has host names, and requests to others are refused',
    change: (lab) => apiGateway(lab, { route: ['shop.example.com', 'store.example.com'] }),
    request: shop,
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a listener has a host name, and its HTTP route has none',
    change: (lab) => apiGateway(lab, { listener: 'shop.example.com', route: [] }),
    request: shop,
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a listener has a host name with a wildcard that one of its HTTP route matches',
    change: (lab) =>
      apiGateway(lab, { listener: '*.example.com', route: ['shop.example.org', 'shop.example.com'] }),
    request: { ...shop, refusedHost: 'shop.example.org' },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a listener has another host name than its HTTP route',
    change: (lab) => apiGateway(lab, { listener: 'shop.example.com', route: ['shopp.example.com'] }),
    request: { port, host: 'shop.example.com' },
    truth: 'blocked',
    expected: [routes],
    fix: { at: 'west' },
  },
  {
    name: 'an HTTP route that an API gateway served gets another host name than its listener',
    change: async (lab) => {
      await apiGateway(lab, { listener: 'shop.example.com', route: ['shop.example.com'] });
      await lab.west.write(httpRoute(['shopp.example.com']));
    },
    request: { port, host: 'shop.example.com' },
    truth: 'blocked',
    expected: [routes],
    fix: { at: 'west', title: [/^Let/u, /as it is/u] },
  },
  {
    name: 'a listener has a host name with a wildcard that none of its HTTP route matches',
    change: (lab) => apiGateway(lab, { listener: '*.example.com', route: ['shop.example.org'] }),
    request: { port, host: 'shop.example.com' },
    truth: 'blocked',
    expected: [routes],
  },
  {
    name: 'a listener of an ingress gateway has several hosts, and requests to others are refused',
    change: (lab) => ingress(lab, ['shop.example.com', 'store.example.com']),
    request: shop,
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a listener of an ingress gateway has no hosts, and answers to the name of the service alone',
    change: (lab) => ingress(lab, undefined),
    request: { port, host: 'api-at-east.ingress.consul', refusedHost: 'shop.example.com' },
    truth: 'flows',
    expected: [],
  },
];
