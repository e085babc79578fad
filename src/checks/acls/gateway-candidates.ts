import type { GatewayCandidates } from '../../acl/find-candidates';
import { formatQuestion } from '../../acl/explain';
import { type GatewayGrant, gatewayNeed, gatewayGrantsFor } from '../../acl/needs';
import type { TokenCandidates } from '../../snapshot/acl-sections';
import type { GatewayInstance, Section } from '../../snapshot/snapshot';
import { type CheckOutcome, type Draft, skip } from '../define';
import { reasonOf } from '../reason';
import { newTokenRemediation } from '../remediation/grant';
import { restartGatewayRemediation } from '../remediation/restart-gateway';
import { candidateName, gatewayTokenSubject, howToName } from './tokens';

/** Writes candidates as the clusters file names them. */
const candidateText = ({ candidates, gateway }: GatewayCandidates): string =>
  candidates
    .slice(0, 3)
    .map((candidate) => {
      const { by, name } = candidateName(candidate);
      const { description } = candidate;
      const note = description === '' ? '' : ` (${description.slice(0, 60)})`;
      return `{ gateway: ${gateway}, ${by}: ${name} }${note}`;
    })
    .join(', ');

const countTokens = (count: number, type = ''): string => `${count} ${type}token${count === 1 ? '' : 's'}`;

const suitableTokens = (rows: TokenCandidates['gateways']): string =>
  rows
    .map((row) => {
      const more = row.found > 3 ? ` and ${row.found - 3} more` : '';
      return `${row.found} of ${countTokens(row.searched)} ${row.found === 1 ? 'has' : 'have'} all grants for ${row.gateway}: ${candidateText(row)}${more}`;
    })
    .join('; ');

/** True for the checks that report a gateway without a suitable token: those of grants that no token has, else the first. */
const reportsFor = (grant: GatewayGrant, { granting }: GatewayCandidates): boolean =>
  granting[grant] === 0 || (grant === 'service-write' && Object.values(granting).every((held) => held > 0));

const noSuitableToken = (
  grant: GatewayGrant,
  row: TokenCandidates['gateways'][number],
  endpoint: string,
  instances: readonly GatewayInstance[],
  policyNames: readonly string[] | undefined = [],
): Draft => {
  const need = gatewayNeed(row.gateway, grant);
  const missing =
    row.granting[grant] === 0 ? formatQuestion(need.question) : 'everything that this gateway needs';
  const needs = gatewayGrantsFor('peering-read' in row.granting).map((one) => gatewayNeed(row.gateway, one));
  return {
    severity: 'warning',
    subject: gatewayTokenSubject(row.gateway),
    message: `${row.gateway} has no suitable token: no token of this cluster grants ${missing} (${countTokens(row.searched)} checked, ${countTokens(row.management, 'management ')} not counted); ${need.why}`,
    evidence: [{ endpoint, path: '', value: { searched: row.searched, granting: { ...row.granting } } }],
    remediation: [
      ...newTokenRemediation(`A token for ${row.gateway}`, `${row.gateway}-gateway`, needs, policyNames),
      ...restartGatewayRemediation(row.gateway, instances),
    ],
  };
};

/** Evaluates a cluster where the clusters file names no token of a gateway. */
export const evaluateCandidates = (
  grant: GatewayGrant,
  names: readonly string[],
  section: Section<TokenCandidates>,
  instances: readonly GatewayInstance[],
  policyNames: readonly string[] | undefined,
): CheckOutcome => {
  const note = `grants of mesh gateways were not checked: the clusters file names no token for ${names.join(', ')}`;
  const how = howToName(names);
  if (section.visibility !== 'visible') {
    return skip(`${how}. Suitable tokens are not visible: ${reasonOf(section.reason)}`, note);
  }
  const { gateways, endpoint } = section.value;
  const unsuited = gateways.filter((row) => row.found === 0 && row.unreadable === 0);
  const drafts = unsuited
    .filter((row) => reportsFor(grant, row))
    .map((row) => noSuitableToken(grant, row, endpoint, instances, policyNames));
  if (drafts.length > 0) return drafts;
  const found = gateways.filter((row) => row.found > 0);
  return skip(found.length === 0 ? how : `${how}. ${suitableTokens(found)}`, note);
};
