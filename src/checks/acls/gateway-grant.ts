import type { GatewayCandidates } from '../../acl/candidates';
import { evaluate } from '../../acl/evaluate';
import { becauseText, questionText } from '../../acl/explain';
import { type GatewayGrant, gatewayNeed, grantsNeeded } from '../../acl/needs';
import type { TokenCandidates } from '../../snapshot/acl-sections';
import { rowsOf } from '../../snapshot/section';
import type { Section } from '../../snapshot/snapshot';
import { type CheckOutcome, defineCheck, type Draft, type Requirement, skip, unknown } from '../define';
import { exampleGatewayToken, gatewayRuleOf, gatewayRules } from '../examples/acl';
import type { SnapshotChanges } from '../examples/healthy';
import { spec } from '../links';
import { reasonOf } from '../reason';
import { grantRemediation, newTokenRemediation } from '../remediation/grant';
import type { InputValues } from '../view';
import { peersThroughGatewaysView } from '../views/peers-through-gateways';
import {
  aclsDisabled,
  candidateName,
  decisionEvidence,
  gatewayTokenSubject,
  howToName,
  readRights,
  tokenLabel,
} from './tokens';

/** Defines the check of one grant that the token of each mesh gateway needs. */

type GrantInputs = InputValues<
  'acl' | 'gatewayTokens' | 'cluster' | typeof peersThroughGatewaysView,
  'gateways' | 'tokenCandidates'
>;

interface GatewayGrantCheck {
  readonly id: string;
  readonly grant: GatewayGrant;
  readonly title: string;
  readonly failureTitle: string;
  readonly source: Requirement['source'];
  readonly rationale: string;
  /** Title of the fix. */
  readonly fixTitle: string;
  /** The grant is needed only where peering traffic goes through mesh gateways. */
  readonly onlyThroughGateways?: boolean;
  /** Differences that both examples need. */
  readonly exampleChanges?: SnapshotChanges;
}

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

/** Picks the check that reports that no token has all grants: that of a grant which no token has, else the first. */
const reportsFor = (grant: GatewayGrant, { granting }: GatewayCandidates): boolean =>
  granting[grant] === 0 || (grant === 'service-write' && Object.values(granting).every((held) => held > 0));

const noSuitableToken = (
  grant: GatewayGrant,
  row: TokenCandidates['gateways'][number],
  endpoint: string,
): Draft => {
  const need = gatewayNeed(row.gateway, grant);
  const missing =
    row.granting[grant] === 0 ? questionText(need.question) : 'everything that this gateway needs';
  const needs = grantsNeeded('peering-read' in row.granting).map((one) => gatewayNeed(row.gateway, one));
  return {
    severity: 'warning',
    subject: gatewayTokenSubject(row.gateway),
    message: `${row.gateway}: none of ${countTokens(row.searched)} in this cluster grants ${missing} (${countTokens(row.management, 'management ')} not counted); ${need.why}`,
    evidence: [{ endpoint, path: '', value: { searched: row.searched, granting: { ...row.granting } } }],
    remediation: newTokenRemediation(`A token for ${row.gateway}`, `${row.gateway}-gateway`, needs),
  };
};

/** Evaluates a cluster for whose gateways the clusters file names no token. */
const evaluateCandidates = (
  grant: GatewayGrant,
  names: readonly string[],
  section: Section<TokenCandidates>,
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
    .map((row) => noSuitableToken(grant, row, endpoint));
  if (drafts.length > 0) return drafts;
  const found = gateways.filter((row) => row.found > 0);
  return skip(found.length === 0 ? how : `${how}. ${suitableTokens(found)}`, note);
};

const evaluateNamed = (
  { grant, fixTitle }: GatewayGrantCheck,
  { gatewayTokens, cluster }: GrantInputs,
): CheckOutcome => {
  const unreadable: string[] = [];
  const drafts = gatewayTokens.flatMap((named): Draft[] => {
    const result = readRights(named, cluster);
    if (!result.ok) {
      unreadable.push(result.error);
      return [];
    }
    const { token, rights } = result.value;
    const need = gatewayNeed(token.gateway, grant);
    const { allowed, because } = evaluate(rights.rights, need.question);
    if (allowed) return [];
    return [
      {
        subject: gatewayTokenSubject(token.gateway),
        message: `${tokenLabel(token)} does not grant ${questionText(need.question)}: ${becauseText(because)}; ${need.why}`,
        evidence: [decisionEvidence(token.endpoint, token.token, because)],
        remediation: grantRemediation({
          title: fixTitle,
          name: `${token.gateway}-${grant}`,
          token: token.token,
          rights,
          needs: [need],
        }),
      },
    ];
  });
  return unreadable.length > 0 ? unknown(unreadable.join('; '), drafts) : drafts;
};

/** Mentions registered gateways without a token in a clusters file that names tokens of other gateways. */
const unnamedGateways = ({ gateways, gatewayTokens }: GrantInputs): Draft[] => {
  const named = new Set(gatewayTokens.map(({ gateway }) => gateway));
  const registered = new Map(rowsOf(gateways).map((instance) => [instance.Service.Service, instance.at]));
  return [...registered]
    .filter(([name]) => !named.has(name))
    .map(([name, at]) => ({
      severity: 'info',
      subject: gatewayTokenSubject(name),
      message: `${name} is registered, but the clusters file names no token for it, so its grants were not checked`,
      evidence: [{ endpoint: at.endpoint, path: at.path, value: name }],
      remediation: [],
    }));
};

const evaluateGrant = (check: GatewayGrantCheck, values: GrantInputs): CheckOutcome => {
  const { acl, gateways, gatewayTokens, tokenCandidates, peersThroughGateways } = values;
  if (!acl.enabled) return skip(aclsDisabled);
  if (check.onlyThroughGateways) {
    if (peersThroughGateways.is === 'no') return skip(peersThroughGateways.why);
    if (peersThroughGateways.is === 'unknown') return unknown(peersThroughGateways.why);
  }
  if (gatewayTokens.length === 0) {
    const names = [...new Set(rowsOf(gateways).map(({ Service }) => Service.Service))].sort();
    if (names.length > 0) return evaluateCandidates(check.grant, names, tokenCandidates);
    return gateways.visibility === 'visible'
      ? skip('no mesh gateway is registered, and the clusters file names no token of one')
      : unknown(reasonOf(gateways.reason));
  }
  const outcome = evaluateNamed(check, values);
  if ('skip' in outcome) return outcome;
  return 'unknown' in outcome
    ? unknown(outcome.unknown, [...(outcome.findings ?? []), ...unnamedGateways(values)])
    : [...outcome, ...unnamedGateways(values)];
};

export const defineGatewayGrant = (check: GatewayGrantCheck) =>
  defineCheck({
    id: check.id,
    group: 'acls',
    title: check.title,
    failureTitle: check.failureTitle,
    severity: 'error',
    requirement: { source: check.source, docs: spec('acl-requirements'), since: '1.14.0' },
    rationale: check.rationale,
    inputs: ['acl', 'gatewayTokens', peersThroughGatewaysView, 'cluster'],
    optional: ['gateways', 'tokenCandidates'],
    examples: {
      pass: { ...check.exampleChanges },
      fail: {
        ...check.exampleChanges,
        gatewayTokens: [exampleGatewayToken(gatewayRules.replace(gatewayRuleOf[check.grant], ''))],
      },
    },
    evaluate: (values) => evaluateGrant(check, values),
  });
