import { protocol, redirect, resolver, router, splitter } from './entries';
import { allowWeb, type Lab, registerApiSidecar, toApi } from './lab';
import { serveNative } from './native';
import type { Expected, Row } from './row';

/** States of what east exports, and of what stands behind it. */

const inMesh = (service: string): Expected => ({
  at: 'east',
  id: 'exported-services-in-mesh',
  subject: new RegExp(`^service ${service}$`),
});

/** No instance of api passes. */
const noInstance: Expected = {
  at: 'east',
  id: ['exported-services-exist', 'exported-services-in-mesh'],
  subject: /^service api$/,
};

/** Exports a name that config entries alone stand for, which web calls. */
const exportVirtual = async (lab: Lab, ...entries: readonly object[]): Promise<void> => {
  await lab.east.write(...entries);
  await lab.export({ vapi: ['west'] });
  await lab.intend('vapi', allowWeb);
  await lab.web({ ...toApi, DestinationName: 'vapi' });
};

/** Writes entries of api. Consul refuses those that give an exported name new targets, so it is exported after them. */
const exportAgain = async (lab: Lab, ...entries: readonly object[]): Promise<void> => {
  await lab.export({ other: ['west'] });
  await lab.east.write(...entries);
  await lab.export({ api: ['west'] });
  await lab.refresh();
};

/** Exports an external service by a terminating gateway, which web calls. */
const exportExternal = async (
  lab: Lab,
  { gateway = 'terminating-gateway', linked = 'ext', exported = 'ext' } = {},
): Promise<void> => {
  await lab.east.external('ext');
  await lab.east.write({ Kind: 'terminating-gateway', Name: gateway, Services: [{ Name: linked }] });
  await lab.export({ [exported]: ['west'] });
  await lab.intend('ext', allowWeb);
  await lab.web({ ...toApi, DestinationName: 'ext' });
};

/** Exports a name that redirects to api and has an instance of its own; an intention of one of the two allows web. */
const exportRedirect = async (
  lab: Lab,
  allowed: 'api' | 'vapi',
  ...entries: readonly object[]
): Promise<void> => {
  await lab.east.write(...entries, redirect('vapi', 'api'));
  await lab.export({ vapi: ['west'] });
  if (allowed === 'vapi') {
    await lab.intend('vapi', allowWeb);
    await lab.east.remove('service-intentions', 'api');
  }
  await lab.east.serve('vapi');
  await lab.web({ ...toApi, DestinationName: 'vapi' });
};

const bothHttp = [protocol('api', 'http'), protocol('vapi', 'http')];
const deniedAtTarget: Expected = { at: 'east', id: 'intentions-allow-peer', subject: /→ vapi$/ };

const terminatingRules = (gateway = 'terminating-gateway'): string => `
service "${gateway}" { policy = "write" }
service "ext" { policy = "write" }
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
`;

/**
 * Runs a terminating gateway on a token without one of its rules. Its name is its own: the tokens of other rows would
 * fit one that is called as theirs.
 */
const weakenTerminating = async (
  lab: Lab,
  gateway: string,
  without: RegExp,
  {
    instead = '',
    ...names
  }: { readonly linked?: string; readonly exported?: string; readonly instead?: string } = {},
): Promise<void> => {
  await exportExternal(lab, { gateway, ...names });
  const rules = terminatingRules(gateway).replace(without, instead);
  await lab.east.gateway({ kind: 'terminating-gateway', name: gateway, rules, onClient: true, weak: true });
};

/** Runs a terminating gateway that wildcards or names link, before an external service whose only instance is critical. */
const terminateCritical = async (
  lab: Lab,
  gateway: string,
  names: { readonly linked?: string; readonly exported?: string } = {},
): Promise<void> => {
  // A token that may write all services fits the gateways of later rows as well.
  const without = names.linked === '*' ? /service_prefix.*/ : /^$/;
  await weakenTerminating(lab, gateway, without, {
    ...names,
    instead: 'service_prefix "" { policy = "write" }',
  });
  await lab.east.call('PUT', '/v1/catalog/register', {
    Node: 'ext-outside',
    Address: '127.0.0.1',
    SkipNodeUpdate: true,
    Check: { Node: 'ext-outside', Name: 'up', ServiceID: 'ext', Status: 'critical' },
  });
};

