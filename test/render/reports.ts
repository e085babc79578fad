import { registry } from '../../src/checks/registry';
import {
  summarize,
  verdictOf,
  worstSeverity,
  type Finding,
  type Muted,
  type Report,
  type CheckResult,
} from '../../src/report/report';

/** Fixed reports that the renderers are shown with. */

/** The checks of these reports: not all, so that a new check changes no report. */
const reported = new Set([
  'consul-version',
  'local-agent',
  'envoy-proxies',
  'cluster-leader',
  'peering-enabled',
  'mesh-enabled',
  'grpc-tls-port',
  'mesh-gateway-registered',
  'mesh-gateway-partition',
  'mesh-gateway-mode',
  'mesh-gateway-local-registered',
  'mesh-gateway-local-config',
  'mesh-gateway-healthy',
  'upstream-destination-name',
  'upstream-destination-peer',
  'upstream-destination-namespace',
  'upstream-imported',
  'exported-services-defined',
  'exported-services-peer-known',
  'exported-services-exist',
  'exported-services-in-mesh',
  'intentions-allow-peer',
  'peering-active',
  'peering-pending',
  'peering-heartbeat',
]);

/** Makes a report in which every check passes but those that are given. */
export const reportOf = (changes: readonly Partial<CheckResult>[], rest: Partial<Report> = {}): Report => {
  const checks = registry.filter(({ id }) => reported.has(id));
  const results = checks.map(({ id, group, title, severity }): CheckResult => {
    const change = changes.find((one) => one.id === id);
    const findings = change?.findings ?? [];
    return {
      id,
      group,
      title,
      status: findings.length > 0 ? 'fail' : 'pass',
      severity: worstSeverity(findings, severity),
      reason: '',
      findings: [],
      ...change,
    };
  });
  return {
    schemaVersion: 1,
    cluster: { name: 'prod-west', datacenter: 'dc2', consulVersion: '1.20.1' },
    peer: null,
    startedAt: '2026-11-23T14:03:22.000Z',
    durationMs: 412,
    verdict: verdictOf(results),
    summary: summarize(results),
    peers: [
      { name: 'east', state: 'ACTIVE' },
      { name: 'lab', state: 'PENDING' },
    ],
    notes: [],
    results,
    ...rest,
  };
};

const enterprise: readonly Partial<CheckResult>[] = [
  'mesh-gateway-partition',
  'upstream-destination-namespace',
].map((id) => ({ id, status: 'skip', reason: 'the cluster runs Consul CE' }));

const spec = 'https://developer.hashicorp.com/consul/docs/connect/cluster-peering/tech-specs';

export const missingPeer: Finding = {
  severity: 'error',
  subject: { kind: 'upstream', name: 'web-sidecar-proxy → api' },
  message: '"web-sidecar-proxy → api" has no `destination_peer`, and "api" exists only at peer "east"',
  evidence: [
    {
      endpoint: '/v1/catalog/node-services/app-1',
      path: 'Services[2].Proxy.Upstreams[0]',
      value: { DestinationName: 'api', LocalBindPort: 9191 },
    },
    { endpoint: '/v1/peering/east', path: 'StreamStatus.ImportedServices', value: ['api'] },
  ],
  remediation: [
    {
      title: 'the upstream in the service definition of web',
      language: 'hcl',
      code: 'service {\n  name = "web"\n  connect {\n    sidecar_service {\n      proxy {\n        upstreams = [\n          {\n            destination_name = "api"\n            destination_peer = "east"\n            local_bind_port  = 9191\n          }\n        ]\n      }\n    }\n  }\n}\n',
    },
    {
      title: 'the annotation of the pods of web',
      language: 'yaml',
      code: 'metadata:\n  annotations:\n    consul.hashicorp.com/connect-service-upstreams: "api.svc.east.peer:9191"\n',
    },
  ],
  docs: `${spec}#sidecar-proxy-requirements`,
};

const modeNone: Finding = {
  severity: 'error',
  subject: { kind: 'proxy-defaults', name: 'global' },
  message:
    'proxy-defaults/global sets the mesh gateway mode to "none", and 3 proxies with upstreams at a peer use it',
  evidence: [{ endpoint: '/v1/config/proxy-defaults/global', path: 'MeshGateway.Mode', value: 'none' }],
  remediation: [
    {
      title: 'the entry, with its other settings kept',
      language: 'shell',
      code: 'consul config write - <<\'EOF\'\nKind = "proxy-defaults"\nName = "global"\nConfig {\n  protocol = "http"\n}\nMeshGateway {\n  Mode = "local"\n}\nEOF\n',
    },
  ],
  docs: `${spec}#mesh-gateway-requirements`,
};

const noCheck: Finding = {
  severity: 'warning',
  subject: { kind: 'mesh-gateway', name: 'mesh-gateway on node gw-2' },
  message: 'mesh-gateway on node gw-2 has no health check',
  evidence: [{ endpoint: '/v1/health/service/mesh-gateway', path: '[1].Checks', value: [] }],
  remediation: [],
  docs: `${spec}#mesh-gateway-requirements`,
};

