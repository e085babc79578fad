import { localRequestTimeout } from '../../src/snapshot/local-request-timeout';

const row = (ID: string, Config: Readonly<Record<string, unknown>>, Kind = 'connect-proxy') => ({
  Service: {
    Kind,
    ID,
    Proxy: { DestinationServiceName: 'api', DestinationServiceID: '', Mode: '', Upstreams: [], Config },
  },
});

it('the shortest time for a request is found among the sidecars of a service', () => {
  const rows = [
    row('api-1', { local_request_timeout_ms: 500 }),
    row('api-2', { Local_Request_Timeout_Ms: '5' }),
    row('api-3', { local_request_timeout_ms: 0, local_connect_timeout_ms: 1 }),
    row('api-4', { local_request_timeout_ms: 'no number' }),
    row('gateway', { local_request_timeout_ms: 1 }, 'terminating-gateway'),
  ];
  expect(localRequestTimeout(rows)).toEqual({
    localRequestTimeout: {
      proxy: 'api-2',
      path: '[1].Service.Proxy.Config.Local_Request_Timeout_Ms',
      ms: 5,
    },
  });
  expect(localRequestTimeout(rows.slice(2))).toEqual({});
});