const criticalInstance = (id: string): Expected => ({
  at: 'east',
  id,
  subject: /^service ext$/,
  severity: 'warning',
});

/** Exports a name that has an instance of its own and redirects to the external service. */
const redirectToExternal = async (
  lab: Lab,
  gateway: string,
  without = /^$/,
  spoken = 'http',
): Promise<void> => {
  await weakenTerminating(lab, gateway, without);
  await exportVirtual(lab, ...['vapi', 'ext'].map((name) => protocol(name, spoken)), redirect('vapi', 'ext'));
  await lab.east.serve('vapi');
};

const noTokenFits = (gateway: string): Expected => ({
  at: 'east',
  id: 'acl-sidecar-service-read',
  subject: new RegExp(`^terminating-gateway ${gateway}$`),
  severity: 'warning',
});

const exportPlainDatabase = async (lab: Lab): Promise<void> => {
  await lab.east.serve('db', { plain: true });
  await lab.export({ '*': ['west'] });
  await lab.intend('db', allowWeb);
  await lab.web({ ...toApi, DestinationName: 'db' });
};

/** Exports a connect-native service, which web calls. */
const exportNative = async (
  lab: Lab,
  trusts: 'own' | 'all',
  ...entries: readonly object[]
): Promise<void> => {
  await lab.east.write(...entries);
  await serveNative(lab, 'native', trusts);
  await lab.export({ native: ['west'] });
  await lab.intend('native', allowWeb);
  await lab.web({ ...toApi, DestinationName: 'native' });
};

const isNative: Expected = {
  at: 'east',
  id: 'envoy-proxies',
  subject: /^service native$/,
  severity: 'warning',
};

const v9 = { Subsets: { v9: { Filter: 'Service.Meta.version == v9' } } };

/** Routes of api in east, each a path prefix and its destination. */
const routesOfApi = (...routes: readonly (readonly [string, object])[]): object => ({
  Kind: 'service-router',
  Name: 'api',
  Routes: routes.map(([PathPrefix, Destination]) => ({ Match: { HTTP: { PathPrefix } }, Destination })),
});

const unreachable: Expected = { at: 'west', id: 'upstream-imported', subject: /→ api$/ };

