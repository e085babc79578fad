import { formatQuestion, formatReason, formatRule } from '../../acl/explain';
import { findExcessRules, readExpiry, evaluateNeeds } from '../../acl/inspect-token';
import { botNeeds, gatewayNeed, type AclNeed } from '../../acl/needs';
import { formatUnreadable } from '../../acl/token';
import type { AclToken as WireToken, ExpandedToken } from '../../consul/wire';
import type { AclCandidates, AclGrant, AclReport, AclTokenReport } from '../../report/acl';
import type { OwnRight, TokenCandidates } from '../../snapshot/acl-sections';
import { gatewayGrantsNeeded } from '../../snapshot/peers-through-gateways';
import { rowsOf } from '../../snapshot/section';
import type { Snapshot } from '../../snapshot/snapshot';
import { reasonOf } from '../reason';
import { policyRemediation } from '../remediation/policy';
import { grantRemediation } from '../remediation/grant';
import { candidateName, howToName, rightsIn, tokenGone, tokenLabel } from './tokens';

/** Builds the report of `acl`: for each token the needed rights, granted or missing, and the rights beyond them. */

interface TokenPurpose {
  readonly whose: string;
  readonly needs: readonly AclNeed[];
  /** Base of the names of new policies. */
  readonly name: string;
}

const linkedTo = (token: WireToken): string[] => [
  ...token.Policies.map(({ Name }) => `policy ${Name}`),
  ...token.Roles.map(({ Name }) => `role ${Name}`),
  ...token.ServiceIdentities.map(({ ServiceName }) => `service identity ${ServiceName}`),
  ...token.NodeIdentities.map(({ NodeName }) => `node identity ${NodeName}`),
  ...token.TemplatedPolicies.map(({ TemplateName }) => `templated policy ${TemplateName}`),
];

const head = (token: WireToken, whose: string, takenAt: string) => {
  const expiry = readExpiry(token, Date.parse(takenAt));
  return {
    whose,
    accessor: token.AccessorID,
    description: token.Description,
    linked: linkedTo(token),
    expiry: expiry.state,
    expires: 'at' in expiry ? expiry.at : null,
  };
};

/** The fields about rules of a token whose rules are not known. */
const noRules = { management: false, grants: [], remediation: [], beyond: [] } as const;

const inspectOne = (
  token: ExpandedToken,
  { whose, needs, name }: TokenPurpose,
  snapshot: Snapshot,
): AclTokenReport => {
  const first = head(token, whose, snapshot.takenAt);
  const result = rightsIn(token, snapshot.cluster);
  if (!result.ok) {
    const reason = formatUnreadable(result.error);
    return { ...first, ...noRules, state: 'unreadable', reason };
  }
  const rights = result.value;
  const met = evaluateNeeds(rights.rights, needs);
  const missing = met.filter(({ decision }) => !decision.allowed).map(({ need }) => need);
  return {
    ...first,
    state: 'read',
    reason: '',
    management: rights.isManagement,
    grants: met.map(
      ({ need: { question, why }, decision }): AclGrant => ({
        right: formatQuestion(question),
        allowed: decision.allowed,
        because: formatReason(decision.because),
        why,
      }),
    ),
    remediation:
      missing.length === 0
        ? []
        : grantRemediation({
            title: 'Grant what is missing',
            name: `${name}-grants`,
            token,
            rights,
            needs: missing,
            consulVersion: snapshot.cluster.consulVersion,
          }),
    beyond: findExcessRules(rights.policies, needs).map(({ policy, rule }) => ({
      rule: formatRule(rule),
      policy: policy.name,
    })),
  };
};

/** Reports the bot's own token by what Consul says of single rights, where it may not read its rules. */
const ownHidden = (
  token: WireToken,
  reason: string,
  rights: readonly OwnRight[],
  { takenAt, cluster: { consulVersion } }: Snapshot,
): AclTokenReport => {
  const answers = botNeeds.flatMap((need) => {
    const { resource, access } = need.question;
    const right = rights.find(({ question }) => question.resource === resource && question.access === access);
    return right ? [{ need, allowed: right.allowed }] : [];
  });
  const rules = answers.filter(({ allowed }) => !allowed).map(({ need }) => need.rule);
  const fix = { title: 'Grant what is missing', name: 'peering-bot-grants', rules };
  return {
    ...head(token, "the bot's own token", takenAt),
    ...noRules,
    state: 'hidden',
    reason,
    grants: answers.map(({ need: { question, why }, allowed }) => ({
      right: formatQuestion(question),
      allowed,
      because: 'reported by Consul',
      why,
    })),
    remediation: rules.length === 0 ? [] : policyRemediation({ ...fix, attachTo: { token }, consulVersion }),
  };
};

const ownOf = (snapshot: Snapshot): AclTokenReport[] => {
  const { acl, ownRights } = snapshot.sections;
  if (acl.visibility === 'hidden' || !acl.value.enabled) return [];
  const { own, self, ownUnseen, anonymous } = acl.value;
  const whose = anonymous ? 'the anonymous token, because the bot sends none' : "the bot's own token";
  if (own) return [inspectOne(own, { whose, needs: botNeeds, name: 'peering-bot' }, snapshot)];
  const reason = ownUnseen ? reasonOf(ownUnseen) : 'its rules could not be read';
  return self ? [ownHidden(self, reason, rowsOf(ownRights), snapshot)] : [];
};

