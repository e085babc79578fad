import { questionText, ruleText } from '../../acl/explain';
import { dangerous, dangerousGrants } from '../../acl/inspect';
import { botNeeds, gatewayNeed, grantsNeeded, type Need } from '../../acl/needs';
import { globalManagementId } from '../../acl/token';
import type { ExpandedToken } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import type { OwnRight } from '../../snapshot/acl-sections';
import type { Snapshot } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { exampleCluster } from '../examples';
import { consulDocs } from '../links';
import { reasonOf } from '../reason';
import { policyRules } from '../remediation/policy';
import { exampleAcl, exampleGatewayToken, exampleRights, gatewayRules } from './examples';
import { narrowRemedy } from './narrow-remedy';
import {
  aclsDisabled,
  botSubject,
  decisionEvidence,
  gatewaySubject,
  rightsIn,
  tokenGone,
  tokenLabel,
  unreadableReason,
} from './tokens';

interface Inspected {
  readonly token: ExpandedToken;
  readonly label: string;
  readonly subject: Draft['subject'];
  readonly endpoint: string;
  /** What it is there for. */
  readonly needs: readonly Need[];
  readonly name: string;
}

const excess = (inspected: Inspected, cluster: Snapshot['cluster']): Draft[] | { readonly blind: string } => {
  const { token, label, subject, endpoint, needs, name } = inspected;
  const result = rightsIn(token, cluster);
  if (!result.ok) return { blind: unreadableReason(label, result.unreadable) };
  const grants = dangerousGrants(result.rights);
  const policies = [
    ...grants.map(({ source }) => source.policy.id),
    ...(result.isManagement ? [globalManagementId] : []),
  ];
  const management: readonly Evidence[] = result.isManagement
    ? [{ endpoint, path: 'ExpandedPolicies', value: 'global-management' }]
    : [];
  if (grants.length === 0 && !result.isManagement) return [];
  const why = result.isManagement
    ? 'is a management token, which may do everything'
    : `grants ${grants.map(({ question, source }) => `${questionText(question)} (${ruleText(source.rule)} in ${source.policy.name})`).join(' and ')}`;
  return [
    {
      subject,
      message: `${label} ${why}; nothing in peering needs that`,
      evidence: [
        ...management,
        ...grants.map(({ source }) => decisionEvidence(endpoint, token, { by: 'rule', source })),
      ],
      remediation: narrowRemedy({ token, name, needs, excess: policies }),
    },
  ];
};

/** What Consul says that the bot may do, where its rules cannot be read. */
const ownExcess = (rights: readonly OwnRight[]): Draft[] => {
  const granted = rights.filter(
    ({ question, allowed }) =>
      allowed &&
      dangerous.some(({ resource, access }) => question.resource === resource && question.access === access),
  );
  if (granted.length === 0) return [];
  const rules = policyRules(botNeeds.map(({ rule }) => rule));
  return [
    {
      subject: botSubject,
      message: `${botSubject.name} grants ${granted.map(({ question }) => questionText(question)).join(' and ')}; nothing in peering needs that`,
      evidence: granted.map(({ question }) => ({
        endpoint: '/v1/internal/acl/authorize',
        path: `${question.resource}:${question.access}`,
        value: true,
      })),
      remediation: [{ title: 'Grant what is needed and no more: all rules', language: 'hcl', code: rules }],
    },
  ];
};

export const aclLeastPrivilege = defineCheck({
  id: 'acl-least-privilege',
  group: 'acls',
  title: 'No token of a gateway or of the bot may manage ACLs or operate the cluster',
  severity: 'warning',
  requirement: { source: 'field', docs: consulDocs('security/acl/acl-policies'), since: '1.14.0' },
  rationale: 'Whoever gets hold of such a token holds the whole cluster. Peering needs none of that.',
  inputs: ['acl', 'gatewayTokens', 'cluster'],
  optional: ['ownRights', 'mesh'],
  examples: {
    pass: {
      acl: exampleAcl(),
      gatewayTokens: [exampleGatewayToken(gatewayRules)],
      cluster: exampleCluster,
      ownRights: { seen: 'all', value: exampleRights() },
      mesh: { seen: 'all', value: [] },
    },
    fail: {
      acl: exampleAcl(),
      gatewayTokens: [exampleGatewayToken(`acl = "write"\n${gatewayRules}`)],
      cluster: exampleCluster,
      ownRights: { seen: 'all', value: exampleRights() },
      mesh: { seen: 'all', value: [] },
    },
  },
  evaluate({ acl, gatewayTokens, cluster, ownRights, mesh }) {
    if (!acl.enabled) return skip(aclsDisabled);
    const through =
      mesh.seen === 'none' || mesh.value.some(({ entry }) => entry.Peering?.PeerThroughMeshGateways === true);
    const blind: string[] = gatewayTokens.filter(({ token }) => !token).map(tokenGone);
    const inspected: readonly Inspected[] = [
      ...(acl.own && !acl.anonymous
        ? [
            {
              token: acl.own,
              label: botSubject.name,
              subject: botSubject,
              endpoint: `/v1/acl/token/${acl.own.AccessorID}?expanded=true`,
              needs: botNeeds,
              name: 'peering-bot-read',
            },
          ]
        : []),
      ...gatewayTokens.flatMap(({ token, ...named }) =>
        token
          ? [
              {
                token,
                label: tokenLabel(named),
                subject: gatewaySubject(named.gateway),
                endpoint: named.endpoint,
                needs: grantsNeeded(through).map((grant) => gatewayNeed(named.gateway, grant)),
                name: `${named.gateway}-gateway`,
              },
            ]
          : [],
      ),
    ];
    if (acl.anonymous && gatewayTokens.length === 0) {
      return skip('no token is inspected: the bot sends none, and the clusters file names none');
    }
    const drafts = inspected.flatMap((one) => {
      const found = excess(one, cluster);
      if (!('blind' in found)) return found;
      blind.push(found.blind);
      return [];
    });
    // Without `acl:read` the bot cannot read its own rules, and Consul's word on what it may do has to do.
    if (!acl.own && !acl.anonymous) {
      if (ownRights.seen === 'none') blind.push(reasonOf(ownRights.missing));
      else drafts.push(...ownExcess(ownRights.value));
    }
    if (blind.length > 0) return unknown(blind.join('; '), drafts);
    return drafts;
  },
});
