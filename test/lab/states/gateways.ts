import { mode, protocol, redirect } from './entries';
import { gatewayRules, type Lab, type Side } from './lab';
import { waitFor } from '../process';
import type { End, Expected, Row } from './row';

/** Mesh gateways: whether they run, what their tokens grant, and the addresses that they hand out. */

const healthy = (at: End, severity?: Expected['severity']): Expected => ({
  at,
  id: 'mesh-gateway-healthy',
  subject: /mesh-gateway/,
  ...(severity && { severity }),
});
const grant = (at: End, id: string, severity?: Expected['severity']): Expected => ({
  at,
  id,
  subject: /mesh-gateway/,
  ...(severity && { severity }),
});

/** Runs the gateway on a token without one of its grants, named in the clusters file. */
const weaken = async (side: Side, without: Parameters<typeof gatewayRules>[0]): Promise<void> => {
  await side.kill('mesh-gateway');
  await side.deregister('mesh-gateway');
  const { accessor } = await side.gateway({ rules: gatewayRules(without), onClient: true, weak: true });
  side.nameGatewayToken(accessor);
};
const weakenEast = ({ east }: Lab, without: Parameters<typeof gatewayRules>[0]): Promise<void> =>
  weaken(east, without);

const restarted = { restart: [['east', 'mesh-gateway']] } as const;

const through = { Kind: 'mesh', Peering: { PeerThroughMeshGateways: true } };

