import type { Evidence } from '../../report/report';

/** What the catalog answers where no mesh gateway is registered. */
export const noGateway: Evidence = {
  endpoint: `/v1/catalog/services?filter=${encodeURIComponent('ServiceKind == "mesh-gateway"')}`,
  path: '',
  value: {},
};
