import type { Gathering } from './gathering';
import { mapConcurrently } from './concurrency';
import { combineSections, hidden, mapSection, rowsOf, sectionOf } from './section';
import type { HiddenReason, Section, ServiceName, WildcardLink } from './snapshot';
import { omitUndefined } from '../omit-undefined';

/**
 * Maximum of services that are kept of a wildcard. The rights of tokens are evaluated for each of them, and a fix may name
 * them all.
 */
const maxLinked = 256;

const tooManyLinked = (gateway: string, count: number): HiddenReason => ({
  kind: 'too-large',
  endpoint: '/v1/catalog/gateway-services',
  message: `Only ${maxLinked} of ${count} services that a wildcard links to ${gateway} are kept`,
});

const readLink = async (
  { reads }: Pick<Gathering, 'reads'>,
  { name: gateway, namespace }: ServiceName,
): Promise<Section<readonly WildcardLink[]>> => {
  const answer = await reads.ask((client, call) =>
    client.gatewayServices(gateway, { ...call, ...omitUndefined({ namespace }) }),
  );
  const endpoint = answer.ok ? answer.meta.endpoint : '';
  // Destinations of service-defaults have no instances, and no wildcard exports them (measured on 1.20.1).
  const linked = mapSection(sectionOf(answer, ['service']), (rows) =>
    rows
      .filter(({ FromWildcard, ServiceKind }) => FromWildcard && ServiceKind !== 'destination')
      .map(({ Service: { Name, Namespace } }) => ({
        name: Name,
        ...omitUndefined({ namespace: Namespace }),
      })),
  );
  const services = rowsOf(linked);
  // A list that is empty because its rows are hidden says nothing about the gateway.
  if (linked.visibility === 'hidden') return linked;
  return combineSections(
    [{ endpoint, gateway, services: services.slice(0, maxLinked) }],
    [linked, ...(services.length > maxLinked ? [hidden(tooManyLinked(gateway, services.length))] : [])],
  );
};

/** Reads which services wildcards link to terminating gateways. Sends nothing where no entry links one. */
export const readWildcardLinks = async (gathering: Gathering): Promise<Section<readonly WildcardLink[]>> => {
  const gateways = await gathering.sections.terminatingGateways();
  const linking = rowsOf(gateways).filter(({ entry }) => entry.Services.some(({ Name }) => Name === '*'));
  const found = await mapConcurrently(linking, ({ entry: { Name, Namespace } }) =>
    readLink(gathering, { name: Name, ...omitUndefined({ namespace: Namespace || undefined }) }),
  );
  return combineSections(found.flatMap(rowsOf), [gateways, ...found]);
};
