import type { Remediation } from '../../report/report';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleSidecarTokens } from '../examples/acl';
import { consulDocs } from '../links';
import type { RegisteredSidecar } from '../model';
import { reasonOf } from '../reason';
import { command, shellRemediation } from '../remediation/shell';
import { startEnvoyCommand } from '../remediation/start-envoy';
import { sidecarSubject } from '../subjects';
import { sidecarProxyAt } from '../traffic/sidecar-location';
import { registeredSidecarsView } from '../views/registered-sidecars';
import { decideOverall, relationsView } from '../views/relations';
import { peerUpstreamsView } from '../views/upstreams';
import { gatewayFitsView } from '../views/gateway-fits';
import { unfitGatewayFinding } from './routed-gateway-tokens';
import { aclsDisabled } from './tokens';

/** Creates a token that grants what a sidecar needs, and starts the sidecar with it. */
const newSidecarToken = ({ id, managedBy, proxy }: RegisteredSidecar): readonly Remediation[] => {
  const service = proxy.DestinationServiceName;
  if (managedBy === 'dataplane') {
    return shellRemediation(
      `On Kubernetes: restart the pods of ${service}, so that they log in to Consul again (the name of the deployment may differ)`,
      command(['kubectl', 'rollout', 'restart', `deployment/${service}`]),
    );
  }
  return [
    ...shellRemediation(
      `Create a token for the sidecar of ${service}`,
      command([
        'consul',
        'acl',
        'token',
        'create',
        '-description',
        `sidecar of ${service}`,
        '-service-identity',
        service,
      ]),
    ),
    ...shellRemediation(
      `Then stop the Envoy of ${id}, set CONSUL_HTTP_TOKEN to the SecretID of the new token, and start Envoy again`,
      // A service may have several sidecars, of which `-sidecar-for` takes none.
      startEnvoyCommand(id),
    ),
  ];
};

export const aclSidecarServiceRead = defineCheck({
  id: 'acl-sidecar-service-read',
  group: 'acls',
  title:
    'Each sidecar that calls a peer, and each gateway that carries such calls, has a token that it could use',
  failureTitle: 'No token fits a sidecar or gateway that carries calls between peers',
  severity: 'warning',
  requirement: { source: 'field', docs: consulDocs('security/acl/acl-rules'), since: '1.14.0' },
  rationale:
    'The token of a sidecar must grant service:write on its own service. That also lets it read imported services. A running sidecar whose token was deleted keeps working until its Envoy restarts. A terminating gateway must be granted service:write on each exported service that it is linked to as well, and node:read; API gateways (mesh:read too) and ingress gateways must be able to read the names that they route to. Without these, they refuse calls and nobody says why. Mesh gateways have checks of their own.',
  inputs: ['acl', 'cluster', registeredSidecarsView, peerUpstreamsView, gatewayFitsView],
  partial: [registeredSidecarsView, peerUpstreamsView, gatewayFitsView],
  optional: ['sidecarTokens', relationsView],
  examples: { pass: {}, fail: { sidecarTokens: exampleSidecarTokens({ writable: [] }) } },
  evaluate({ acl, cluster, sidecarTokens, registeredSidecars, peerUpstreams, gatewayFits, relations }) {
    if (!acl.enabled) return skip(aclsDisabled);
    const imports =
      relations.visibility !== 'hidden' && decideOverall(relations.value, 'imports').is === 'yes';
    const callers = new Map(
      [
        ...peerUpstreams.map(({ sidecar }) => sidecar),
        ...registeredSidecars.filter(({ proxy }) => imports && proxy.Mode === 'transparent'),
      ].map((sidecar) => [sidecar.service, sidecar]),
    );
    const { onPaths, unfit } = gatewayFits;
    if (cluster.enterprise) {
      return skip('tokens of other namespaces are not read, and a sidecar may use one of these');
    }
    if (callers.size + onPaths.length === 0) {
      return skip(
        'no sidecar calls a service of a peer, and no gateway but mesh gateways carries such calls',
      );
    }
    if (sidecarTokens.visibility === 'hidden') return unknown(reasonOf(sidecarTokens.reason));
    const { endpoint, writable, searched, management, unreadable, gateways } = sidecarTokens.value;
    const without = [...callers.values()].filter(
      ({ proxy }) => !writable.includes(proxy.DestinationServiceName),
    );
    if ((without.length > 0 || gatewayFits.isUndecided) && unreadable > 0) {
      return unknown(`the rules of ${unreadable} of ${searched + unreadable} tokens cannot be read`);
    }
    const ofSidecars = without.map((sidecar): Draft => {
      const service = sidecar.proxy.DestinationServiceName;
      return {
        subject: sidecarSubject(sidecar),
        message: `${sidecar.service} has no token that it could use: no token of this cluster grants service:write on ${service} (${searched} checked, ${management} management not counted). If the token of the sidecar was deleted or is that of another service, the sidecar gets no certificate when its Envoy starts`,
        evidence: [
          { endpoint, path: '', value: { searched, management, granting: 0 } },
          evidence(sidecarProxyAt(sidecar, 'DestinationServiceName'), '', service),
        ],
        remediation: newSidecarToken(sidecar),
      };
    });
    if (onPaths.length > 0 && gateways === undefined) {
      return unknown('the tokens of gateways were not searched', ofSidecars);
    }
    const { policyNames = [] } = acl;
    const { consulVersion } = cluster;
    return [
      ...ofSidecars,
      ...unfit.map((one) => unfitGatewayFinding(one, sidecarTokens.value, { consulVersion, policyNames })),
    ];
  },
});
