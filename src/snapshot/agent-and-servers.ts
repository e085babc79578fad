import { peeringState } from '../consul/peering-state';
import type { AgentSelf, CatalogService } from '../consul/wire';
import type { Gathering } from './gathering';
import { redactAddresses, redactMeta } from './redact';
import { visible, mapSection, hidden, notGathered, rowsOf, readRules, sectionOf } from './section';
import type { Section, Sections, Server, HiddenReason } from './snapshot';

export const readAgent = async ({ reads }: Pick<Gathering, 'reads'>): Promise<Section<AgentSelf>> => {
  const answer = await reads.ask((client, call) => client.agentSelf(call));
  // The license names the customer, so it is left out. The edition is read from the version.
  return mapSection(sectionOf(answer, ['agent']), ({ Config, DebugConfig, xDS }) => ({
    Config,
    DebugConfig,
    xDS,
  }));
};

/** Every token may read the leader. */
export const readLeader = async ({ reads }: Pick<Gathering, 'reads'>): Promise<Section<string>> =>
  sectionOf(await reads.ask((client, call) => client.leader(call)), []);

/** Reads the datacenters only if an upstream names one. */
export const readDatacenters = async ({
  reads,
  sections,
}: Gathering): Promise<Section<readonly string[]>> => {
  const sidecars = await sections.sidecars();
  const named = rowsOf(sidecars).some(({ proxy }) =>
    proxy.Upstreams.some(({ Datacenter }) => Datacenter !== ''),
  );
  if (named) return sectionOf(await reads.ask((client, call) => client.datacenters(call)), []);
  return sidecars.visibility === 'visible'
    ? visible([])
    : notGathered('No upstream that names a datacenter was found');
};

const serverOf = (row: CatalogService, path: string, endpoint: string): Server => ({
  at: { endpoint, path },
  node: row.Node,
  address: row.ServiceAddress || row.Address,
  version: redactMeta(row.ServiceMeta)['version'] || redactMeta(row.NodeMeta)['consul-version'] || '',
  grpcPort: redactMeta(row.ServiceMeta)['grpc_port'] ?? '',
  grpcTlsPort: redactMeta(row.ServiceMeta)['grpc_tls_port'] ?? '',
});

export const readServers = async ({
  reads,
}: Pick<Gathering, 'reads'>): Promise<Section<readonly Server[]>> => {
  // The servers register in the default partition and namespace (Enterprise).
  const answer = await reads.ask((client, call) => client.catalogService('consul', call));
  const endpoint = answer.ok ? answer.meta.endpoint : '';
  return mapSection(sectionOf(answer, ['service', 'node']), (rows) =>
    rows.map((row, index) => serverOf(row, `[${index}]`, endpoint)),
  );
};

/** Every token may read the CA roots. */
export const readCaRoots = async ({
  reads,
}: Pick<Gathering, 'reads'>): Promise<Section<Sections['caRoots']>> => {
  const answer = await reads.ask((client, call) => client.caRoots(call));
  if (!answer.ok && answer.error.cause === 'mesh-disabled') {
    const roots = { ActiveRootID: '', TrustDomain: '', Roots: [] };
    return visible({ enabled: false, roots, refusal: answer.error.message });
  }
  return mapSection(sectionOf(answer, []), (roots) => ({ enabled: true, roots }));
};

/**
 * Returns why the peerings that Consul reports are not those of the configured datacenter. Of a federation, other reads are
 * forwarded to it, and those of peerings are answered by the datacenter at the address (measured on 1.20.1).
 */
export const findElsewhere = async (
  { sections }: Pick<Gathering, 'sections'>,
  datacenter: string | undefined,
): Promise<HiddenReason | undefined> => {
  if (datacenter === undefined) return undefined;
  const agent = await sections.agent();
  const answering = agent.visibility === 'hidden' ? '' : agent.value.Config.Datacenter;
  if (answering === '' || answering.toLowerCase() === datacenter.toLowerCase()) return undefined;
  return {
    kind: 'server',
    cause: 'no-datacenter',
    endpoint: '/v1/peerings',
    message: `Datacenter ${answering} answers at the address, and Consul reports its peerings whatever datacenter is requested. Set the address of an agent in ${datacenter} in the clusters file`,
  };
};

/**
 * Resolves to the reason why the token may not read peerings, as soon as Consul reports that right; never resolves if
 * the token may. The read itself would end with 403 too, but an agent retries with its servers for 2 to 12 s before it
 * answers (measured on 1.20.1).
 */
const refusal = async ({ sections }: Pick<Gathering, 'sections'>): Promise<HiddenReason> => {
  const rights = await sections.ownRights();
  if (rights.visibility === 'hidden' && rights.reason.cause === 'token-unknown') return rights.reason;
  const right = rowsOf(rights).find(
    ({ question }) => question.resource === 'peering' && question.access === 'read',
  );
  if (right === undefined || right.allowed) return new Promise(() => undefined);
  return {
    kind: 'forbidden',
    endpoint: '/v1/peerings',
    message: 'The token may not read peerings, as /v1/internal/acl/authorize reports',
    needs: [readRules.peering],
  };
};

/** Also returns the time of the server, which ages of heartbeats are measured against. */
export const readPeerings = async (
  gathering: Pick<Gathering, 'reads' | 'sections'>,
): Promise<{ section: Section<Sections['peerings']>; dateMs: number | undefined }> => {
  const { reads } = gathering;
  const giveUp = new AbortController();
  const reading = reads.ask((client, { signal, ...call }) =>
    client.peerings({ ...call, signal: AbortSignal.any([giveUp.signal, ...(signal ? [signal] : [])]) }),
  );
  const answer = await Promise.race([reading, refusal(gathering)]);
  if (!('ok' in answer)) {
    giveUp.abort();
    await reading;
    return { section: hidden(answer), dateMs: undefined };
  }
  if (!answer.ok && answer.error.cause === 'peering-disabled') {
    const value = { enabled: false, list: [], refusal: answer.error.message };
    return { section: visible(value), dateMs: undefined };
  }
  // Without `peering:read` the answer is 403, never a shorter list (measured on 1.20.1).
  const section = mapSection(sectionOf(answer, ['peering']), (rows) => ({
    enabled: true,
    list: rows.map(({ Meta, ...row }) => ({
      ...redactAddresses(row, []),
      State: peeringState(row),
      Meta: redactMeta(Meta),
    })),
  }));
  return { section, dateMs: answer.ok ? answer.meta.dateMs : undefined };
};

/** Reads the prepared queries only if an upstream is one. */
export const readPreparedQueries = async ({
  reads,
  sections,
}: Gathering): Promise<Section<Sections['preparedQueries']>> => {
  const sidecars = await sections.sidecars();
  const queries = rowsOf(sidecars).some(({ proxy }) =>
    proxy.Upstreams.some((upstream) => upstream.DestinationType === 'prepared_query'),
  );
  if (!queries)
    return sidecars.visibility === 'visible'
      ? visible([])
      : notGathered('No upstream that is a prepared query was found');
  return sectionOf(await reads.ask((client, call) => client.preparedQueries(call)), ['query']);
};
