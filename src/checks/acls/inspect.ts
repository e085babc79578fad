import { questionText, becauseText, ruleText } from '../../acl/explain';
import { beyondNeed, expiryOf, needsMet } from '../../acl/inspect';
import { botNeeds, gatewayNeed, grantsNeeded, type Need } from '../../acl/needs';
import { unreadableWords } from '../../acl/token';
import type { AclToken as WireToken, ExpandedToken } from '../../consul/wire';
import type { AclCandidates, AclGrant, AclReport, AclToken } from '../../report/acl';
import type { OwnRight, TokenCandidates } from '../../snapshot/acl-sections';
import { rowsOf } from '../../snapshot/section';
import type { Snapshot } from '../../snapshot/snapshot';
import { reasonOf } from '../reason';
import { policyRemedy } from '../remediation/policy';
import { grantRemedy } from './grant-remedy';
import { candidateName, howToName, rightsIn, tokenGone, tokenLabel } from './tokens';

/** The answer of `acl`: tokens one by one, with all that they grant of what is needed and beyond it. */

interface Asked {
  readonly whose: string;
  readonly needs: readonly Need[];
  /** Where the names of new policies come from. */
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
  const expiry = expiryOf(token, Date.parse(takenAt));
  return {
    whose,
    accessor: token.AccessorID,
    description: token.Description,
    linked: linkedTo(token),
    expiry: expiry.state,
    expires: 'at' in expiry ? expiry.at : null,
  };
};

/** Where there is nothing to say of rules. */
const nothing = { management: false, grants: [], remediation: [], beyond: [] } as const;

const inspectOne = (token: ExpandedToken, { whose, needs, name }: Asked, snapshot: Snapshot): AclToken => {
  const first = head(token, whose, snapshot.takenAt);
  const rights = rightsIn(token, snapshot.cluster);
  if (!rights.ok) {
    const reason = unreadableWords(rights.unreadable);
    return { ...first, ...nothing, state: 'unreadable', reason };
  }
  const met = needsMet(rights.rights, needs);
  const lacking = met.filter(({ decision }) => !decision.allowed).map(({ need }) => need);
  return {
    ...first,
    state: 'read',
    reason: '',
    management: rights.isManagement,
    grants: met.map(
      ({ need: { question, why }, decision }): AclGrant => ({
        right: questionText(question),
        allowed: decision.allowed,
        because: becauseText(decision.because),
        why,
      }),
    ),
    remediation:
      lacking.length === 0
        ? []
        : grantRemedy({
            title: 'Grant what is missing',
            name: `${name}-grants`,
            token,
            rights,
            needs: lacking,
          }),
    beyond: beyondNeed(rights.policies, needs).map(({ policy, rule }) => ({
      rule: ruleText(rule),
      policy: policy.name,
    })),
  };
};

/** The bot's own token where it may not read its rules: what Consul says that it may do. */
const ownHidden = (
  token: WireToken,
  reason: string,
  rights: readonly OwnRight[],
  { takenAt }: Snapshot,
): AclToken => {
  const said = botNeeds.flatMap((need) => {
    const { resource, access } = need.question;
    const right = rights.find(({ question }) => question.resource === resource && question.access === access);
    return right ? [{ need, allowed: right.allowed }] : [];
  });
  const rules = said.filter(({ allowed }) => !allowed).map(({ need }) => need.rule);
  const remedy = { title: 'Grant what is missing', name: 'peering-bot-grants', rules };
  return {
    ...head(token, "the bot's own token", takenAt),
    ...nothing,
    state: 'hidden',
    reason,
    grants: said.map(({ need: { question, why }, allowed }) => ({
      right: questionText(question),
      allowed,
      because: 'so Consul says',
      why,
    })),
    remediation:
      rules.length === 0 ? [] : policyRemedy({ ...remedy, attachTo: { accessor: token.AccessorID } }),
  };
};

