import { evaluate } from '../../acl/evaluate';
import { formatReason, formatQuestion } from '../../acl/explain';
import { type GatewayGrant, gatewayNeed } from '../../acl/needs';
import { grantsAny } from '../../acl/rights';
import { criticalCheckNamesForPeers, isCritical } from '../../snapshot/health';
import { gatewayGrantsNeeded } from '../../snapshot/peers-through-gateways';
import { rowsOf } from '../../snapshot/section';
import type { GatewayInstance } from '../../snapshot/snapshot';
import { type CheckOutcome, defineCheck, type Draft, type Requirement, skip, unknown } from '../define';
import { exampleGatewayToken, gatewayRuleOf, gatewayRules } from '../examples/acl';
import type { SnapshotChanges } from '../examples/healthy';
import { spec } from '../links';
import { reasonOf } from '../reason';
import { grantRemediation, newTokenRemediation } from '../remediation/grant';
import { localModes } from '../mesh-gateways/mode-evidence';
import { restartGatewayRemediation } from '../remediation/restart-gateway';
import type { InputValues } from '../view';
import { gatewayModesView } from '../views/gateway-modes';
import { peersThroughGatewaysView } from '../views/peers-through-gateways';
import { decideOverall, relationsView } from '../views/relations';
import { evaluateCandidates } from './gateway-candidates';
import {
  aclsDisabled,
  decisionEvidence,
  gatewayTokenSubject,
  readRights,
  tokenGone,
  tokenLabel,
} from './tokens';

/** Defines the check of one grant that the token of each mesh gateway needs. */

type GrantInputs = InputValues<
  'acl' | 'gatewayTokens' | 'cluster' | typeof peersThroughGatewaysView,
  'gateways' | 'tokenCandidates' | 'mesh' | typeof relationsView | typeof gatewayModesView
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

/** True where no call to or from a peer goes through a gateway of this cluster. */
const isOffPath = ({ relations, gatewayModes, peersThroughGateways }: GrantInputs): boolean =>
  relations.visibility === 'visible' &&
  relations.value.length > 0 &&
  decideOverall(relations.value, 'exports').is === 'no' &&
  gatewayModes.visibility === 'visible' &&
  localModes(gatewayModes.value).length === 0 &&
  peersThroughGateways.is === 'no';

/**
 * True where gateways of this cluster carry only calls that leave it, in local mode. These need the addresses of the
 * peer's gateways and no instance of this cluster, so that they work without node:read (seen with real traffic on 1.20.1).
 */
const carriesCallsOutAlone = ({ relations, peersThroughGateways }: GrantInputs): boolean =>
  relations.visibility === 'visible' &&
  relations.value.length > 0 &&
  decideOverall(relations.value, 'exports').is === 'no' &&
  peersThroughGateways.is === 'no';

/** Ignores maintenance, which says nothing about the Envoy of a gateway. */
const isDown = (instances: readonly GatewayInstance[]): boolean =>
  instances.length > 0 && instances.every(({ Checks }) => criticalCheckNamesForPeers(Checks).length > 0);

/** True for the one check that reports problems of a token as a whole, so that they are reported once. */
const reportsToken = ({ grant }: GatewayGrantCheck): boolean => grant === 'service-write';

/** Describes a token that does not exist. A running Envoy keeps working, so it is an error only if the gateway is down. */
const goneFinding = (
  token: GrantInputs['gatewayTokens'][number],
  { acl, gateways, mesh }: GrantInputs,
): Draft => {
  const own = rowsOf(gateways).filter(({ Service }) => Service.Service === token.gateway);
  const needs = gatewayGrantsNeeded(mesh).map((one) => gatewayNeed(token.gateway, one));
  return {
    severity: isDown(own) ? 'error' : 'warning',
    subject: gatewayTokenSubject(token.gateway),
    message: `${tokenGone(token)}; a gateway that uses it keeps working until its Envoy restarts${isDown(own) ? `, and no instance of ${token.gateway} passes its health checks` : ''}`,
    evidence: [
      { endpoint: token.endpoint, path: '', value: null },
      ...own
        .filter(({ Checks }) => Checks.some(isCritical))
        .slice(0, 1)
        .map(({ at, Checks }) => ({
          endpoint: at.endpoint,
          path: `${at.path}.Checks`,
          value: Checks.filter(isCritical).map(({ Name, Status }) => ({ Name, Status })),
        })),
    ],
    remediation: [
      ...newTokenRemediation(
        `A new token for ${token.gateway}, to name in the clusters file`,
        `${token.gateway}-gateway`,
        needs,
        acl.policyNames ?? [],
      ),
      ...restartGatewayRemediation(token.gateway, own),
    ],
  };
};

