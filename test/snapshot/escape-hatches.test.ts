import { escapeHatches } from '../../src/snapshot/escape-hatches';

const row = (Config: Readonly<Record<string, unknown>>, Kind = 'connect-proxy') => ({
  Service: {
    Kind,
    ID: 'api-1',
    Proxy: { DestinationServiceName: 'api', DestinationServiceID: '', Mode: '', Upstreams: [], Config },
  },
});

const canary = 'text that may hold a secret';

describe('the escape hatches of a service', () => {
  it('are the options that replace what calls meet, in any case, without their values', () => {
    const { escapeHatches: found } = escapeHatches([
      row({ protocol: 'http', envoy_listener_tracing_json: canary, envoy_bootstrap_json_tpl: canary }),
      row({ envoy_local_cluster_json: canary }),
      row({ Envoy_Public_Listener_JSON: canary }),
    ]);
    expect(found).toEqual([
      { proxy: 'api-1', option: 'envoy_local_cluster_json', path: '[1].Service.Proxy.Config' },
      { proxy: 'api-1', option: 'Envoy_Public_Listener_JSON', path: '[2].Service.Proxy.Config' },
    ]);
    expect(JSON.stringify(found)).not.toContain(canary);
  });

  it('are none where options are empty, or of gateways', () => {
    expect(
      escapeHatches([
        row({ envoy_local_cluster_json: '', envoy_public_listener_json: null }),
        row({ envoy_local_cluster_json: canary }, 'terminating-gateway'),
        { Service: { Kind: 'connect-proxy', ID: 'api-2', Proxy: null } },
      ]),
    ).toEqual({});
  });
});
