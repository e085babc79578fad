import { renderAllChecks, renderDetails } from '../../src/features/check/details.modal';
import { renderReport } from '../../src/features/check/report.message';
import { diffStates } from '../../src/checks/changes/diff-states';
import { stateOf } from '../../src/checks/changes/state-of';
import { runChecks } from '../../src/checks/runner';
import { renderJson } from '../../src/render/json';
import { renderJunit } from '../../src/render/junit';
import { renderSarif } from '../../src/render/sarif';
import { renderStateDiffText } from '../../src/render/state-diff';
import { renderTerminal } from '../../src/render/terminal';
import type { Report } from '../../src/report/report';
import { gatherSnapshot } from '../../src/snapshot/gather-snapshot';
import { loadSnapshot } from '../../src/snapshot/load-snapshot';
import { saveSnapshot } from '../../src/snapshot/save-snapshot';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { sampleCluster } from './canaries/sample-cluster';
import { keysIn, textsIn, withKeyAt, withValueAt } from './canaries/schema-fields';
import { keyOf, stubClient } from './canaries/stub-cluster';

/**
 * Plants a secret in each text of each schema of Consul's answers, one at a time, and searches everything that is written
 * for it: a field holds names, which are listed here with the reason, or values of a shape, which no secret has.
 */

jest.setTimeout(400_000);

/** Secrets as they look, and the part of each to search for. */
const secrets = {
  vault:
    'hvs.CAESIJlWhs7Gq2QmV0cXk0b1ZxRkNhbmFyeTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY',
  aws: 'AKIAQ3EGRCANARY77XZB',
  consul: 'c4a17d00-5ec7-4e00-beef-0123456789ab',
  hex: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  pem: '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHCANARY\n-----END PRIVATE KEY-----\n',
  password: 'password=hunter2canary',
} as const;
const partOf = (secret: string): string => secret.split('\n')[1] ?? secret;

/** Fields with names that people give, which no shape tells from secrets, by the reason for which a report repeats them. */
const names: Readonly<Record<string, readonly string[]>> = {
  'a service, an instance or an entry is found and fixed by its name': [
    'Service',
    'ServiceName',
    'ServiceID',
    'Service.ID',
    'Name',
    'DestinationName',
    'DestinationServiceName',
    'DestinationServiceID',
    'ImportedServices',
    'ExportedServices',
    'SectionName',
  ],
  'where a name counts is a part of it': [
    'Partition',
    'Partitions',
    'Namespace',
    'Datacenter',
    'Datacenters',
    'PrimaryDatacenter',
    '/v1/catalog/datacenters',
    'DestinationNamespace',
    'DestinationPartition',
  ],
  'a peering is found by the name of the peer': [
    'Peer',
    'Peers',
    'PeerName',
    'DestinationPeer',
    'SamenessGroup',
  ],
  'a fix is made on a node, for a check': ['Node', 'NodeName', 'CheckID', 'ResolvedByAgent'],
  'a chain is made of names, and is followed by them': [
    'ServiceSubset',
    'DefaultSubset',
    'StartNode',
    'NextNode',
    'Target',
    'Targets',
    'row.ID',
  ],
  'a token is explained by what grants it rights': ['AuthMethod', 'TemplateName', 'name'],
};
const isNamed = (fields: readonly string[]): boolean =>
  Object.values(names).some((list) => fields.some((field) => list.includes(field)));

/**
 * Fields with UUIDs that are no secrets: a token is found by its accessor, a peering by its id. Consul's secrets are UUIDs
 * too, and look the same; no answer has one in such a field.
 */
const ids: readonly string[] = ['AccessorID', 'ActiveRootID', 'NamespaceDefaultPolicyIDs', 'PeerID', 'ID'];

type Path = readonly (string | number)[];

/** The last field of a path with the object that holds it, such as `Service.ID`, and the field alone. */
const fieldsOf = (route: string, path: Path): readonly string[] => {
  const steps = path.filter((step) => typeof step === 'string');
  return [steps.slice(-2).join('.'), steps.at(-1) ?? route];
};

const parsedAnswers = new Map<string, unknown>();

/** Gathers a snapshot of the sample cluster with a change to the answers of one route. */
const gather = (route: string, change: (answer: unknown) => unknown): Promise<Snapshot> => {
  const known = new Map(parsedAnswers);
  const client = stubClient((request) => {
    if (request.route === route) return change(sampleCluster(request));
    return known.has(keyOf(request)) ? undefined : sampleCluster(request);
  }, known);
  return gatherSnapshot({ cluster: { name: 'prod-east' }, client });
};

const slack = {
  requestedBy: null,
  requestId: 'r',
  runId: 'r',
  stored: true,
  rationale: () => undefined,
  blocks: 'rich',
} as const;

const written = (report: Report): string =>
  [
    renderTerminal(report, { colour: false, width: 120, verbose: true }),
    renderJson(report),
    renderJunit(report),
    renderSarif(report),
    JSON.stringify([
      renderReport(report, slack),
      renderAllChecks(report, 'C1'),
      renderDetails(report, { rationale: () => undefined, run: 'r', channel: 'C1' }),
    ]),
  ].join('\n');

