import { permissions, protocol, source } from './entries';
import { allowWeb, type Lab, registerApiSidecar, toApi } from './lab';
import type { Expected, Row } from './row';

/** Which intentions of east let web of west call api. */

const allowsPeer: Expected = { at: 'east', id: 'intentions-allow-peer', subject: /api/ };
const overHttp = (lab: Lab): Promise<void> => lab.east.write(protocol('api', 'http'));

const jwtProvider = {
  Kind: 'jwt-provider',
  Name: 'lab',
  Issuer: 'lab',
  JSONWebKeySet: {
    Local: {
      JWKS: Buffer.from(
        JSON.stringify({ keys: [{ kty: 'oct', kid: 'lab', alg: 'HS256', k: 'bGFi' }] }),
      ).toString('base64'),
    },
  },
};

/** Registers the sidecar of api with a protocol of its own. */
const registerWith = (lab: Lab, own: string): Promise<void> =>
  registerApiSidecar(lab, { Config: { protocol: own } });

/** Adds a sidecar of api with a protocol of its own, which gets nearly all calls. The first one sets none. */
const secondSidecar = async ({ east, port }: Lab, own: string): Promise<void> => {
  const id = 'api-2-sidecar-proxy';
  const { secret } = await east.token(
    'service "api" { policy = "write" }\nservice "api-sidecar-proxy" { policy = "write" }\nservice_prefix "" { policy = "read" }\nnode_prefix "" { policy = "read" }',
  );
  await east.register({
    Kind: 'connect-proxy',
    ID: id,
    Name: 'api-sidecar-proxy',
    Address: '127.0.0.1',
    Port: port(`${id}@east`),
    Weights: { Passing: 99, Warning: 99 },
    Proxy: {
      DestinationServiceName: 'api',
      DestinationServiceID: 'api',
      LocalServiceAddress: '127.0.0.1',
      LocalServicePort: port('api@east'),
      Config: { protocol: own },
    },
  });
  await east.startWeak(id, secret);
};

/** Allows `web` of west these paths; some of them only with a JWT. */
const withJwt = (...paths: readonly (readonly [prefix: string, isJwtNeeded: boolean])[]) => ({
  Name: 'web',
  Peer: 'west',
  Permissions: paths.map(([PathPrefix, isJwtNeeded]) => ({
    Action: 'allow',
    HTTP: { PathPrefix },
    ...(isJwtNeeded ? { JWT: { Providers: [{ Name: 'lab' }] } } : {}),
  })),
});

