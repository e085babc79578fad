import { type TokenExpiry, readExpiry } from '../../acl/inspect-token';
import type { AclToken } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { exampleAcl, exampleGatewayToken, gatewayRules } from '../examples/acl';
import { consulDocs } from '../links';
import { command, shellRemediation } from '../remediation/shell';
import { aclsDisabled, botSubject, gatewayTokenSubject, tokenGone, tokenLabel } from './tokens';

interface Inspected {
  readonly token: AclToken;
  readonly label: string;
  readonly subject: Draft['subject'];
  readonly endpoint: string;
}

/** The expiry of a token cannot be changed in Consul: a new token with the same links has to replace it. */
const renewal = (token: AclToken, label: string): readonly Remediation[] => {
  const name = ({ ServiceName, Datacenters }: AclToken['ServiceIdentities'][number]): string =>
    [ServiceName, ...(Datacenters.length > 0 ? [Datacenters.join(',')] : [])].join(':');
  return shellRemediation(
    `Create a token that replaces ${label}, and use its SecretID instead of the old one`,
    command([
      'consul',
      'acl',
      'token',
      'create',
      ...(token.Description === '' ? [] : ['-description', token.Description]),
      ...token.Policies.flatMap(({ ID }) => ['-policy-id', ID]),
      ...token.Roles.flatMap(({ ID }) => ['-role-id', ID]),
      ...token.ServiceIdentities.flatMap((identity) => ['-service-identity', name(identity)]),
      ...token.NodeIdentities.flatMap(({ NodeName, Datacenter }) => [
        '-node-identity',
        `${NodeName}:${Datacenter}`,
      ]),
      ...token.TemplatedPolicies.flatMap(({ TemplateName, TemplateVariables }) => [
        '-templated-policy',
        TemplateName,
        ...(TemplateVariables?.Name ? ['-var', `name:${TemplateVariables.Name}`] : []),
      ]),
      ...(token.Local ? ['-local'] : []),
    ]),
  );
};

const days = (ms: number): string => {
  const hours = Math.floor(Math.abs(ms) / 3_600_000);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
};

const expiryFinding = ({ token, label, subject, endpoint }: Inspected, expiry: TokenExpiry): Draft[] => {
  if (expiry.state !== 'expired' && expiry.state !== 'soon') return [];
  const { at, leftMs } = expiry;
  return [
    {
      severity: expiry.state === 'expired' ? 'error' : 'warning',
      subject,
      message:
        expiry.state === 'expired'
          ? `${label} expired ${days(leftMs)} ago, at ${at}`
          : `${label} expires in ${days(leftMs)}, at ${at}`,
      evidence: [{ endpoint, path: 'ExpirationTime', value: at }],
      remediation: renewal(token, label),
    },
  ];
};

export const aclTokenExpiry = defineCheck({
  id: 'acl-token-expiry',
  group: 'acls',
  title: 'No token of a gateway or of the bot is expired or expires within 7 days',
  failureTitle: 'A token of a gateway or of the bot is expired or expires within 7 days',
  severity: 'error',
  requirement: { source: 'field', docs: consulDocs('security/acl/tokens'), since: '1.14.0' },
  rationale:
    'Consul refuses an expired token and deletes it. A gateway that uses one loses its access to Consul.',
  inputs: ['acl', 'gatewayTokens', 'takenAt'],
  examples: {
    pass: {},
    fail: {
      acl: exampleAcl({ ExpirationTime: '2026-11-26T09:00:00Z' }),
      gatewayTokens: [exampleGatewayToken(gatewayRules, { ExpirationTime: '2026-11-23T14:00:00Z' })],
    },
  },
  evaluate({ acl, gatewayTokens, takenAt }) {
    if (!acl.enabled) return skip(aclsDisabled);
    const named = gatewayTokens.filter(({ by }) => by === 'accessor');
    const inspected: readonly Inspected[] = [
      ...(acl.self && !acl.anonymous
        ? [{ token: acl.self, label: botSubject.name, subject: botSubject, endpoint: '/v1/acl/token/self' }]
        : []),
      ...named.flatMap(({ token, ...rest }) =>
        token
          ? [
              {
                token,
                label: tokenLabel(rest),
                subject: gatewayTokenSubject(rest.gateway),
                endpoint: rest.endpoint,
              },
            ]
          : [],
      ),
    ];
    const atMs = Date.parse(takenAt);
    const drafts = inspected.flatMap((one) => expiryFinding(one, readExpiry(one.token, atMs)));
    const gone = named.filter(({ token }) => token === undefined);
    if (gone.length > 0) return unknown(gone.map(tokenGone).join('; '), drafts);
    if (inspected.length === 0)
      return skip('there is no token to check: the bot sends none, and the clusters file names none');
    return drafts;
  },
});