const gatewayNeeds = (gateway: string, snapshot: Snapshot): readonly AclNeed[] =>
  gatewayGrantsNeeded(snapshot.sections.mesh).map((grant) => gatewayNeed(gateway, grant));

const gatewayTokensOf = (snapshot: Snapshot): AclTokenReport[] =>
  rowsOf(snapshot.sections.gatewayTokens).map((named): AclTokenReport => {
    const { token, gateway } = named;
    const whose = tokenLabel(named);
    if (token)
      return inspectOne(token, { whose, needs: gatewayNeeds(gateway, snapshot), name: gateway }, snapshot);
    return {
      whose,
      accessor: named.by === 'accessor' ? named.name : '',
      description: '',
      linked: [],
      state: 'gone',
      reason: tokenGone(named),
      expiry: 'never',
      expires: null,
      ...noRules,
    };
  });

const candidatesOf = ({ gateways }: TokenCandidates): AclCandidates[] =>
  gateways.map(({ gateway, candidates, found, searched, management }) => ({
    gateway,
    tokens: candidates.slice(0, 5).map((candidate) => {
      const { description } = candidate;
      return { ...candidateName(candidate), description };
    }),
    found,
    searched,
    management,
  }));

const gatewayNames = ({ sections: { gateways } }: Snapshot): readonly string[] =>
  [...new Set(rowsOf(gateways).map(({ Service }) => Service.Service))].sort();

const notesOf = (snapshot: Snapshot): string[] => {
  const { acl, gateways, gatewayTokens, tokenCandidates } = snapshot.sections;
  if (acl.visibility === 'hidden') return [`the ACL system is not visible: ${reasonOf(acl.reason)}`];
  if (!acl.value.enabled) return ['ACLs are disabled on this cluster: every client can do everything'];
  if (gatewayTokens.visibility === 'hidden') {
    return [`the tokens of gateways are not visible: ${reasonOf(gatewayTokens.reason)}`];
  }
  const names = gatewayNames(snapshot);
  if (gatewayTokens.value.length > 0) return [];
  if (names.length === 0) {
    return gateways.visibility === 'visible'
      ? []
      : [`mesh gateways are not visible: ${reasonOf(gateways.reason)}`];
  }
  return [
    howToName(names),
    ...(tokenCandidates.visibility === 'hidden'
      ? [`suitable tokens are not visible: ${reasonOf(tokenCandidates.reason)}`]
      : []),
  ];
};

const reportOf = (
  snapshot: Snapshot,
  part: Pick<AclReport, 'tokens' | 'candidates' | 'notes'>,
): AclReport => {
  const { acl } = snapshot.sections;
  const own = acl.visibility === 'hidden' ? undefined : acl.value.own;
  return {
    schemaVersion: 1,
    cluster: snapshot.cluster.name,
    readAt: snapshot.takenAt,
    enabled: acl.visibility === 'hidden' || acl.value.enabled,
    defaultPolicy: own ? (own.AgentACLDefaultPolicy === 'allow' ? 'allow' : 'deny') : null,
    ...part,
  };
};

/** Inspects the bot's own token and those that clusters.yml names for gateways, or finds suitable ones where it names none. */
export const inspectCluster = (snapshot: Snapshot): AclReport => {
  const { tokenCandidates, acl } = snapshot.sections;
  const search = tokenCandidates.visibility === 'hidden' ? [] : candidatesOf(tokenCandidates.value);
  const enabled = acl.visibility !== 'hidden' && acl.value.enabled;
  return reportOf(snapshot, {
    tokens: enabled ? [...ownOf(snapshot), ...gatewayTokensOf(snapshot)] : [],
    candidates: enabled ? search : [],
    notes: notesOf(snapshot),
  });
};

/** Inspects one token: against the needs of the gateways of the cluster, or of the bot if it is the bot's own. */
export const inspectToken = (snapshot: Snapshot, token: ExpandedToken): AclReport => {
  const { acl, gatewayTokens } = snapshot.sections;
  const own = acl.visibility === 'hidden' ? undefined : acl.value.self;
  const named = rowsOf(gatewayTokens).filter((row) => row.token?.AccessorID === token.AccessorID);
  const gateways = named.length > 0 ? named.map(({ gateway }) => gateway) : gatewayNames(snapshot);
  const isOwn = own?.AccessorID === token.AccessorID;
  const needs = isOwn
    ? botNeeds
    : gateways
        .flatMap((gateway) => gatewayNeeds(gateway, snapshot))
        .filter((need, at, all) => all.findIndex((one) => isSame(one, need)) === at);
  const whose = isOwn
    ? "the bot's own token"
    : named.length > 0
      ? `the token of ${gateways.join(', ')}`
      : 'this token';
  const name = isOwn ? 'peering-bot' : (gateways[0] ?? 'mesh-gateway');
  const notes = needs.length > 0 ? [] : ['no mesh gateway is registered, so this token needs no grants'];
  return reportOf(snapshot, {
    tokens: [inspectOne(token, { whose, needs, name }, snapshot)],
    candidates: [],
    notes,
  });
};

const isSame = (a: AclNeed, b: AclNeed): boolean => formatQuestion(a.question) === formatQuestion(b.question);