export const healthy: Report = reportOf([...enterprise]);

export const troubled: Report = reportOf([
  ...enterprise,
  { id: 'upstream-destination-peer', findings: [missingPeer] },
  { id: 'mesh-gateway-mode', findings: [modeNone] },
  { id: 'mesh-gateway-healthy', findings: [noCheck], severity: 'warning' },
  {
    id: 'intentions-allow-peer',
    status: 'unknown',
    reason: 'the bot\'s token lacks `service_prefix "" { policy = "read" }`, so intentions are hidden',
  },
]);

const muted: Muted = {
  by: 'U0REQUESTER',
  until: '2026-11-30T14:00:00.000Z',
  reason: 'the gateway of the old region goes on Friday, <!channel>',
};

/** All of one check muted, and one of two findings of another. */
export const quiet: Report = reportOf([
  ...enterprise,
  { id: 'mesh-gateway-mode', findings: [{ ...modeNone, muted }] },
  {
    id: 'mesh-gateway-healthy',
    severity: 'warning',
    findings: [
      noCheck,
      { ...noCheck, subject: { kind: 'mesh-gateway', name: 'mesh-gateway on node gw-3' }, muted },
    ],
  },
]);

const hidden = 'the token is anonymous, and rows may be hidden without a word: give the bot a token';

/** A report of a token with few rights: no finding, and most checks are unknown. */
export const weakToken: Report = reportOf(
  [
    ...enterprise,
    ...[
      'mesh-gateway-registered',
      'mesh-gateway-mode',
      'mesh-gateway-healthy',
      'upstream-destination-name',
      'upstream-destination-peer',
      'exported-services-exist',
    ].map((id): Partial<CheckResult> => ({ id, status: 'unknown', reason: hidden })),
    {
      id: 'peering-active',
      status: 'unknown',
      reason: 'the token lacks `peering = "read"`',
    },
  ],
  {
    cluster: { name: 'staging', datacenter: 'dc1', consulVersion: '1.20.1' },
    peers: [],
    notes: ['the grants of mesh gateways were not checked: name their tokens under gateway_tokens'],
  },
);

/** Ten thousand upstreams of one kind, and two findings of another. */
export const huge: Report = reportOf([
  ...enterprise,
  {
    id: 'upstream-destination-peer',
    findings: Array.from({ length: 10_000 }, (_, index) => ({
      ...missingPeer,
      subject: { kind: 'upstream', name: `web-${index} → api` },
      message: `"web-${index} → api" has no \`destination_peer\`, and "api" exists only at peer "east"`,
    })),
  },
  { id: 'mesh-gateway-mode', findings: [modeNone] },
]);

const evil = [
  '<!channel> <@U12345> <https://evil.example|click>',
  '*bold* _italic_ ~strike~ `code` ```block```',
  ':white_check_mark: all fine\n✅ *24 passed*',
  '\u001b[2J\u001b]0;title\u0007\u009b31m red',
  'abc\u202edcba\u2066 \u200bzero\u00adwidth\ufeff',
  'שלום العربية 漢字漢字 👩‍👩‍👧 e\u0301\u0301\u0301\u0301\u0301\u0301\u0301',
  `${'x'.repeat(4_999)}\ud83d${'y'.repeat(5_000)}`,
  '& &amp; &lt;b&gt; "quotes" \'single\' $(touch /tmp/x) `id`',
  '',
  ' ',
];

/** Everything that can be named has a hostile name. */
export const hostile: Report = reportOf(
  [
    ...enterprise,
    {
      id: 'upstream-destination-peer',
      findings: evil.map((name) => ({
        severity: 'error',
        subject: { kind: 'upstream', name },
        message: `${name} has no destination_peer, and "${name}" exists only at peer "${name}"`,
        evidence: [{ endpoint: `/v1/catalog/node/${name}`, path: name, value: { [name]: name } }],
        remediation: [
          {
            title: `upstream ${name}`,
            language: 'shell',
            code: `consul services deregister -id '${name}'\n`,
          },
        ],
        docs: `javascript:alert(1)|${name}>`,
      })),
    },
    ...evil.slice(0, 3).map(
      (reason, index): Partial<CheckResult> => ({
        id: ['peering-active', 'consul-version', 'local-agent'][index] ?? '',
        status: 'unknown',
        reason,
      }),
    ),
    { id: 'cluster-leader', status: 'skip', reason: evil[3] ?? '' },
  ],
  {
    cluster: { name: '<!here> *prod* :tada:', datacenter: 'dc\u202e1', consulVersion: '1.20.1`<@U999999>`' },
    peer: '<@U12345>\n& co',
    peers: evil.map((name) => ({ name, state: name })),
    notes: evil,
  },
);
