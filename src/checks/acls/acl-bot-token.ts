import { canReadAll, evaluate } from '../../acl/evaluate';
import { questionText } from '../../acl/explain';
import { botNeeds, type Need } from '../../acl/needs';
import { defineCheck, skip, unknown } from '../define';
import { exampleCluster } from '../examples';
import { consulDocs } from '../links';
import { reasonOf } from '../reason';
import { policyRemedy } from '../remediation/policy';
import { exampleAcl, exampleAclWithoutRules, exampleRights } from './examples';
import { grantRemedy, newTokenRemedy } from './grant-remedy';
import { aclsDisabled, botSubject, rightsIn } from './tokens';

const readOf = ({ question }: Need): string => questionText(question);

export const aclBotToken = defineCheck({
  id: 'acl-bot-token',
  group: 'acls',
  title: "The bot's own token can see all that the checks read",
  severity: 'info',
  requirement: { source: 'field', docs: consulDocs('security/acl/acl-rules'), since: '1.14.0' },
  rationale: 'What it cannot see, no check can judge: those are unknown, and neither pass nor fail.',
  inputs: ['acl', 'cluster'],
  optional: ['ownRights'],
  examples: {
    pass: {
      acl: exampleAcl(),
      cluster: exampleCluster,
      ownRights: { seen: 'all', value: exampleRights() },
    },
    fail: {
      acl: exampleAclWithoutRules(),
      cluster: exampleCluster,
      ownRights: { seen: 'all', value: exampleRights('acl', 'peering') },
    },
  },
  evaluate({ acl, cluster, ownRights }) {
    if (!acl.enabled) return skip(aclsDisabled);
    const own = acl.own && rightsIn(acl.own, cluster);
    const asked = ownRights.seen === 'none' ? [] : ownRights.value;
    if (!own?.ok && ownRights.seen === 'none') return unknown(reasonOf(ownRights.missing));
    const isGranted = ({ question }: Need): boolean => {
      if (own?.ok) {
        return question.all
          ? canReadAll(own.rights, question.resource)
          : evaluate(own.rights, question).allowed;
      }
      return asked.some(
        (right) =>
          right.allowed &&
          right.question.resource === question.resource &&
          right.question.access === question.access,
      );
    };
    const lacking = botNeeds.filter((need) => !isGranted(need));
    if (lacking.length === 0) return [];
    const title = 'Let the bot see what its checks read';
    const name = 'peering-bot-read';
    const remedy = (): ReturnType<typeof grantRemedy> => {
      if (acl.anonymous || !acl.self) return newTokenRemedy('A token for the bot', name, botNeeds);
      if (acl.own && own?.ok)
        return grantRemedy({ title, name, token: acl.own, rights: own, needs: lacking });
      const rules = lacking.map(({ rule }) => rule);
      return policyRemedy({ title, name, rules, attachTo: { accessor: acl.self.AccessorID } });
    };
    const who = acl.anonymous ? 'the bot sends no token, and the anonymous one' : botSubject.name;
    return [
      {
        subject: botSubject,
        message: `${who} does not grant ${lacking.map(readOf).join(', ')}: ${lacking.map(({ why }) => why).join('; ')}`,
        evidence: lacking.map((need) => ({
          endpoint: '/v1/internal/acl/authorize',
          path: `${need.question.resource}:${need.question.access}`,
          value: false,
        })),
        remediation: remedy(),
      },
    ];
  },
});
