import { formatQuestion, formatRule } from '../../acl/explain';
import { dangerousRights, findDangerousGrants } from '../../acl/inspect-token';
import { botNeeds, gatewayNeed, type AclNeed } from '../../acl/needs';
import { globalManagementId } from '../../acl/token';
import type { ExpandedToken } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import type { OwnRight } from '../../snapshot/acl-sections';
import { gatewayGrantsNeeded } from '../../snapshot/peers-through-gateways';
import { failure, type Result, success } from '../../result';
import type { Snapshot } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { exampleGatewayToken, gatewayRules } from '../examples/acl';
import { consulDocs } from '../links';
import { reasonOf } from '../reason';
import { narrowRemediation } from '../remediation/narrow-token';
import { policyRules } from '../remediation/policy';
import {
  aclsDisabled,
  botSubject,
  decisionEvidence,
  gatewayTokenSubject,
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
  /** The rights that it needs. */
  readonly needs: readonly AclNeed[];
  readonly name: string;
}

/** Finds rights that no peering needs; the error says why the rules cannot be read. */
const excessFindings = (inspected: Inspected, cluster: Snapshot['cluster']): Result<readonly Draft[]> => {
  const { token, label, subject, endpoint, needs, name } = inspected;
  const result = rightsIn(token, cluster);
  if (!result.ok) return failure(unreadableReason(label, result.error));
  const grants = findDangerousGrants(result.value.rights);
  const policies = [
    ...grants.map(({ source }) => source.policy.id),
    ...(result.value.isManagement ? [globalManagementId] : []),
  ];
  const management: readonly Evidence[] = result.value.isManagement
    ? [{ endpoint, path: 'ExpandedPolicies', value: 'global-management' }]
    : [];
  if (grants.length === 0 && !result.value.isManagement) return success([]);
  const why = result.value.isManagement
    ? 'is a management token, which grants everything'
    : `grants ${grants.map(({ question, source }) => `${formatQuestion(question)} (${formatRule(source.rule)} in ${source.policy.name})`).join(' and ')}`;
  const finding: Draft = {
    subject,
    message: `${label} ${why}; peering does not need that`,
    evidence: [
      ...management,
      ...grants.map(({ source }) => decisionEvidence(endpoint, token, { by: 'rule', source })),
    ],
    remediation: narrowRemediation({
      token,
      name,
      needs,
      excess: policies,
      consulVersion: cluster.consulVersion,
    }),
  };
  return success([finding]);
};

/** Finds excess rights of the bot in what Consul reports, where its rules cannot be read. */
const ownExcessFindings = (rights: readonly OwnRight[]): Draft[] => {
  const granted = rights.filter(
    ({ question, allowed }) =>
      allowed &&
      dangerousRights.some(
        ({ resource, access }) => question.resource === resource && question.access === access,
      ),
  );
  if (granted.length === 0) return [];
  const rules = policyRules(botNeeds.map(({ rule }) => rule));
  return [
    {
      subject: botSubject,
      message: `${botSubject.name} grants ${granted.map(({ question }) => formatQuestion(question)).join(' and ')}; peering does not need that`,
      evidence: granted.map(({ question }) => ({
        endpoint: '/v1/internal/acl/authorize',
        path: `${question.resource}:${question.access}`,
        value: true,
      })),
      remediation: [{ title: 'Grant only what is needed: all rules', language: 'hcl', code: rules }],
    },
  ];
};

export const aclLeastPrivilege = defineCheck({
  id: 'acl-least-privilege',
  group: 'acls',
  title: 'No token of a gateway or of the bot can manage ACLs or operate the cluster',
  failureTitle: 'A token of a gateway or of the bot can manage ACLs or operate the cluster',
  severity: 'warning',
  requirement: { source: 'field', docs: consulDocs('security/acl/acl-policies'), since: '1.14.0' },
  rationale:
    'A leaked token with these rights gives control of the whole cluster. Peering needs none of them.',
  inputs: ['acl', 'gatewayTokens', 'cluster'],
  optional: ['ownRights', 'mesh'],
  examples: { pass: {}, fail: { gatewayTokens: [exampleGatewayToken(`acl = "write"\n${gatewayRules}`)] } },
  evaluate({ acl, gatewayTokens, cluster, ownRights, mesh }) {
    if (!acl.enabled) return skip(aclsDisabled);
    const grants = gatewayGrantsNeeded(mesh);
    const unreadable: string[] = gatewayTokens.filter(({ token }) => !token).map(tokenGone);
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
                subject: gatewayTokenSubject(named.gateway),
                endpoint: named.endpoint,
                needs: grants.map((grant) => gatewayNeed(named.gateway, grant)),
                name: `${named.gateway}-gateway`,
              },
            ]
          : [],
      ),
    ];
    if (acl.anonymous && gatewayTokens.length === 0) {
      return skip('there is no token to check: the bot sends none, and the clusters file names none');
    }
    const drafts = inspected.flatMap((one) => {
      const result = excessFindings(one, cluster);
      if (result.ok) return result.value;
      unreadable.push(result.error);
      return [];
    });
    // Without `acl:read` the bot cannot read its own rules, so the check uses Consul's answers about single rights.
    if (!acl.own && !acl.anonymous) {
      if (ownRights.visibility === 'hidden') unreadable.push(reasonOf(ownRights.reason));
      else drafts.push(...ownExcessFindings(ownRights.value));
    }
    if (unreadable.length > 0) return unknown(unreadable.join('; '), drafts);
    return drafts;
  },
});