/** The state that is stored, and what it says about the change. */
const changed = (snapshot: Snapshot): string => {
  const diff = diffStates(
    'prod-east',
    { run: null, state: stateOf(whole) },
    { run: null, state: stateOf(snapshot) },
  );
  return (
    JSON.stringify(stateOf(snapshot)) +
    JSON.stringify(diff) +
    renderStateDiffText(diff, { colour: false, width: 200 })
  );
};

const keys: { readonly route: string; readonly path: Path }[] = [];
const fields: { readonly route: string; readonly path: Path }[] = [];
let whole: Snapshot;

beforeAll(async () => {
  const routes = new Map<string, unknown>();
  const client = stubClient((request) => {
    const answer = sampleCluster(request);
    routes.set(request.route, answer);
    return answer;
  }, parsedAnswers);
  whole = await gatherSnapshot({ cluster: { name: 'prod-east' }, client });
  for (const [route, answer] of routes) for (const path of textsIn(answer)) fields.push({ route, path });
  for (const [route, answer] of routes) for (const path of keysIn(answer)) keys.push({ route, path });
});

it('every section of a snapshot is made of them', () => {
  const hidden = Object.entries(whole.sections).filter(([, { visibility }]) => visibility !== 'visible');
  expect(hidden.map(([name]) => name).sort()).toEqual(['otherSides', 'pendingSince', 'probes']);
  expect(loadSnapshot(saveSnapshot(whole)).ok).toBe(true);
  expect(fields.length).toBeGreaterThan(500);
});

it.each(Object.entries(secrets))('no field but names keeps a secret such as %s', async (shape, text) => {
  const found: string[] = [];
  for (const { route, path } of fields) {
    const own = fieldsOf(route, path);
    if (isNamed(own) || (shape === 'consul' && own.some((field) => ids.includes(field)))) continue;
    const snapshot = await gather(route, (answer) => withValueAt(answer, path, text));
    // A report is made of the snapshot alone, so one shape is searched for in what is rendered.
    const all =
      saveSnapshot(snapshot) + changed(snapshot) + (shape === 'password' ? written(runChecks(snapshot)) : '');
    if (all.includes(partOf(text))) found.push(`${route} ${path.join('.')}`);
  }
  expect(found).toEqual([]);
});

/** Maps whose keys are names of subsets, of nodes and targets of a chain, and of proxies that Consul knows. */
const mapsOfNames: readonly string[] = ['Failover', 'Nodes', 'Targets', 'SupportedProxies'];

it.each(Object.entries(secrets))('no key of a map keeps a secret such as %s', async (shape, text) => {
  const found = new Set<string>();
  for (const { route, path } of keys) {
    const map = String(path.at(-2) ?? route);
    if (mapsOfNames.includes(map)) continue;
    const snapshot = await gather(route, (answer) => withKeyAt(answer, path, text));
    const all =
      saveSnapshot(snapshot) + changed(snapshot) + (shape === 'password' ? written(runChecks(snapshot)) : '');
    if (all.includes(partOf(text))) found.add(`${map} in ${route} ${path.join('.')}`);
  }
  expect([...found]).toEqual([]);
  expect(keys.length).toBeGreaterThan(50);
});

it('each field of names is kept, or it would not be listed', async () => {
  const kept = new Set<string>();
  for (const { route, path } of fields) {
    const own = fieldsOf(route, path);
    if (!isNamed(own) || own.every((field) => kept.has(field))) continue;
    if (
      saveSnapshot(await gather(route, (answer) => withValueAt(answer, path, secrets.aws))).includes(
        secrets.aws,
      )
    )
      for (const field of own) kept.add(field);
  }
  expect(
    Object.values(names)
      .flat()
      .filter((field) => !kept.has(field)),
  ).toEqual([]);
});

/** A secret in rules of a token or a policy, wherever people write one. */
const rulesWith = (secret: string): string =>
  `# ${secret}\nservice "api" { // ${secret}\n  policy = "write" /* ${secret} */\n  note = "${secret}" }\nnote = <<E\n${secret}\nE\n`;

it.each([
  ['of the own token', { gatewayTokens: [] }],
  ['of the token of a gateway', { gatewayTokens: [{ gateway: 'mesh-gateway', accessor: 'a' }] }],
  ['of the role of a gateway', { gatewayTokens: [{ gateway: 'mesh-gateway', role: 'r' }] }],
  ['of the policy of a gateway', { gatewayTokens: [{ gateway: 'mesh-gateway', policy: 'p' }] }],
] as const)('no comment and no unknown field of the rules %s is kept', async (_, tokens) => {
  const canary = 'hunter2canary';
  const client = stubClient((request) => {
    const answer = sampleCluster(request);
    return textsIn(answer)
      .filter((path) => path.at(-1) === 'Rules')
      .reduce((changed, path) => withValueAt(changed, path, rulesWith(canary)), answer);
  });
  const snapshot = await gatherSnapshot({ cluster: { name: 'prod-east', ...tokens }, client });
  expect(JSON.stringify(snapshot.sections.gatewayTokens)).toContain(
    tokens.gatewayTokens.length === 0 ? '[]' : 'service \\"api\\"',
  );
  const all = saveSnapshot(snapshot) + written(runChecks(snapshot));
  expect([all.includes('service \\"api\\"'), all.includes(canary)]).toEqual([true, false]);
});
