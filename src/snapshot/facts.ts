import type { AgentSelf, CatalogService } from '../consul/wire';
import type { Gathering } from './gathering';
import { redactedMeta } from './redact';
import { all, mapped, notGathered, rowsOf, sectionOf } from './section';
import type { Section, Sections, Server } from './snapshot';

/** What the agent and the servers say of themselves. */

export const readAgent = async ({ reads }: Pick<Gathering, 'reads'>): Promise<Section<AgentSelf>> => {
  const answer = await reads.ask((client, call) => client.agentSelf(call));
  // The license names the customer; that there is one says Enterprise, and that is read elsewhere.
  return mapped(sectionOf(answer, ['agent']), ({ Config, xDS }) => ({
    Config,
    ...(xDS === undefined ? {} : { xDS }),
  }));
};

/** Asked of any server, and never hidden. */
export const readLeader = async ({ reads }: Pick<Gathering, 'reads'>): Promise<Section<string>> =>
  sectionOf(await reads.ask((client, call) => client.leader(call)), []);

const serverOf = (row: CatalogService, path: string, endpoint: string): Server => ({
  at: { endpoint, path },
  node: row.Node,
  version: row.ServiceMeta['version'] || row.NodeMeta['consul-version'] || '',
  grpcPort: row.ServiceMeta['grpc_port'] ?? '',
  grpcTlsPort: row.ServiceMeta['grpc_tls_port'] ?? '',
});

export const readServers = async ({
  reads,
}: Pick<Gathering, 'reads'>): Promise<Section<readonly Server[]>> => {
  // The servers register in the default partition and namespace, whichever is asked about (Enterprise).
  const answer = await reads.ask((client, call) => client.catalogService('consul', call));
  const endpoint = answer.ok ? answer.meta.endpoint : '';
  return mapped(sectionOf(answer, ['service', 'node']), (rows) =>
    rows.map((row, index) => serverOf(row, `[${index}]`, endpoint)),
  );
};

/** Roots are public: everybody may read them. */
export const readCaRoots = async ({
  reads,
}: Pick<Gathering, 'reads'>): Promise<Section<Sections['caRoots']>> => {
  const answer = await reads.ask((client, call) => client.caRoots(call));
  if (!answer.ok && answer.error.cause === 'mesh-disabled') {
    const roots = { ActiveRootID: '', TrustDomain: '', Roots: [] };
    return all({ enabled: false, roots, refusal: answer.error.message });
  }
  return mapped(sectionOf(answer, []), (roots) => ({ enabled: true, roots }));
};

/** Also answers with the server's clock, which heartbeats are measured against. */
export const readPeerings = async ({
  reads,
}: Pick<Gathering, 'reads'>): Promise<{
  section: Section<Sections['peerings']>;
  dateMs: number | undefined;
}> => {
  const answer = await reads.ask((client, call) => client.peerings(call));
  if (!answer.ok && answer.error.cause === 'peering-disabled') {
    const value = { enabled: false, list: [], refusal: answer.error.message };
    return { section: all(value), dateMs: undefined };
  }
  // Without `peering:read` the answer is 403, and never a shorter list (measured on 1.20.1).
  const section = mapped(sectionOf(answer, ['peering']), (rows) => ({
    enabled: true,
    list: rows.map((row) => ({ ...row, Meta: redactedMeta(row.Meta) })),
  }));
  return { section, dateMs: answer.ok ? answer.meta.dateMs : undefined };
};

/** Asked for only where an upstream is a prepared query. */
export const readPreparedQueries = async ({
  reads,
  sections,
}: Gathering): Promise<Section<Sections['preparedQueries']>> => {
  const sidecars = await sections.sidecars();
  const queries = rowsOf(sidecars).some(({ proxy }) =>
    proxy.Upstreams.some((upstream) => upstream.DestinationType === 'prepared_query'),
  );
  if (!queries) return sidecars.seen === 'all' ? all([]) : notGathered('No prepared query was seen in use');
  return sectionOf(await reads.ask((client, call) => client.preparedQueries(call)), ['query']);
};
