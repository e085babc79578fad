import type { GatewayWriter } from '../../acl/find-gateway-tokens';
import { ownNeed, routedGatewayNeeds, type RoutedGatewayKind } from '../../acl/needs';
import type { Remediation } from '../../report/report';
import type { SidecarTokens } from '../../snapshot/acl-sections';
import type { Draft } from '../define';
import { newTokenRemediation } from '../remediation/grant';
import { freshPolicyName, type PolicyHolder, policyRemediation, policyRules } from '../remediation/policy';
import { restartPods } from '../remediation/restart-gateway';
import { shellRemediation } from '../remediation/shell';
import { startEnvoyCommand } from '../remediation/start-envoy';
import { entrySubject } from '../subjects';
import type { UnfitGateway } from '../views/gateway-fits';

/** Maximum instances with commands of their own. */
const maxInstances = 3;

/**
 * Starts the Envoys of a gateway again: a running one keeps what it got before. They are named by their ids, as an agent
 * may have several gateways of a kind, of which `-gateway` takes none. An id that is not given is the name of the service.
 */
const startAgain = ({ kind, gateway, instances }: UnfitGateway, secretId: string): readonly Remediation[] => {
  const known = instances.slice(0, maxInstances).map(({ id, node }) => ({ id, where: ` (on node ${node})` }));
  const started = known.length > 0 ? known : [{ id: gateway, where: ' (its id may differ)' }];
  return [
    ...started.flatMap(({ id, where }) =>
      shellRemediation(
        `Then stop the Envoy of ${id}, set CONSUL_HTTP_TOKEN to the SecretID of ${secretId}, and start it again${where}`,
        startEnvoyCommand(id),
      ),
    ),
    ...restartPods(kind, 'its namespace may differ'),
  ];
};

/** The token or role that gets a further policy: a token that a login created does not last. */
const holderOf = ({ token, roleId }: GatewayWriter): PolicyHolder | undefined => {
  if (token.AuthMethod === '') return { token };
  return roleId === undefined ? undefined : { roleId };
};

const tokenName = ({ token }: GatewayWriter): string =>
  token.AuthMethod === '' ? `the token ${token.AccessorID}` : 'a token of that role';

interface Cluster {
  readonly consulVersion: string;
  readonly policyNames: readonly string[];
}

/** Maximum services, and rules, in a message. */
const maxNamed = 5;

const firstOf = (services: readonly string[]): string => {
  const more = services.length > maxNamed ? ` and ${services.length - maxNamed} more` : '';
  return `${services.slice(0, maxNamed).join(', ')}${more}`;
};

const fitRemediation = (unfit: UnfitGateway, { consulVersion, policyNames }: Cluster) => {
  const { kind, gateway, services, nearest, lacks } = unfit;
  const holder = nearest?.isExtensible ? holderOf(nearest) : undefined;
  const name = `${gateway}-gateway`;
  if (nearest && holder) {
    return [
      ...policyRemediation({
        title: `Let ${gateway} carry calls of ${firstOf(services)}`,
        name: freshPolicyName(name, holder, policyNames),
        rules: lacks,
        attachTo: holder,
        consulVersion,
      }),
      ...startAgain(unfit, tokenName(nearest)),
    ];
  }
  // One need for each rule: several are met by the same.
  const needs = new Map(
    [ownNeed(gateway), ...routedGatewayNeeds(kind, services)].map((need) => [
      JSON.stringify(need.rule),
      need,
    ]),
  );
  return [
    ...newTokenRemediation(`A token for ${gateway}`, name, [...needs.values()], policyNames),
    ...startAgain(unfit, 'the new token'),
  ];
};

const effect: Readonly<Record<RoutedGatewayKind, (services: string) => string>> = {
  'api-gateway': (services) => `its listeners do not serve calls to ${services}`,
  'ingress-gateway': (services) => `its listeners do not serve calls to ${services}`,
  'terminating-gateway': (services) =>
    `calls of peers that end at ${services} are refused, and neither side says why`,
};

const tokenWords = ({ token, description }: GatewayWriter): string =>
  `accessor ${token.AccessorID}${description === '' ? '' : `, ${description.slice(0, 60)}`}`;

/** Describes a gateway whose token cannot be among those of the cluster, or lacks a right. */
export const unfitGatewayFinding = (
  unfit: UnfitGateway,
  { endpoint, searched, management }: SidecarTokens,
  cluster: Cluster,
): Draft => {
  const { kind, gateway, services, nearest, lacks } = unfit;
  const shown = policyRules(lacks.slice(0, maxNamed))
    .trim()
    .replaceAll(/\s*\n\s*/gu, ' ');
  const rules = lacks.length > maxNamed ? `${shown} and ${lacks.length - maxNamed} more rules` : shown;
  const why = nearest
    ? `the nearest (${tokenWords(nearest)}) lacks ${rules}`
    : `none grants service:write on ${gateway}`;
  const named = firstOf(services);
  return {
    subject: entrySubject({ Kind: kind, Name: gateway }),
    message: `${gateway} has no token that it could use: of the tokens of this cluster, ${why} (${searched} checked, ${management} management not counted). Without these rights ${effect[kind](named)} once its Envoy starts, unless it uses a management token`,
    evidence: [{ endpoint, path: '', value: { searched, management, granting: 0 } }, unfit.evidence],
    remediation: fitRemediation(unfit, cluster),
  };
};
