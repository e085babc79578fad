import { canReadAll, evaluate } from '../../acl/evaluate';
import { formatQuestion } from '../../acl/explain';
import { botNeeds, type AclNeed } from '../../acl/needs';
import { rowsOf } from '../../snapshot/section';
import { defineCheck, skip, unknown } from '../define';
import { exampleAclWithoutRules, exampleRights } from '../examples/acl';
import { consulDocs } from '../links';
import { reasonOf } from '../reason';
import { grantRemediation, newTokenRemediation } from '../remediation/grant';
import { freshPolicyName, policyRemediation } from '../remediation/policy';
import { aclsDisabled, botSubject, rightsIn } from './tokens';

const readOf = ({ question }: AclNeed): string => formatQuestion(question);

export const aclBotToken = defineCheck({
  id: 'acl-bot-token',
  group: 'acls',
  title: "The bot's own token grants everything that the checks read",
  failureTitle: "The bot's own token does not grant everything that the checks read",
  severity: 'info',
  requirement: { source: 'field', docs: consulDocs('security/acl/acl-rules'), since: '1.14.0' },
  rationale:
    'Checks that need a right that the token does not grant are unknown: they neither pass nor fail.',
  inputs: ['acl', 'cluster'],
  optional: ['ownRights'],
  examples: {
    pass: {},
    fail: { acl: exampleAclWithoutRules(), ownRights: exampleRights('acl', 'peering') },
  },
  evaluate({ acl, cluster, ownRights }) {
    if (!acl.enabled) return skip(aclsDisabled);
    const own = acl.own && rightsIn(acl.own, cluster);
    const reported = rowsOf(ownRights);
    if (!own?.ok && ownRights.visibility === 'hidden') return unknown(reasonOf(ownRights.reason));
    const isGranted = ({ question }: AclNeed): boolean => {
      if (own?.ok) {
        return question.all
          ? canReadAll(own.value.rights, question.resource)
          : evaluate(own.value.rights, question).allowed;
      }
      return reported.some(
        (right) =>
          right.allowed &&
          right.question.resource === question.resource &&
          right.question.access === question.access,
      );
    };
    const missing = botNeeds.filter((need) => !isGranted(need));
    if (missing.length === 0) return [];
    const title = 'Let the bot read what its checks need';
    const name = 'peering-bot-read';
    const { consulVersion } = cluster;
    const fix = (): ReturnType<typeof grantRemediation> => {
      if (acl.anonymous || !acl.self)
        return newTokenRemediation('A token for the bot', name, botNeeds, acl.policyNames ?? []);
      if (acl.own && own?.ok)
        return grantRemediation({
          title,
          name,
          token: acl.own,
          rights: own.value,
          needs: missing,
          consulVersion,
        });
      const attachTo = { token: acl.self };
      const linked = acl.self.Policies.map(({ Name }) => Name);
      return policyRemediation({
        title,
        name: freshPolicyName(name, attachTo, linked),
        rules: missing.map(({ rule }) => rule),
        attachTo,
        consulVersion,
      });
    };
    const who = acl.anonymous ? 'the anonymous token (the bot sends no token)' : botSubject.name;
    return [
      {
        subject: botSubject,
        message: `${who} does not grant ${missing.map(readOf).join(', ')}: ${missing.map(({ why }) => why).join('; ')}`,
        evidence: missing.map((need) => ({
          endpoint: '/v1/internal/acl/authorize',
          path: `${need.question.resource}:${need.question.access}`,
          value: false,
        })),
        remediation: fix(),
      },
    ];
  },
});