/** Mentions that a gateway is down although the token that is named for it grants all that it needs. */
const otherTokenFinding = (
  token: Extract<ReturnType<typeof readRights>, { ok: true }>['value']['token'],
  instances: readonly GatewayInstance[],
): Draft => ({
  severity: 'info',
  subject: gatewayTokenSubject(token.gateway),
  message: `${tokenLabel(token)} grants everything that ${token.gateway} needs, but no instance of ${token.gateway} passes its health checks: its Envoy may use another token`,
  evidence: instances.slice(0, 1).map(({ at, Checks }) => ({
    endpoint: at.endpoint,
    path: `${at.path}.Checks`,
    value: Checks.filter(isCritical).map(({ Name, Status }) => ({ Name, Status })),
  })),
  remediation: [],
});

const evaluateNamed = (check: GatewayGrantCheck, values: GrantInputs): CheckOutcome => {
  const { grant, fixTitle } = check;
  const { gatewayTokens, cluster, gateways, mesh } = values;
  const unreadable: string[] = [];
  const offPath = isOffPath(values);
  const drafts = gatewayTokens.flatMap((named): Draft[] => {
    const result = readRights(named, cluster);
    if (!result.ok) {
      unreadable.push(result.error);
      return named.token === undefined && reportsToken(check) ? [goneFinding(named, values)] : [];
    }
    const { token, rights } = result.value;
    const own = rowsOf(gateways).filter(({ Service }) => Service.Service === token.gateway);
    const missing = gatewayGrantsNeeded(mesh)
      .map((one) => gatewayNeed(token.gateway, one))
      .filter(({ question }) => !evaluate(rights.rights, question).allowed);
    const need = gatewayNeed(token.gateway, grant);
    const { allowed, because } = evaluate(rights.rights, need.question);
    if (allowed) {
      return reportsToken(check) && missing.length === 0 && isDown(own)
        ? [otherTokenFinding(token, own)]
        : [];
    }
    // A gateway needs only nodes with exported services, and the snapshot does not show all of these.
    const some = grant === 'node-read' && grantsAny(rights.rights, 'node', 'read');
    const needless = grant === 'node-read' && carriesCallsOutAlone(values);
    const aside = offPath
      ? '; no call to or from a peer goes through this gateway'
      : needless
        ? '; calls to peers in local mode work without it'
        : '';
    return [
      {
        severity: offPath || some || needless ? 'warning' : 'error',
        subject: gatewayTokenSubject(token.gateway),
        message: `${tokenLabel(token)} does not grant ${formatQuestion(need.question)}: ${formatReason(because)}; ${need.why}${some ? ' on the other nodes' : ''}${aside}. Once it is granted, restart the Envoy of the gateway`,
        evidence: [decisionEvidence(token.endpoint, token.token, because)],
        remediation: [
          ...grantRemediation({
            title: fixTitle,
            name: `${token.gateway}-gateway`,
            token: token.token,
            rights,
            // All that is missing, in one order: the checks of other grants then offer the same fix.
            needs: missing,
            consulVersion: cluster.consulVersion,
          }),
          ...restartGatewayRemediation(token.gateway, own),
        ],
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
    if (names.length > 0)
      return evaluateCandidates(check.grant, names, tokenCandidates, rowsOf(gateways), acl.policyNames);
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
    optional: ['gateways', 'tokenCandidates', 'mesh', relationsView, gatewayModesView],
    examples: {
      pass: { ...check.exampleChanges },
      fail: {
        ...check.exampleChanges,
        gatewayTokens: [exampleGatewayToken(gatewayRules.replace(gatewayRuleOf[check.grant], ''))],
      },
    },
    evaluate: (values) => evaluateGrant(check, values),
  });