const ownOf = (snapshot: Snapshot): AclToken[] => {
  const { acl, ownRights } = snapshot.sections;
  if (acl.seen === 'none' || !acl.value.enabled) return [];
  const { own, self, ownUnseen, anonymous } = acl.value;
  const whose = anonymous ? 'the anonymous token, as the bot sends none' : "the bot's own token";
  if (own) return [inspectOne(own, { whose, needs: botNeeds, name: 'peering-bot' }, snapshot)];
  const reason = ownUnseen ? reasonOf(ownUnseen) : 'its rules could not be read';
  return self ? [ownHidden(self, reason, rowsOf(ownRights), snapshot)] : [];
};

const throughGateways = ({ sections: { mesh } }: Snapshot): boolean =>
  rowsOf(mesh).some(({ entry }) => entry.Peering?.PeerThroughMeshGateways === true);

const gatewayNeeds = (gateway: string, snapshot: Snapshot): readonly Need[] =>
  grantsNeeded(throughGateways(snapshot)).map((grant) => gatewayNeed(gateway, grant));

const gatewayTokensOf = (snapshot: Snapshot): AclToken[] =>
  rowsOf(snapshot.sections.gatewayTokens).map((named): AclToken => {
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
      ...nothing,
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
  if (acl.seen === 'none') return [`the ACL system could not be seen: ${reasonOf(acl.missing)}`];
  if (!acl.value.enabled) return ['ACLs are disabled on this cluster: whoever reaches it may do everything'];
  if (gatewayTokens.seen === 'none') {
    return [`the tokens of gateways could not be read: ${reasonOf(gatewayTokens.missing)}`];
  }
  const names = gatewayNames(snapshot);
  if (gatewayTokens.value.length > 0) return [];
  if (names.length === 0) {
    return gateways.seen === 'all' ? [] : [`mesh gateways could not be seen: ${reasonOf(gateways.missing)}`];
  }
  return [
    howToName(names),
    ...(tokenCandidates.seen === 'none'
      ? [`which tokens would do could not be seen: ${reasonOf(tokenCandidates.missing)}`]
      : []),
  ];
};

const reportOf = (
  snapshot: Snapshot,
  part: Pick<AclReport, 'tokens' | 'candidates' | 'notes'>,
): AclReport => {
  const { acl } = snapshot.sections;
  const own = acl.seen === 'none' ? undefined : acl.value.own;
  return {
    schemaVersion: 1,
    cluster: snapshot.cluster.name,
    readAt: snapshot.takenAt,
    enabled: acl.seen === 'none' || acl.value.enabled,
    defaultPolicy: own ? (own.AgentACLDefaultPolicy === 'allow' ? 'allow' : 'deny') : null,
    ...part,
  };
};

/** The bot's own token and those that clusters.yml names for gateways; where it names none, which would do. */
export const inspectCluster = (snapshot: Snapshot): AclReport => {
  const { tokenCandidates, acl } = snapshot.sections;
  const search = tokenCandidates.seen === 'none' ? [] : candidatesOf(tokenCandidates.value);
  const enabled = acl.seen !== 'none' && acl.value.enabled;
  return reportOf(snapshot, {
    tokens: enabled ? [...ownOf(snapshot), ...gatewayTokensOf(snapshot)] : [],
    candidates: enabled ? search : [],
    notes: notesOf(snapshot),
  });
};

/** One token: what it grants of what each gateway of the cluster needs, or the bot where it is the bot's own. */
export const inspectToken = (snapshot: Snapshot, token: ExpandedToken): AclReport => {
  const { acl, gatewayTokens } = snapshot.sections;
  const own = acl.seen === 'none' ? undefined : acl.value.self;
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
  const notes = needs.length > 0 ? [] : ['no mesh gateway is registered, so no grant is needed of it'];
  return reportOf(snapshot, {
    tokens: [inspectOne(token, { whose, needs, name }, snapshot)],
    candidates: [],
    notes,
  });
};

const isSame = (a: Need, b: Need): boolean => questionText(a.question) === questionText(b.question);
