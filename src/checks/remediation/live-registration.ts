import type { Remediation } from '../../report/report';
import type { SidecarInstance } from '../../snapshot/snapshot';
import { shellRemediation, shellWord } from './shell';
import { wellFormed, wellFormedJson } from './text';

/**
 * The `consul` command cannot read a registration, so the snippets call the HTTP API with curl. Address, token and
 * certificates come from the same variables as for the command.
 */
const api = `consul_api() {
  curl -fsS \${CONSUL_HTTP_TOKEN:+-H "X-Consul-Token: $CONSUL_HTTP_TOKEN"} \\
    \${CONSUL_CACERT:+--cacert "$CONSUL_CACERT"} \\
    \${CONSUL_CLIENT_CERT:+--cert "$CONSUL_CLIENT_CERT" --key "$CONSUL_CLIENT_KEY"} \\
    "$@"
}
`;

/** Writes a URL of the API: the shell fills in the address, the path is fixed. */
const url = (path: string): string | undefined => {
  const word = shellWord(path);
  return word && `"\${CONSUL_HTTP_ADDR:-http://127.0.0.1:8500}"${word}`;
};

const encoded = (text: string): string => encodeURIComponent(wellFormed(text));

/** Identity of a registration, and who manages it. */
export type RegistrationRef = Pick<SidecarInstance, 'id' | 'node' | 'namespace' | 'managedBy'> & {
  readonly partition?: string | undefined;
};

const tenancy = ({ partition, namespace }: RegistrationRef): string => {
  const query = [
    ...(partition ? [`partition=${encoded(partition)}`] : []),
    ...(namespace ? [`ns=${encoded(namespace)}`] : []),
  ];
  return query.length > 0 ? `?${query.join('&')}` : '';
};

/**
 * An agent merges central configuration into registrations: a transparent proxy gets an upstream `*`, which Consul
 * refuses in a new registration.
 */
const withoutWildcards = '(.Proxy.Upstreams | select(.)) |= map(select(.DestinationName != "*"))';

const readChangeWrite = (from: string, program: string, to: string): string | undefined => {
  const [source, jq, target] = [url(from), shellWord(program), url(to)];
  if (!source || !jq || !target) return undefined;
  return `${api}consul_api ${source} |\n  jq ${jq} |\n  consul_api -X PUT --data-binary @- ${target}\n`;
};

/** Changes a registration through the agent of the node. Health checks of the service are kept. */
const throughAgent = (service: RegistrationRef, program: string): string | undefined =>
  readChangeWrite(
    `/v1/agent/services${tenancy(service)}`,
    `.[${wellFormedJson(service.id)}] | ${withoutWildcards} | .Name = .Service | del(.Service, .ContentHash, .Datacenter) | ${program}`,
    `/v1/agent/service/register${tenancy(service)}`,
  );

/** Changes a registration in the catalog, where no agent manages the node. */
const throughCatalog = (service: RegistrationRef, program: string): string | undefined => {
  const id = wellFormedJson(service.id);
  return readChangeWrite(
    `/v1/catalog/node-services/${encoded(service.node)}${tenancy(service)}`,
    `{Node: .Node.Node, Address: .Node.Address, SkipNodeUpdate: true, Service: (.Services[] | select(.ID == ${id}) | ${withoutWildcards} | ${program})}`,
    `/v1/catalog/register${tenancy(service)}`,
  );
};

/**
 * Reads the live registration of a service, changes it and writes it back, so that the rest of it is kept.
 *
 * @param program the change, as a jq program over the service
 */
export const changeRegistration = (
  title: string,
  service: RegistrationRef,
  program: string,
): readonly Remediation[] =>
  service.managedBy === 'catalog'
    ? shellRemediation(
        `${title}: change its catalog entry (needs curl and jq)`,
        throughCatalog(service, program),
      )
    : shellRemediation(
        `${title}: change its live registration (on node ${service.node}; needs curl and jq)`,
        throughAgent(service, program),
      );
