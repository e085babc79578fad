import { sidecarProtocols } from '../../src/snapshot/sidecar-protocols';

const sidecar = (protocol: unknown, Kind = 'connect-proxy') => ({
  Service: { Kind, Proxy: { Config: protocol === undefined ? {} : { protocol } } },
});

it.each<[string, readonly ReturnType<typeof sidecar>[], readonly string[] | undefined]>([
  ['each of which sets one', [sidecar('HTTP'), sidecar('http'), sidecar('tcp')], ['http', 'tcp']],
  ['of which one sets none', [sidecar('http'), sidecar(undefined)], ['http', '']],
  ['none of which sets one', [sidecar(undefined), sidecar('')], undefined],
  ['of which one sets what is not known', [sidecar('http'), sidecar('<withheld>')], undefined],
  ['beside a gateway', [sidecar('http'), sidecar(undefined, 'terminating-gateway')], ['http']],
  ['of which there is none', [], undefined],
])('lists the protocols of sidecars %s', (_, rows, protocols) => {
  expect(sidecarProtocols(rows).protocols).toEqual(protocols);
});
