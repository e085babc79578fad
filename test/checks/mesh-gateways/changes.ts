import {
  exampleEntry,
  exampleGateway,
  exampleSidecar,
  exampleUpstream,
} from '../../../src/checks/examples/parts';
import type { SnapshotChanges } from '../../../src/checks/examples/healthy';
import type { ProxyDefaults } from '../../../src/consul/wire';
import type { SidecarInstance } from '../../../src/snapshot/snapshot';
import { peers, stream } from '../changes';

/** Differences from the healthy snapshot that the tables about mesh gateways use. */

export const importOnly: SnapshotChanges = { exportedServices: [], ...peers(stream(['billing'])) };
export const exportOnly: SnapshotChanges = { sidecars: [], ...peers(stream([], ['api'])) };

/** The `proxy-defaults` entry with a mesh gateway mode. */
export const proxyDefaults = (Mode: string, changes: Partial<ProxyDefaults> = {}): SnapshotChanges => ({
  proxyDefaults: [
    exampleEntry<ProxyDefaults>({
      Kind: 'proxy-defaults',
      Name: 'global',
      Mode: '',
      Config: {},
      MeshGateway: { Mode },
      ...changes,
    }),
  ],
});

/** `web-sidecar-proxy` with a mode of its upstream, and one of its own. */
export const sidecar = (
  upstreamMode: string,
  proxyMode = '',
  changes: Partial<SidecarInstance> = {},
): SidecarInstance => {
  const base = exampleSidecar([exampleUpstream({ MeshGateway: { Mode: upstreamMode } })], changes);
  return { ...base, proxy: { ...base.proxy, MeshGateway: { Mode: proxyMode } } };
};

export const localMode: SnapshotChanges = { sidecars: [sidecar('local')] };

/** One gateway, in a partition. */
export const gatewayIn = (Partition: string): SnapshotChanges => ({
  gateways: [exampleGateway({ service: { Partition } })],
});
