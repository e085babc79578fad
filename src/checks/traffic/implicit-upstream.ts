import type { Upstream } from '../../consul/wire';

/** A call that a transparent proxy makes without an upstream of its own, as an upstream. An empty peer stands for this cluster. */
export const implicitUpstream = (DestinationName: string, DestinationPeer: string): Upstream => ({
  DestinationType: 'service',
  DestinationName,
  DestinationNamespace: '',
  DestinationPartition: '',
  DestinationPeer,
  Datacenter: '',
  LocalBindSocketPath: '',
  Config: {},
  CentrallyConfigured: true,
});