export const intentionRows: readonly Row[] = [
  {
    name: 'the intention names a peer that is no peering',
    change: (lab) => lab.intend('api', source('web', 'allow', 'cluster-02')),
    truth: 'blocked',
    expected: [allowsPeer],
    fix: { at: 'east' },
  },
  {
    name: 'the intention names the peer in another case',
    change: (lab) => lab.intend('api', source('web', 'allow', 'West')),
    truth: 'blocked',
    expected: [allowsPeer],
    fix: { at: 'east' },
  },
  {
    name: 'the intention names no peer, and so a local web',
    change: (lab) =>
      lab.east.write({
        Kind: 'service-intentions',
        Name: 'api',
        Sources: [{ Name: 'web', Action: 'allow' }],
      }),
    truth: 'blocked',
    expected: [allowsPeer],
    fix: { at: 'east' },
  },
  {
    name: 'the intention names another consumer',
    change: (lab) => lab.intend('api', source('shop', 'allow')),
    truth: 'blocked',
    expected: [allowsPeer],
    fix: { at: 'east' },
  },
  {
    name: 'the intention names the consumer in another case',
    change: (lab) => lab.intend('api', source('Web', 'allow')),
    truth: 'blocked',
    expected: [allowsPeer],
  },
  {
    name: 'no intention at all',
    change: ({ east }) => east.remove('service-intentions', 'api'),
    truth: 'blocked',
    expected: [allowsPeer],
    fix: { at: 'east' },
  },
  {
    name: 'the intention denies',
    change: (lab) => lab.intend('api', source('web', 'deny')),
    truth: 'blocked',
    expected: [allowsPeer],
  },
  {
    name: 'an exact denial stands above a wildcard that allows',
    change: (lab) => lab.intend('api', source('*', 'allow'), source('web', 'deny')),
    truth: 'blocked',
    expected: [allowsPeer],
  },
  {
    name: 'all destinations are denied, and api has no intention of its own',
    change: async (lab) => {
      await lab.east.remove('service-intentions', 'api');
      await lab.intend('*', source('*', 'deny'));
    },
    truth: 'blocked',
    expected: [allowsPeer],
  },
  {
    name: 'the intention is of another destination',
    change: async (lab) => {
      await lab.east.remove('service-intentions', 'api');
      await lab.intend('api-v2', allowWeb);
    },
    truth: 'blocked',
    expected: [allowsPeer],
    fix: { at: 'east' },
  },
  {
    name: 'the intention is written in the importing cluster',
    change: async (lab) => {
      await lab.east.remove('service-intentions', 'api');
      await lab.west.write({
        Kind: 'service-intentions',
        Name: 'api',
        Sources: [{ Name: 'web', Action: 'allow' }],
      });
    },
    truth: 'blocked',
    expected: [allowsPeer],
    fix: { at: 'east' },
  },
  {
    name: 'permissions deny every path',
    change: async (lab) => {
      await overHttp(lab);
      await lab.intend('api', permissions('web', ['/', 'deny']));
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [allowsPeer],
  },
  {
    name: 'permissions deny the path that is called',
    change: async (lab) => {
      await overHttp(lab);
      await lab.intend('api', permissions('web', ['/pay', 'deny'], ['/', 'allow']));
      await lab.refresh();
    },
    request: { path: '/pay' },
    truth: 'blocked',
    expected: [{ ...allowsPeer, severity: 'warning' }],
  },
  {
    name: 'permissions allow another path alone',
    change: async (lab) => {
      await overHttp(lab);
      await lab.intend('api', permissions('web', ['/status', 'allow']));
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [{ ...allowsPeer, severity: 'warning' }],
  },
  {
    name: 'a permission allows every path with a JWT, and the call has none',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'), jwtProvider);
      await lab.intend('api', withJwt(['/', true]));
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [{ ...allowsPeer, severity: 'warning' }],
  },
  {
    name: 'a permission allows the called path with a JWT, and a later one every path',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'), jwtProvider);
      await lab.intend('api', withJwt(['/pay', true], ['/', false]));
      await lab.refresh();
    },
    request: { path: '/pay' },
    truth: 'blocked',
    expected: [{ ...allowsPeer, severity: 'warning' }],
  },
  {
    name: 'the intentions of api ask for a JWT, and the call has none',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'), jwtProvider, {
        Kind: 'service-intentions',
        Name: 'api',
        JWT: { Providers: [{ Name: 'lab' }] },
        Sources: [allowWeb],
      });
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [{ at: 'east', id: 'intentions-allow-peer', subject: /api$/, severity: 'warning' }],
  },
  {
    name: 'the mesh entry has proxies drop the header that names callers of peers, and api is http',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'), {
        Kind: 'mesh',
        HTTP: { SanitizeXForwardedClientCert: true },
      });
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [allowsPeer],
    fix: { at: 'east' },
  },
  {
    name: 'the mesh entry has proxies drop the header that names callers of peers, and api is tcp',
    change: async (lab) => {
      await lab.east.write({ Kind: 'mesh', HTTP: { SanitizeXForwardedClientCert: true } });
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'api is tcp, and its sidecar is registered with http',
    change: async (lab) => {
      await registerWith(lab, 'http');
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [allowsPeer],
    fix: { at: 'east' },
  },
  {
    name: 'api is http, and its sidecar is registered with tcp',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'));
      await registerWith(lab, 'tcp');
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [allowsPeer],
    fix: { at: 'east' },
  },
  {
    name: 'api is tcp, and one of its two sidecars is registered with http, the other with no protocol',
    change: (lab) => secondSidecar(lab, 'http'),
    truth: 'blocked',
    expected: [{ ...allowsPeer, severity: 'warning' }],
    fix: { at: 'east' },
  },
  {
    name: 'api is tcp, and one of its two sidecars is registered with tcp, the other with no protocol',
    change: (lab) => secondSidecar(lab, 'tcp'),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'one of two consumers is denied',
    change: async (lab) => {
      await lab.west.serve('shop', {
        proxy: { Upstreams: [{ ...toApi, LocalBindPort: lab.port('shop-upstream') }] },
      });
    },
    request: { port: 'shop-upstream' },
    truth: 'blocked',
    expected: [allowsPeer],
    fix: { at: 'east' },
  },
  {
    name: 'a wildcard of the peer allows',
    change: (lab) => lab.intend('api', source('*', 'allow')),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'an intention of all destinations allows the peer',
    change: async (lab) => {
      await lab.east.remove('service-intentions', 'api');
      await lab.intend('*', source('*', 'allow'));
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'an exact intention allows what a wildcard denies',
    change: async (lab) => {
      await lab.intend('api', source('*', 'deny'), allowWeb);
      await lab.intend('*', source('*', 'deny'));
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'others are denied, of here, of west and of a peer that does not exist',
    change: (lab) =>
      lab.intend('api', allowWeb, source('shop', 'deny'), source('web', 'deny', 'nobody'), {
        Name: 'web',
        Action: 'deny',
      }),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'an intention in the importing cluster denies',
    change: ({ west }) =>
      west.write({ Kind: 'service-intentions', Name: 'api', Sources: [{ Name: 'web', Action: 'deny' }] }),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'permissions allow every path',
    change: async (lab) => {
      await overHttp(lab);
      await lab.intend('api', permissions('web', ['/', 'allow']));
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'permissions deny a path that nobody calls here',
    change: async (lab) => {
      await overHttp(lab);
      await lab.intend('api', permissions('web', ['/admin', 'deny'], ['/', 'allow']));
      await lab.refresh();
    },
    truth: 'flows',
    expected: [{ ...allowsPeer, severity: 'warning' }],
  },
];
