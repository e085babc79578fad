import { z } from 'zod';
import type { AclQuestion } from './evaluate';

/** A rule as a policy would hold it. */
export const NeededRule = z
  .object({
    resource: z.string(),
    /** Absent if the resource takes no name. */
    segment: z.string().optional(),
    access: z.string(),
  })
  .readonly();
export interface NeededRule extends z.infer<typeof NeededRule> {}

export interface AclNeed {
  readonly question: AclQuestion;
  /** The smallest rule that grants it. */
  readonly rule: NeededRule;
  /** The consequence of its absence, as a clause. */
  readonly why: string;
}

/** The grants of a mesh gateway's token. Each is the subject of one check. */
export type GatewayGrant = 'service-write' | 'service-read' | 'mesh-write' | 'node-read' | 'peering-read';

const gatewayGrants: readonly GatewayGrant[] = [
  'service-write',
  'service-read',
  'mesh-write',
  'node-read',
  'peering-read',
];

const gatewayNeeds: Readonly<Record<GatewayGrant, (gateway: string) => AclNeed>> = {
  'service-write': (gateway) => ({
    question: { resource: 'service', access: 'write', segment: gateway },
    rule: { resource: 'service', segment: gateway, access: 'write' },
    why: 'without it the gateway cannot register itself and gets no certificate',
  }),
  'service-read': () => ({
    question: { resource: 'service', access: 'read', all: true },
    rule: { resource: 'service_prefix', segment: '', access: 'read' },
    why: 'without it the gateway does not learn which services to accept traffic for',
  }),
  'mesh-write': () => ({
    question: { resource: 'mesh', access: 'write' },
    rule: { resource: 'mesh', access: 'write' },
    why: 'without it the gateway gets no leaf certificate to terminate TLS, and only calls over TCP, which it passes on as they are, still flow',
  }),
  'node-read': () => ({
    question: { resource: 'node', access: 'read', all: true },
    rule: { resource: 'node_prefix', segment: '', access: 'read' },
    why: 'without it the gateway gets no instances of the services that it accepts traffic for',
  }),
  'peering-read': () => ({
    question: { resource: 'peering', access: 'read' },
    rule: { resource: 'peering', access: 'read' },
    why: 'without it the gateway does not learn which peerings to carry control traffic for; calls between services still flow',
  }),
};

/**
 * Returns what a mesh gateway needs for one grant. Measured with traffic on 1.20.1: where one of the first four is
 * missing, a gateway that starts lets nothing through. `node:read` is not in Consul's specification: instances are
 * shown only to a token that may read both the service and the node.
 */
export const gatewayNeed = (gateway: string, grant: GatewayGrant): AclNeed => gatewayNeeds[grant](gateway);

/** A gateway other than a mesh gateway that carries calls between peers. */
export const routedGatewayKinds = ['api-gateway', 'ingress-gateway', 'terminating-gateway'] as const;
export type RoutedGatewayKind = (typeof routedGatewayKinds)[number];

/** The need that tells a token of a gateway: without it the gateway gets neither its configuration nor a certificate. */
export const ownNeed = (gateway: string): AclNeed => ({
  question: { resource: 'service', access: 'write', segment: gateway },
  rule: { resource: 'service', segment: gateway, access: 'write' },
  why: 'without it the gateway gets neither its configuration nor a certificate',
});

const readService = (name: string): AclNeed => ({
  question: { resource: 'service', access: 'read', segment: name },
  rule: { resource: 'service', segment: name, access: 'read' },
  why: 'without it the gateway does not learn where calls of that name go',
});

const writeLinked = (name: string): readonly AclNeed[] => {
  const rule: NeededRule = { resource: 'service', segment: name, access: 'write' };
  const why = 'without it the gateway accepts no calls of that service';
  return [
    { question: { resource: 'service', access: 'write', segment: name }, rule, why },
    // The right on the service includes it, unless a rule says something else about intentions.
    { question: { resource: 'intention', access: 'read', segment: name }, rule, why },
  ];
};

/** Stands for services that a wildcard links, where not all of them are known. */
export const anyLinked = '*';

const writeAll: readonly AclNeed[] = (['service', 'intention'] as const).map((resource) => ({
  question: { resource, access: resource === 'service' ? 'write' : 'read', all: true },
  rule: { resource: 'service_prefix', segment: '', access: 'write' },
  why: 'without it the gateway accepts no calls of a service that a wildcard links',
}));

const needsBesides: Readonly<Record<RoutedGatewayKind, (services: readonly string[]) => readonly AclNeed[]>> =
  {
    'terminating-gateway': (services) => [
      ...services.flatMap((name) => (name === anyLinked ? writeAll : writeLinked(name))),
      gatewayNeed('', 'node-read'),
    ],
    'api-gateway': (services) => [
      read('mesh', 'without it the gateway does not learn its listeners and routes'),
      ...services.map(readService),
    ],
    'ingress-gateway': (services) => services.map(readService),
  };

/**
 * Returns what the token of a gateway needs besides `ownNeed`. Measured with traffic on 1.20.1: where one of these is
 * missing, a gateway that starts lets no call of that service through, and neither side reports it.
 *
 * @param services those that the gateway is linked to (terminating; with `anyLinked`, all), or that its routes and
 * listeners name
 */
export const routedGatewayNeeds = (
  kind: RoutedGatewayKind,
  services: readonly string[],
): readonly AclNeed[] => needsBesides[kind](services);

/** Lists the grants needed in a cluster: `peering:read` only if peering traffic itself goes through gateways. */
export const gatewayGrantsFor = (peerThroughMeshGateways: boolean): readonly GatewayGrant[] =>
  gatewayGrants.filter((grant) => grant !== 'peering-read' || peerThroughMeshGateways);

const readAll = (resource: 'agent' | 'node' | 'query' | 'service', why: string): AclNeed => ({
  question: { resource, access: 'read', all: true },
  rule: { resource: `${resource}_prefix`, segment: '', access: 'read' },
  why,
});

const read = (resource: 'acl' | 'mesh' | 'peering', why: string): AclNeed => ({
  question: { resource, access: 'read' },
  rule: { resource, access: 'read' },
  why,
});

/** Rights that the bot's own token needs, so that every section is visible. All of them are read rights. */
export const botNeeds: readonly AclNeed[] = [
  read('acl', 'without it the tokens of gateways, and its own rules, cannot be evaluated'),
  readAll('agent', 'without it the version and the proxies that the agent supports are not visible'),
  read('mesh', 'without it exported services and mesh settings are not visible'),
  readAll('node', 'without it nodes, and the services on them, are left out of lists'),
  read('peering', 'without it peerings are not visible at all'),
  readAll('query', 'without it upstreams that are prepared queries cannot be resolved'),
  readAll('service', 'without it services, their settings and their intentions are left out of lists'),
];