export const gatewayRows: readonly Row[] = [
  {
    name: 'east has no gateway',
    change: async ({ east }) => {
      await east.kill('mesh-gateway');
      await east.deregister('mesh-gateway');
    },
    truth: 'blocked',
    expected: [{ at: 'east', id: 'mesh-gateway-registered', subject: /^cluster east$/ }],
    fix: { at: 'east' },
  },
  {
    name: 'east has no gateway; east is not configured',
    change: async ({ east }) => {
      await east.kill('mesh-gateway');
      await east.deregister('mesh-gateway');
    },
    alone: 'west',
    truth: 'blocked',
    expected: [{ at: 'west', id: 'upstream-imported', subject: /→ api$/ }],
  },
  {
    name: 'the Envoy of the gateway of east is dead',
    change: ({ east }) => east.kill('mesh-gateway'),
    truth: 'blocked',
    expected: [healthy('east')],
    fix: { at: 'east' },
  },
  {
    name: 'the Envoy of the gateway of east is dead, and it has no check',
    change: async ({ east }) => {
      await east.gateway({ noCheck: true, noEnvoy: true });
      await east.kill('mesh-gateway');
    },
    truth: 'blocked',
    expected: [healthy('east', 'warning')],
  },
  {
    name: 'both gateways of east are dead',
    change: async ({ east }) => {
      await east.gateway({ id: 'mesh-gateway-2', noEnvoy: true });
      await east.kill('mesh-gateway');
    },
    truth: 'blocked',
    expected: [healthy('east')],
    fix: { at: 'east' },
  },
  {
    name: 'the token of the gateway of east lacks service:write on itself',
    change: (lab) => weakenEast(lab, 'service-write'),
    truth: 'blocked',
    expected: [grant('east', 'acl-gateway-service-write')],
    fix: { at: 'east', ...restarted },
  },
  {
    name: 'the token of the gateway of east lacks service:read',
    change: (lab) => weakenEast(lab, 'service-read'),
    truth: 'blocked',
    expected: [grant('east', 'acl-gateway-service-read')],
    fix: { at: 'east', ...restarted },
  },
  {
    name: 'the token of the gateway of east lacks mesh:write, and api is http',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'));
      await weakenEast(lab, 'mesh-write');
    },
    truth: 'blocked',
    expected: [grant('east', 'acl-gateway-mesh-write')],
    fix: { at: 'east', ...restarted },
  },
  {
    name: 'the token of the gateway of east lacks node:read, as in the specification',
    change: (lab) => weakenEast(lab, 'node-read'),
    truth: 'blocked',
    expected: [grant('east', 'acl-gateway-node-read')],
    fix: { at: 'east', ...restarted },
  },
  // A deleted token of the gateway is not here: whether the restarted Envoy listens, and its check passes, differs from run to
  // run. Where it does, the bot warns of the token only.
  {
    name: 'the gateway of east runs on a weaker token than the one that is named',
    change: async ({ east }) => {
      await east.deregister('mesh-gateway');
      await east.gateway({ rules: gatewayRules('service-write'), weak: true });
    },
    truth: 'blocked',
    expected: [healthy('east')],
  },
  {
    name: 'the gateway of east hands out a link-local address',
    change: ({ east }) => east.gateway({ wan: '169.254.7.7' }),
    truth: 'blocked',
    expected: [{ at: 'east', id: 'mesh-gateway-wan-address', subject: /mesh-gateway/ }],
  },
  {
    name: 'the gateway of east hands out a port on which nobody listens',
    change: ({ east, port }) => east.gateway({ wanPort: port('nobody') }),
    truth: 'blocked',
    expected: [{ at: 'east', id: 'mesh-gateway-wan-address', subject: /mesh-gateway/, severity: 'warning' }],
  },
  {
    name: 'the gateway of east hands out a hostname, and a redirect resolves to it',
    change: async (lab) => {
      await lab.east.gateway({ wan: 'localhost' });
      await lab.west.write(redirect('remote', 'api', 'east'));
      await lab.web({ DestinationName: 'remote' });
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [{ at: 'east', id: 'mesh-gateway-wan-address', subject: /mesh-gateway/ }],
  },
  {
    name: 'one of two gateways of east hands out a hostname, and a redirect resolves to it',
    change: async (lab) => {
      await lab.east.gateway({ id: 'mesh-gateway-2', wan: 'localhost' });
      await lab.west.write(redirect('remote', 'api', 'east'));
      await lab.web({ DestinationName: 'remote' });
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [{ at: 'east', id: 'mesh-gateway-wan-address', subject: /mesh-gateway/ }],
  },
  {
    name: 'one of two gateways of east hands out a hostname that does not resolve',
    change: async (lab) => {
      await lab.east.gateway({ id: 'mesh-gateway-2', wan: 'gateway.invalid' });
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [
      {
        at: 'east',
        id: 'mesh-gateway-wan-address',
        subject: /mesh-gateway-2/,
        severity: 'warning',
      },
    ],
  },
  {
    name: 'one of two gateways of east is dead, and hands out a hostname',
    change: async (lab) => {
      await lab.east.gateway({ id: 'mesh-gateway-2', wan: 'localhost', noEnvoy: true });
      await waitFor('the catalog to show it', async () => {
        const checks = await lab.east.call<{ Status: string }[]>('GET', '/v1/health/checks/mesh-gateway');
        return checks.some(({ Status }) => Status === 'critical');
      });
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [{ at: 'east', id: 'mesh-gateway-wan-address', subject: /mesh-gateway/ }],
  },
  {
    name: 'local mode, and the token of the gateway of west lacks service:read',
    change: async ({ west }) => {
      await weaken(west, 'service-read');
      await west.write(mode('local'));
    },
    truth: 'blocked',
    expected: [grant('west', 'acl-gateway-service-read')],
    fix: { at: 'west', restart: [['west', 'mesh-gateway']] },
  },
  {
    name: 'local mode, and the token of the gateway of west lacks service:write on itself',
    change: async ({ west }) => {
      await weaken(west, 'service-write');
      await west.write(mode('local'));
    },
    truth: 'blocked',
    expected: [grant('west', 'acl-gateway-service-write')],
    fix: { at: 'west', restart: [['west', 'mesh-gateway']] },
  },
  {
    name: 'the token of the gateway of east lacks mesh:write, which the specification asks for, and api is tcp',
    change: (lab) => weakenEast(lab, 'mesh-write'),
    truth: 'flows',
    expected: [grant('east', 'acl-gateway-mesh-write')],
  },
  {
    name: 'local mode, and the token of the gateway of west, which exports nothing, lacks node:read',
    change: async ({ west }) => {
      await weaken(west, 'node-read');
      await west.write(mode('local'));
    },
    truth: 'flows',
    expected: [grant('west', 'acl-gateway-node-read', 'warning')],
  },
  {
    name: 'the gateway of east hands out a hostname, and an upstream resolves to it',
    change: async (lab) => {
      await lab.east.gateway({ wan: 'localhost' });
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'the gateway of east hands out a hostname, and a redirect resolves to it in local mode',
    change: async (lab) => {
      await lab.east.gateway({ wan: 'localhost' });
      await lab.west.write(redirect('remote', 'api', 'east'), mode('local'));
      await lab.web({ DestinationName: 'remote' });
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'the gateway of east hands out an unspecified address, which Linux takes for loopback',
    change: ({ east }) => east.gateway({ wan: '0.0.0.0' }),
    truth: 'flows',
    expected: [{ at: 'east', id: 'mesh-gateway-wan-address', subject: /mesh-gateway/ }],
  },
  {
    name: 'the gateway of east is in maintenance',
    change: async (lab) => {
      await lab.east.call('PUT', '/v1/agent/service/maintenance/mesh-gateway?enable=true');
      await lab.refresh();
    },
    truth: 'flows',
    expected: [healthy('east', 'warning')],
  },
  {
    name: 'two gateways in east',
    change: ({ east }) => east.gateway({ id: 'mesh-gateway-2' }),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'one of two gateways of east is dead',
    change: ({ east }) => east.gateway({ id: 'mesh-gateway-2', noEnvoy: true }),
    truth: 'flows',
    expected: [healthy('east', 'warning')],
  },
  {
    name: 'the gateway of east has no check',
    change: ({ east }) => east.gateway({ noCheck: true }),
    truth: 'flows',
    expected: [healthy('east', 'warning')],
  },
  {
    name: 'remote mode, and the gateway of west, which is in no path, lacks service:read',
    change: ({ west }) => weaken(west, 'service-read'),
    truth: 'flows',
    expected: [grant('west', 'acl-gateway-service-read', 'warning')],
  },
  {
    name: 'remote mode, and the gateway of west, which is in no path, is dead',
    change: ({ west }) => west.kill('mesh-gateway'),
    truth: 'flows',
    expected: [healthy('west', 'warning')],
  },
  {
    name: 'the tokens of gateways are not named',
    change: async ({ east, west }) => {
      east.nameGatewayToken(undefined);
      west.nameGatewayToken(undefined);
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'both sides peer through gateways, whose tokens grant peering:read',
    change: async (lab) => {
      for (const side of [lab.east, lab.west]) {
        const { accessor } = await side.gateway({ rules: `${gatewayRules()}\npeering = "read"` });
        side.nameGatewayToken(accessor);
        await side.write(through);
      }
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'both sides peer through gateways, whose tokens do not grant peering:read',
    change: async (lab) => {
      for (const side of [lab.east, lab.west]) await side.write(through);
      await lab.refresh();
    },
    truth: 'flows',
    expected: [grant('east', 'acl-gateway-peering-read'), grant('west', 'acl-gateway-peering-read')],
  },
  {
    name: 'east alone peers through gateways, whose tokens do not grant peering:read',
    change: async (lab) => {
      await lab.east.write(through);
      await lab.refresh();
    },
    truth: 'flows',
    expected: [grant('east', 'acl-gateway-peering-read')],
  },
  {
    name: 'west peers through gateways and has none',
    change: async ({ west }) => {
      await west.write(through);
      await west.kill('mesh-gateway');
      await west.deregister('mesh-gateway');
    },
    truth: 'flows',
    expected: [
      { at: 'west', id: 'peer-through-mesh-gateways', subject: /./ },
      grant('west', 'acl-gateway-peering-read'),
    ],
  },
];