export const exportRows: readonly Row[] = [
  {
    name: 'the base state',
    change: async () => undefined,
    truth: 'flows',
    expected: [],
  },
  {
    name: 'no exported-services entry',
    change: ({ east }) => east.remove('exported-services', 'default'),
    truth: 'blocked',
    expected: [{ at: 'east', id: 'exported-services-defined', subject: /^peering west$/ }],
    fix: { at: 'east' },
  },
  {
    name: 'the only consumer is misspelt',
    change: (lab) => lab.export({ api: ['wset'] }),
    truth: 'blocked',
    expected: [{ at: 'east', id: 'exported-services-peer-known', subject: /wset/ }],
    fix: { at: 'east' },
  },
  {
    name: 'the only consumer is written in another case',
    change: (lab) => lab.export({ api: ['West'] }),
    truth: 'blocked',
    expected: [{ at: 'east', id: 'exported-services-peer-known', subject: /West/ }],
    fix: { at: 'east' },
  },
  {
    name: 'api is exported to another peer alone',
    change: async (lab) => {
      await lab.east.call('POST', '/v1/peering/token', { PeerName: 'lab' });
      await lab.export({ api: ['lab'] });
    },
    truth: 'blocked',
    expected: [
      { at: 'east', id: 'exported-services-defined', subject: /^peering west$/ },
      { at: 'west', id: 'upstream-imported', subject: /→ api$/ },
    ],
    fix: { at: 'east' },
  },
  {
    name: 'another service is exported',
    change: async (lab) => {
      await lab.east.serve('reports');
      await lab.export({ reports: ['west'] });
    },
    truth: 'blocked',
    expected: [{ at: 'west', id: 'upstream-imported', subject: /→ api$/ }],
    fix: { at: 'east' },
  },
  {
    name: 'the exported name is misspelt',
    change: (lab) => lab.export({ apii: ['west'] }),
    truth: 'blocked',
    expected: [{ at: 'west', id: 'upstream-imported', subject: /→ api$/ }],
    fix: { at: 'east' },
  },
  {
    name: 'the exported name is written in another case',
    change: (lab) => lab.export({ Api: ['west'] }),
    truth: 'blocked',
    expected: [{ at: 'west', id: 'upstream-imported', subject: /→ api$/ }],
    fix: { at: 'east' },
  },
  {
    name: 'the sidecar of api is deregistered',
    change: ({ east }) => east.deregister('api-sidecar-proxy'),
    truth: 'blocked',
    expected: [inMesh('api')],
    fix: { at: 'east' },
  },
  {
    name: 'the Envoy of the sidecar of api is dead',
    change: ({ east }) => east.kill('api-sidecar-proxy'),
    truth: 'blocked',
    expected: [inMesh('api')],
    fix: { at: 'east' },
  },
  {
    name: 'api itself is dead',
    change: ({ east }) => east.stopApplication('api'),
    truth: 'blocked',
    expected: [noInstance],
  },
  {
    name: 'api and its sidecar are deregistered',
    change: async ({ east }) => {
      await east.deregister('api-sidecar-proxy');
      await east.deregister('api');
    },
    truth: 'blocked',
    expected: [noInstance],
  },
  {
    name: 'a resolver of api sets a timeout, and its sidecar is deregistered',
    change: async ({ east }) => {
      await east.write(resolver('api', { ConnectTimeout: '8s' }));
      await east.deregister('api-sidecar-proxy');
    },
    truth: 'blocked',
    expected: [inMesh('api')],
    fix: { at: 'east' },
  },
  {
    name: 'a resolver of api sets a timeout, and the Envoy of its sidecar is dead',
    change: async ({ east }) => {
      await east.write(resolver('api', { ConnectTimeout: '8s' }));
      await east.kill('api-sidecar-proxy');
    },
    truth: 'blocked',
    expected: [inMesh('api')],
  },
  {
    name: 'a resolver of api sets a timeout, and api is gone',
    change: async ({ east }) => {
      await east.write(resolver('api', { ConnectTimeout: '8s' }));
      await east.deregister('api-sidecar-proxy');
      await east.deregister('api');
    },
    truth: 'blocked',
    expected: [noInstance],
  },
  {
    name: 'the exported name is a redirect, and nothing is registered under it',
    change: (lab) => exportVirtual(lab, redirect('vapi', 'api')),
    truth: 'blocked',
    expected: [inMesh('vapi')],
  },
  {
    name: 'the exported name is a splitter, and nothing is registered under it',
    change: (lab) =>
      exportVirtual(lab, protocol('api', 'http'), protocol('vapi', 'http'), splitter('vapi', 'api')),
    truth: 'blocked',
    expected: [inMesh('vapi')],
  },
  {
    name: 'the exported name is a router, and nothing is registered under it',
    change: (lab) =>
      exportVirtual(lab, protocol('api', 'http'), protocol('vapi', 'http'), router('vapi', '/', 'api')),
    truth: 'blocked',
    expected: [inMesh('vapi')],
  },
  {
    name: 'api redirects to a service without instances',
    change: (lab) => exportAgain(lab, redirect('api', 'empty')),
    truth: 'blocked',
    expected: [inMesh('api')],
  },
  {
    name: 'the default subset of api has no instances',
    change: (lab) =>
      exportAgain(
        lab,
        resolver('api', { DefaultSubset: 'v9', Subsets: { v9: { Filter: 'Service.Meta.version == v9' } } }),
      ),
    truth: 'blocked',
    expected: [inMesh('api')],
  },
  {
    name: 'a wildcard exports api, whose default subset has no instances',
    change: async (lab) => {
      await lab.export({ '*': ['west'] });
      await lab.east.write(
        resolver('api', { DefaultSubset: 'v9', Subsets: { v9: { Filter: 'Service.Meta.version == v9' } } }),
      );
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [inMesh('api')],
  },
  {
    name: 'a route of api, which is called, goes to a service without instances',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'), protocol('empty', 'http'));
      await exportAgain(lab, router('api', '/x', 'empty'));
    },
    request: { path: '/x' },
    truth: 'blocked',
    expected: [{ ...inMesh('api'), severity: 'warning' }],
  },
  {
    name: 'a route of api takes all requests, and goes to a subset without instances',
    change: (lab) =>
      exportAgain(
        lab,
        protocol('api', 'http'),
        resolver('api', v9),
        routesOfApi(['/', { ServiceSubset: 'v9' }]),
      ),
    truth: 'blocked',
    expected: [inMesh('api'), unreachable],
  },
  {
    name: 'the only leg of a splitter of api goes to a subset without instances',
    change: (lab) =>
      exportAgain(lab, protocol('api', 'http'), resolver('api', v9), {
        Kind: 'service-splitter',
        Name: 'api',
        Splits: [{ Weight: 100, ServiceSubset: 'v9' }],
      }),
    truth: 'blocked',
    expected: [inMesh('api'), unreachable],
  },
  {
    name: 'a splitter of api sends nearly all requests to a subset without instances',
    change: (lab) =>
      exportAgain(lab, protocol('api', 'http'), resolver('api', v9), {
        Kind: 'service-splitter',
        Name: 'api',
        Splits: [{ Weight: 99.9, ServiceSubset: 'v9' }, { Weight: 0.1 }],
      }),
    truth: 'blocked',
    expected: [inMesh('api'), unreachable],
  },
  {
    name: 'a route of api, which is not called, goes to a subset without instances',
    change: (lab) =>
      exportAgain(
        lab,
        protocol('api', 'http'),
        resolver('api', v9),
        routesOfApi(['/x', { ServiceSubset: 'v9' }]),
      ),
    truth: 'flows',
    expected: [{ ...inMesh('api'), severity: 'warning' }],
  },
  {
    name: 'a route of api to a service without instances stands behind one that takes all requests',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'), protocol('empty', 'http'));
      await exportAgain(lab, routesOfApi(['/', {}], ['/x', { Service: 'empty' }]));
    },
    request: { path: '/x' },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a connect-native service over tcp, which trusts the CA of its cluster alone',
    change: (lab) => exportNative(lab, 'own'),
    request: { body: 'native@east' },
    truth: 'blocked',
    expected: [isNative],
    unseen: 'destination',
  },
  {
    name: 'a connect-native service over tcp, which trusts all CAs',
    change: (lab) => exportNative(lab, 'all'),
    request: { body: 'native@east' },
    truth: 'flows',
    expected: [isNative],
    unseen: 'destination',
  },
  {
    name: 'a connect-native service over http, which trusts the CA of its cluster alone',
    change: (lab) => exportNative(lab, 'own', protocol('native', 'http')),
    request: { body: 'native@east' },
    truth: 'flows',
    expected: [isNative],
  },
  {
    name: 'the exported name is a redirect, and its intention alone allows web',
    change: (lab) => exportRedirect(lab, 'vapi'),
    truth: 'blocked',
    expected: [deniedAtTarget],
    fix: { at: 'east' },
  },
  {
    name: 'the exported name is a redirect, its intention alone allows web, and both are http',
    change: (lab) => exportRedirect(lab, 'vapi', ...bothHttp),
    truth: 'blocked',
    expected: [deniedAtTarget],
    fix: { at: 'east' },
  },
  {
    name: 'an exported external service without a running terminating gateway',
    change: exportExternal,
    truth: 'blocked',
    expected: [inMesh('ext')],
  },
  {
    name: 'an exported external service whose terminating gateway is dead',
    change: async (lab) => {
      await exportExternal(lab);
      await lab.east.gateway({ kind: 'terminating-gateway', rules: terminatingRules(), noEnvoy: true });
    },
    truth: 'blocked',
    expected: [inMesh('ext')],
  },
  {
    name: 'a wildcard exports a service without a sidecar, which web calls',
    change: exportPlainDatabase,
    truth: 'blocked',
    expected: [inMesh('db')],
  },
  {
    name: 'a wildcard exports a service without a sidecar; east is not configured',
    change: exportPlainDatabase,
    alone: 'west',
    truth: 'blocked',
    expected: [{ at: 'west', id: 'upstream-imported', subject: /→ db$/ }],
  },
  {
    name: 'consul is exported and called',
    change: async (lab) => {
      await lab.export({ api: ['west'], consul: ['west'] });
      await lab.web({ ...toApi, DestinationName: 'consul' });
    },
    truth: 'blocked',
    expected: [
      { at: 'east', id: 'exported-services-reserved', subject: /./, severity: 'warning' },
      { at: 'west', id: 'upstream-imported', subject: /→ consul$/ },
    ],
  },
  {
    name: 'the token of a terminating gateway lacks service:write on the exported service',
    change: (lab) => weakenTerminating(lab, 'exit-1', /service "ext".*/),
    truth: 'blocked',
    request: { body: 'ext@east' },
    expected: [noTokenFits('exit-1')],
    fix: { at: 'east', restart: [['east', 'exit-1']] },
  },
  {
    name: 'the token of a terminating gateway lacks node:read',
    change: (lab) => weakenTerminating(lab, 'exit-3', /node_prefix.*/),
    truth: 'blocked',
    request: { body: 'ext@east' },
    expected: [noTokenFits('exit-3')],
    fix: { at: 'east', restart: [['east', 'exit-3']] },
  },
  {
    name: 'the token of a terminating gateway may not read the intentions of the exported service',
    change: (lab) =>
      weakenTerminating(lab, 'exit-4', /service "ext".*/, {
        instead: 'service "ext" { policy = "write" intentions = "deny" }',
      }),
    truth: 'blocked',
    request: { body: 'ext@east' },
    expected: [noTokenFits('exit-4')],
  },
  {
    name: 'the exported name is a redirect to an external service whose terminating gateway may not write it',
    change: (lab) => redirectToExternal(lab, 'exit-7', /service "ext".*/),
    truth: 'blocked',
    request: { body: 'ext@east' },
    expected: [noTokenFits('exit-7')],
    fix: { at: 'east', restart: [['east', 'exit-7']] },
  },
  {
    name: 'the exported name is a redirect to an external service behind a running terminating gateway',
    change: (lab) => redirectToExternal(lab, 'exit-8'),
    truth: 'flows',
    request: { body: 'ext@east' },
    expected: [],
  },
  {
    name: 'the exported name is a redirect over tcp to an external service behind a running terminating gateway',
    change: (lab) => redirectToExternal(lab, 'exit-9', /^$/, 'tcp'),
    truth: 'blocked',
    request: { body: 'ext@east' },
    expected: [inMesh('vapi')],
  },
  {
    name: 'an exported external service behind a running terminating gateway',
    change: async (lab) => {
      await exportExternal(lab);
      await lab.east.gateway({ kind: 'terminating-gateway', rules: terminatingRules() });
    },
    truth: 'flows',
    request: { body: 'ext@east' },
    expected: [],
  },
  {
    name: 'addresses in service-defaults stand for an exported service behind a terminating gateway',
    change: async (lab) => {
      await weakenTerminating(lab, 'exit-12', /^$/);
      await lab.east.call('PUT', '/v1/catalog/deregister', { Node: 'ext-outside' });
      await lab.east.write({
        ...protocol('ext', 'tcp'),
        Destination: { Addresses: ['127.0.0.1'], Port: lab.port('ext@east') },
      });
      await lab.refresh();
    },
    truth: 'flows',
    request: { body: 'ext@east' },
    expected: [],
  },
  {
    name: 'the only instance behind a terminating gateway is critical, and answers',
    change: (lab) => terminateCritical(lab, 'exit-16'),
    truth: 'flows',
    request: { body: 'ext@east' },
    expected: [criticalInstance('exported-services-exist')],
  },
  {
    name: 'the only instance behind a terminating gateway is critical and dead',
    change: async (lab) => {
      await terminateCritical(lab, 'exit-17');
      await lab.east.stopApplication('ext');
    },
    truth: 'blocked',
    request: { body: 'ext@east' },
    expected: [criticalInstance('exported-services-exist')],
  },
  {
    name: 'the token of a terminating gateway grants its own service, the exported one and the node of that, and no more',
    change: (lab) =>
      weakenTerminating(lab, 'exit-5', /service_prefix[^]*/, {
        instead: 'node "ext-outside" { policy = "read" }',
      }),
    truth: 'flows',
    request: { body: 'ext@east' },
    expected: [],
  },
  {
    name: 'the exported name is a redirect, and an instance is registered under it',
    change: async (lab) => {
      await exportVirtual(lab, redirect('vapi', 'api'));
      await lab.east.serve('vapi');
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'the exported name is a redirect, and the intention of its target alone allows web',
    change: (lab) => exportRedirect(lab, 'api'),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'the exported name is a redirect, the intention of its target alone allows web, and both are http',
    change: (lab) => exportRedirect(lab, 'api', ...bothHttp),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a wildcard export, and services outside the mesh',
    change: async (lab) => {
      await lab.east.serve('legacy', { plain: true });
      await lab.export({ '*': ['west'] });
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a further export that nothing is registered for',
    change: (lab) => lab.export({ api: ['west'], planned: ['west'] }),
    truth: 'flows',
    expected: [{ at: 'east', id: 'exported-services-exist', subject: /planned/, severity: 'warning' }],
  },
  {
    name: 'a further consumer that is no peering',
    change: (lab) => lab.export({ api: ['west', 'nobody'] }),
    truth: 'flows',
    expected: [{ at: 'east', id: 'exported-services-peer-known', subject: /nobody/, severity: 'warning' }],
  },
  {
    name: 'one of two instances of api is dead',
    change: async ({ east }) => {
      await east.register({
        ID: 'api-2',
        Name: 'api',
        Address: '127.0.0.1',
        Port: 9,
        Check: { TTL: '24h', Status: 'critical' },
      });
      await east.register({
        Kind: 'connect-proxy',
        ID: 'api-2-sidecar-proxy',
        Name: 'api-sidecar-proxy',
        Address: '127.0.0.1',
        Port: 19,
        Proxy: { DestinationServiceName: 'api', DestinationServiceID: 'api-2' },
        Check: { TTL: '24h', Status: 'critical' },
      });
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'the pod of api is not ready, and all in it runs',
    change: async (lab) => {
      await lab.east.kill('api-sidecar-proxy');
      for (const id of ['api-sidecar-proxy', 'api']) await lab.east.deregister(id);
      await lab.east.pod('api', { ready: false });
    },
    truth: 'blocked',
    expected: [{ at: 'east', id: 'exported-services-in-mesh', subject: /^service api$/ }],
  },
  {
    name: 'a check of api warns',
    change: ({ east }) =>
      east.call('PUT', '/v1/agent/check/register', {
        Name: 'disk',
        ServiceID: 'api',
        TTL: '24h',
        Status: 'warning',
      }),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a check of api warns, and its sidecar has the weight 0 for warnings',
    change: async ({ east, port }) => {
      await east.register({
        Kind: 'connect-proxy',
        Name: 'api-sidecar-proxy',
        Address: '127.0.0.1',
        Port: port('api-sidecar-proxy@east'),
        Weights: { Passing: 1, Warning: 0 },
        Proxy: {
          DestinationServiceName: 'api',
          DestinationServiceID: 'api',
          LocalServiceAddress: '127.0.0.1',
          LocalServicePort: port('api@east'),
        },
        Check: { Name: 'Alias', AliasService: 'api' },
      });
      await east.call('PUT', '/v1/agent/check/register', {
        Name: 'disk',
        ServiceID: 'api',
        TTL: '24h',
        Status: 'warning',
      });
    },
    truth: 'blocked',
    expected: [inMesh('api')],
  },
  {
    name: 'neither api nor its sidecar has a check',
    change: async (lab) => {
      await lab.east.register({ Name: 'api', Address: '127.0.0.1', Port: lab.port('api@east') });
      await registerApiSidecar(lab);
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'api is in maintenance, and so its sidecar by its alias check',
    change: ({ east }) => east.call('PUT', '/v1/agent/service/maintenance/api?enable=true'),
    truth: 'blocked',
    expected: [noInstance],
    fix: { at: 'east' },
  },
  {
    name: 'the node of api is in maintenance',
    change: ({ east }) => east.call('PUT', '/v1/agent/maintenance?enable=true'),
    truth: 'blocked',
    expected: [noInstance],
    fix: { at: 'east' },
  },
  {
    name: 'api is dead, and its failover in east, which gateways leave out for peers, would work',
    change: async (lab) => {
      await lab.east.serve('standby');
      await lab.intend('standby', allowWeb);
      await exportAgain(lab, resolver('api', { Failover: { '*': { Service: 'standby' } } }));
      await lab.east.stopApplication('api');
    },
    truth: 'blocked',
    expected: [noInstance],
  },
  {
    name: 'api is dead, and its failover in east would work, where both are http',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'), protocol('standby', 'http'));
      await lab.east.serve('standby');
      await lab.intend('standby', allowWeb);
      await exportAgain(lab, resolver('api', { Failover: { '*': { Service: 'standby' } } }));
      await lab.east.stopApplication('api');
    },
    truth: 'blocked',
    expected: [noInstance],
  },
  {
    name: 'a resolver of api sets a timeout',
    change: ({ east }) => east.write(resolver('api', { ConnectTimeout: '8s' })),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'plain services are exported for discovery alone, and no gateway runs',
    change: async (lab) => {
      const { east, west } = lab;
      await east.serve('legacy', { plain: true });
      await lab.export({ legacy: ['west'] });
      await lab.web();
      for (const side of [east, west]) {
        await side.kill('mesh-gateway');
        await side.deregister('mesh-gateway');
      }
    },
    truth: 'flows',
    request: { discovery: 'legacy' },
    expected: [{ at: 'east', id: 'mesh-gateway-registered', subject: /./, severity: 'warning' }],
  },
];

/**
 * Rows that stand last: a gateway that a wildcard linked was linked to api as well, and calls of api through a resolver
 * are blocked for more than a minute after it is gone.
 */
export const wildcardLinkRows: readonly Row[] = [
  {
    name: 'the token of a terminating gateway may only read the exported service, which a wildcard links',
    change: (lab) =>
      weakenTerminating(lab, 'exit-2', /service "ext".*/, {
        linked: '*',
        instead: 'service "ext" { policy = "read" }',
      }),
    truth: 'blocked',
    request: { body: 'ext@east' },
    expected: [noTokenFits('exit-2')],
    // The lower level on the same name has to go first: a new token is easier.
  },
  {
    name: 'the token of a terminating gateway may not write the external service: wildcards link and export it',
    change: (lab) => weakenTerminating(lab, 'exit-10', /service "ext".*/, { linked: '*', exported: '*' }),
    truth: 'blocked',
    request: { body: 'ext@east' },
    expected: [noTokenFits('exit-10')],
    fix: { at: 'east', restart: [['east', 'exit-10']] },
    // Before rows with a token that may write all services: it fits this gateway as well.
  },
  {
    name: 'a terminating gateway is linked by a wildcard, and its token may write all services',
    change: (lab) =>
      weakenTerminating(lab, 'exit-6', /service_prefix.*/, {
        linked: '*',
        instead: 'service_prefix "" { policy = "write" }',
      }),
    truth: 'flows',
    request: { body: 'ext@east' },
    expected: [],
  },
  {
    name: 'wildcards link and export the external service, and the token of its gateway may write all services',
    change: (lab) =>
      weakenTerminating(lab, 'exit-11', /service_prefix.*/, {
        linked: '*',
        exported: '*',
        instead: 'service_prefix "" { policy = "write" }',
      }),
    truth: 'flows',
    request: { body: 'ext@east' },
    expected: [],
  },
  {
    name: 'wildcards link and export an external service whose only instance is critical, and answers',
    change: (lab) => terminateCritical(lab, 'exit-18', { linked: '*', exported: '*' }),
    truth: 'flows',
    request: { body: 'ext@east' },
    expected: [criticalInstance('exported-services-in-mesh')],
  },
  {
    name: 'wildcards link and export an external service whose only instance is critical and dead',
    change: async (lab) => {
      await terminateCritical(lab, 'exit-19', { linked: '*', exported: '*' });
      await lab.east.stopApplication('ext');
    },
    truth: 'blocked',
    request: { body: 'ext@east' },
    expected: [criticalInstance('exported-services-in-mesh')],
  },
];
