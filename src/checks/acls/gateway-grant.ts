import type { GatewayCandidates } from '../../acl/candidates';
import { evaluate } from '../../acl/evaluate';
import { becauseText, questionText } from '../../acl/explain';
import { type GatewayGrant, gatewayNeed, grantsNeeded } from '../../acl/needs';
import type { TokenCandidates } from '../../snapshot/acl-sections';
import { rowsOf } from '../../snapshot/section';
import type { Section } from '../../snapshot/snapshot';
import { type Draft, type Outcome, type Reads, skip, unknown } from '../define';
import { reasonOf } from '../reason';
import { grantRemedy, newTokenRemedy } from './grant-remedy';
import {
  aclsDisabled,
  candidateName,
  decisionEvidence,
  gatewaySubject,
  howToName,
  judge,
  tokenLabel,
} from './tokens';

/** One grant that the token of each mesh gateway must hold: what the checks of this group share. */

export type GrantViews = Reads<'acl' | 'gatewayTokens' | 'cluster', 'gateways' | 'tokenCandidates'>;

const titles: Readonly<Record<GatewayGrant, string>> = {
  'service-write': 'Let the gateway register itself',
  'service-read': 'Let the gateway read all services',
  'mesh-write': 'Let the gateway terminate TLS',
  'peering-read': 'Let the gateway carry peering traffic',
};

/** What candidates would be written as in the clusters file. */
const candidateText = ({ candidates, gateway }: GatewayCandidates): string =>
  candidates
    .slice(0, 3)
    .map((candidate) => {
      const { by, name } = candidateName(candidate);
      const { description } = candidate;
      const said = description === '' ? '' : ` (${description.slice(0, 60)})`;
      return `{ gateway: ${gateway}, ${by}: ${name} }${said}`;
    })
    .join(', ');

const tokens = (count: number, what = ''): string => `${count} ${what}token${count === 1 ? '' : 's'}`;

const wouldDo = (rows: TokenCandidates['gateways']): string =>
  rows
    .map((row) => {
      const more = row.found > 3 ? ` and ${row.found - 3} more` : '';
      return `${row.found} of ${tokens(row.searched)} would do for ${row.gateway}: ${candidateText(row)}${more}`;
    })
    .join('; ');

/** The check under which it is said that no token does, once: a grant that none holds, else the first. */
const speaksFor = (grant: GatewayGrant, { granting }: GatewayCandidates): boolean =>
  granting[grant] === 0 || (grant === 'service-write' && Object.values(granting).every((held) => held > 0));

const noneWouldDo = (
  grant: GatewayGrant,
  row: TokenCandidates['gateways'][number],
  endpoint: string,
): Draft => {
  const need = gatewayNeed(row.gateway, grant);
  const held = row.granting[grant] === 0 ? questionText(need.question) : 'all that it needs';
  const needs = grantsNeeded('peering-read' in row.granting).map((one) => gatewayNeed(row.gateway, one));
  return {
    severity: 'warning',
    subject: gatewaySubject(row.gateway),
    message: `${row.gateway}: none of ${tokens(row.searched)} of this cluster grants ${held} (${tokens(row.management, 'management ')} left out); ${need.why}`,
    evidence: [{ endpoint, path: '', value: { searched: row.searched, granting: { ...row.granting } } }],
    remediation: newTokenRemedy(`A token for ${row.gateway}`, `${row.gateway}-gateway`, needs),
  };
};

/** Nobody said which tokens the gateways use. */
const withoutNamed = (
  grant: GatewayGrant,
  names: readonly string[],
  section: Section<TokenCandidates>,
): Outcome => {
  const note = `grants of mesh gateways were not checked, as the clusters file names no token for ${names.join(', ')}`;
  const how = howToName(names);
  if (section.seen !== 'all') {
    return skip(`${how}. Which tokens would do could not be seen: ${reasonOf(section.missing)}`, note);
  }
  const { gateways, endpoint } = section.value;
  const without = gateways.filter((row) => row.found === 0 && row.unreadable === 0);
  const drafts = without
    .filter((row) => speaksFor(grant, row))
    .map((row) => noneWouldDo(grant, row, endpoint));
  if (drafts.length > 0) return drafts;
  const found = gateways.filter((row) => row.found > 0);
  return skip(found.length === 0 ? how : `${how}. ${wouldDo(found)}`, note);
};

const lacking = (grant: GatewayGrant, { gatewayTokens, cluster }: GrantViews): Outcome => {
  const blind: string[] = [];
  const drafts = gatewayTokens.flatMap((named): Draft[] => {
    const judged = judge(named, cluster);
    if ('blind' in judged) {
      blind.push(judged.blind);
      return [];
    }
    const { token, rights } = judged;
    const need = gatewayNeed(token.gateway, grant);
    const { allowed, because } = evaluate(rights.rights, need.question);
    if (allowed) return [];
    return [
      {
        subject: gatewaySubject(token.gateway),
        message: `${tokenLabel(token)} does not grant ${questionText(need.question)}: ${becauseText(because)}; ${need.why}`,
        evidence: [decisionEvidence(token.endpoint, token.token, because)],
        remediation: grantRemedy({
          title: titles[grant],
          name: `${token.gateway}-${grant}`,
          token: token.token,
          rights,
          needs: [need],
        }),
      },
    ];
  });
  return blind.length > 0 ? unknown(blind.join('; '), drafts) : drafts;
};

/** Gateways that are registered while clusters.yml names tokens of others only. */
const unnamed = ({ gateways, gatewayTokens }: GrantViews): Draft[] => {
  const named = new Set(gatewayTokens.map(({ gateway }) => gateway));
  const seen = new Map(rowsOf(gateways).map((instance) => [instance.Service.Service, instance.at]));
  return [...seen]
    .filter(([name]) => !named.has(name))
    .map(([name, at]) => ({
      severity: 'info',
      subject: gatewaySubject(name),
      message: `${name} is registered, and the clusters file names no token for it, so its grants were not checked`,
      evidence: [{ endpoint: at.endpoint, path: at.path, value: name }],
      remediation: [],
    }));
};

/** The outcome of the check of one grant. */
export const judgeGrant = (grant: GatewayGrant, views: GrantViews): Outcome => {
  const { acl, gateways, gatewayTokens, tokenCandidates } = views;
  if (!acl.enabled) return skip(aclsDisabled);
  if (gatewayTokens.length === 0) {
    const names = [...new Set(rowsOf(gateways).map(({ Service }) => Service.Service))].sort();
    if (names.length > 0) return withoutNamed(grant, names, tokenCandidates);
    return gateways.seen === 'all'
      ? skip('no mesh gateway is registered, and the clusters file names no token of one')
      : unknown(reasonOf(gateways.missing));
  }
  const found = lacking(grant, views);
  if ('skip' in found) return found;
  return 'unknown' in found
    ? unknown(found.unknown, [...(found.findings ?? []), ...unnamed(views)])
    : [...found, ...unnamed(views)];
};
