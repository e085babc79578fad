/** A webhook of Alertmanager, version 4, as its documentation describes it, with one alert for each of these clusters. */
export const notification = (clusters: readonly string[], over: object = {}) => ({
  version: '4',
  groupKey: '{}/{team="mesh"}:{alertname="PeeringDown"}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'peering-bot',
  groupLabels: { alertname: 'PeeringDown' },
  commonLabels: { alertname: 'PeeringDown', severity: 'critical' },
  commonAnnotations: { summary: 'A peering is not ACTIVE' },
  externalURL: 'http://alertmanager.example:9093',
  alerts: clusters.map((cluster, index) => ({
    status: 'firing',
    labels: { alertname: 'PeeringDown', cluster, severity: 'critical' },
    annotations: { summary: 'A peering is not ACTIVE' },
    startsAt: '2026-11-27T20:00:00.000Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus.example:9090/graph',
    fingerprint: `f${index}`,
  })),
  ...over,
});
