import fc from 'fast-check';
import { evaluate, type AclQuestion } from '../../src/acl/evaluate';
import { parseRules } from '../../src/acl/rules';
import { globalManagementId, rightsOfExpanded, rightsOfToken } from '../../src/acl/token';
import { AclPolicy, AclRole, AclToken, ExpandedToken } from '../../src/consul/wire';
import type { ConsulAgent } from '../lab/consul';
import {
  type HolderSpec,
  type PolicySpec,
  rulesText,
  segments,
  type TokenSpec,
  tokenSpec,
} from './arbitrary';

/**
 * The comparison with a real Consul: random tokens are made there, and what the evaluator says of them is held
 * against what Consul says to their bearers.
 *
 * No policy, and no name in an identity, is used by two tokens. Consul 1.20.1 keeps parsed policies in a cache
 * and changes them there while it merges service rules, so that a token may get rights of another one that shares
 * a policy with it (docs/acl.md, "Where Consul itself is not consistent"). For the same reason `builtin/dns`
 * does not meet the templates that grant more on the same prefix.
 */

const managementIds = {
  'global-management': globalManagementId,
  'builtin/global-read-only': '00000000-0000-0000-0000-000000000002',
};

let serial = 0;
const unique = (): string => {
  serial += 1;
  return `d${serial.toString(36)}`;
};

/** Services and nodes of every name that rules speak of, and one below each, so that no hidden row goes unseen. */
export const prepareCatalog = async (agent: ConsulAgent): Promise<void> => {
  const names = segments.flatMap((segment) => [segment, `${segment}~`]).filter((name) => name !== '');
  for (const name of names) {
    await agent.call('PUT', '/v1/catalog/register', {
      Node: name,
      Address: '127.0.0.1',
      Service: { Service: name },
    });
  }
};

/** Makes a policy. Undefined where Consul refuses its rules, and then the parser must have refused them too. */
const makePolicy = async (agent: ConsulAgent, spec: PolicySpec): Promise<AclPolicy | undefined> => {
  const rules = rulesText(spec);
  // Consul drops the connection where its own parser panics.
  const answer = await agent
    .request('PUT', '/v1/acl/policy', { Name: unique(), Rules: rules, Datacenters: spec.datacenters })
    .catch(() => ({ status: 500, body: 'connection lost' }));
  const parsed = parseRules(rules);
  if (parsed.ok !== (answer.status === 200)) {
    throw new Error(
      `rules ${JSON.stringify(rules)}: Consul answered ${answer.status} ${JSON.stringify(answer.body)}, ` +
        `the parser ${JSON.stringify(parsed)}`,
    );
  }
  return parsed.ok ? AclPolicy.parse(answer.body) : undefined;
};

const makeHolder = async (agent: ConsulAgent, spec: HolderSpec, own: string) => {
  const policies = await Promise.all(spec.policies.map((policy) => makePolicy(agent, policy)));
  return {
    policies: policies.filter((policy) => policy !== undefined),
    fields: {
      ServiceIdentities: spec.services.map(({ name, datacenters }) => ({
        ServiceName: own + name,
        Datacenters: datacenters,
      })),
      NodeIdentities: spec.nodes.map(({ name, datacenters }) => ({
        NodeName: own + name,
        Datacenter: datacenters[0] ?? 'dc1',
      })),
      TemplatedPolicies: spec.templates.map(({ template, name, datacenters }) => ({
        TemplateName: template,
        ...(/service|node|gateway/u.test(template) ? { TemplateVariables: { Name: own + name } } : {}),
        Datacenters: datacenters,
      })),
    },
  };
};

const authorize = async (
  agent: ConsulAgent,
  secret: string,
  questions: readonly AclQuestion[],
): Promise<boolean[]> => {
  const body = questions.map(({ resource, access, segment, all }) => ({
    Resource: resource,
    Access: all ? `${access}-prefix` : access,
    Segment: segment,
  }));
  const rows = await agent.call<{ Allow: boolean }[]>('POST', '/v1/internal/acl/authorize', body, secret);
  return rows.map((row) => row.Allow);
};

/** Tells that a list is complete. */
const seesAll = async (agent: ConsulAgent, path: string, secret: string): Promise<boolean> => {
  const { status, headers } = await agent.request('GET', path, undefined, secret);
  if (status !== 200) throw new Error(`${path} answered ${status}`);
  return headers.get('x-consul-results-filtered-by-acls') !== 'true';
};

/** Makes the token and compares all answers. @throws on the first disagreement, saying what it is about */
const compare = async (agent: ConsulAgent, spec: TokenSpec): Promise<void> => {
  const own = unique();
  const holder = await makeHolder(agent, spec, own);
  const roles = await Promise.all(
    spec.roles.map(async (roleSpec) => {
      const role = await makeHolder(agent, roleSpec, own);
      const links = role.policies.map(({ ID }) => ({ ID }));
      const made = await agent.call('PUT', '/v1/acl/role', {
        Name: unique(),
        Policies: links,
        ...role.fields,
      });
      return { role: AclRole.parse(made), policies: role.policies };
    }),
  );
  const management = spec.management === 'none' ? [] : [{ ID: managementIds[spec.management] }];
  const created = await agent.call<{ SecretID: string }>('PUT', '/v1/acl/token', {
    Policies: [...holder.policies.map(({ ID }) => ({ ID })), ...management],
    Roles: roles.map(({ role }) => ({ ID: role.ID })),
    ...holder.fields,
  });
  const secret = created.SecretID;
  const token = AclToken.parse(created);
  const questions = spec.questions.map((question, index) =>
    // Some questions are about the names in identities.
    index % 4 === 0 && question.segment ? { ...question, segment: own + question.segment } : question,
  );
  const [expanded, allowed, allServices, allNodes] = await Promise.all([
    agent
      .call('GET', `/v1/acl/token/${token.AccessorID}?expanded=true`)
      .then((body) => ExpandedToken.parse(body)),
    authorize(agent, secret, questions),
    seesAll(agent, '/v1/catalog/services', secret),
    seesAll(agent, '/v1/catalog/nodes', secret),
  ]);
  const byId = new Map(
    [...holder.policies, ...roles.flatMap((role) => role.policies), ...expanded.ExpandedPolicies].map(
      (policy) => [policy.ID, policy],
    ),
  );
  const ways = {
    expanded: rightsOfExpanded(expanded, 'dc1'),
    linked: rightsOfToken(token, {
      datacenter: 'dc1',
      defaultPolicy: expanded.AgentACLDefaultPolicy === 'allow' ? 'allow' : 'deny',
      policy: (id) => byId.get(id),
      role: (id) => roles.find(({ role }) => role.ID === id)?.role,
    }),
  };
  for (const [way, result] of Object.entries(ways)) {
    if (!result.ok) throw new Error(`${way}: unreadable ${JSON.stringify(result.error)}`);
    const differ = (what: unknown, consul: boolean, evaluator: unknown): void => {
      throw new Error(
        `${way}: ${JSON.stringify(what)}: Consul says ${consul}, the evaluator ${JSON.stringify(evaluator)}`,
      );
    };
    for (const [index, question] of questions.entries()) {
      const decision = evaluate(result.value.rights, question);
      if (decision.allowed !== allowed[index]) differ(question, Boolean(allowed[index]), decision);
    }
    for (const [resource, listed] of [
      ['service', allServices],
      ['node', allNodes],
    ] as const) {
      const question = { resource, access: 'read', all: true } as const;
      const decision = evaluate(result.value.rights, question);
      const { because } = decision;
      // Damage can give a rule a name that nothing in the catalog has, so that a list cannot show what it hides.
      const shows = because.by === 'default' || segments.includes(because.source.rule.segment);
      if (decision.allowed !== listed && (shows || !listed)) differ(question, listed, decision);
    }
  }
};

export interface Run {
  readonly tokens: number;
  readonly seed: number;
  readonly questions?: number;
  /** Called after each token. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Compares random tokens, several at a time. On the first disagreement its token is shrunk.
 * @throws with the smallest token found that still disagrees
 */
export const compareMany = async (agents: readonly ConsulAgent[], run: Run): Promise<void> => {
  const { tokens, seed, questions = 20, onProgress } = run;
  const specs = fc.sample(tokenSpec(questions), { seed, numRuns: tokens });
  const agentOf = (index: number): ConsulAgent => agents[index % agents.length] as ConsulAgent;
  let next = 0;
  let done = 0;
  let failed: number | undefined;
  const work = async (): Promise<void> => {
    while (next < specs.length && failed === undefined) {
      const index = next;
      next += 1;
      try {
        await compare(agentOf(index), specs[index] as TokenSpec);
        done += 1;
        onProgress?.(done);
      } catch {
        failed ??= index;
      }
    }
  };
  await Promise.all(Array.from({ length: 12 }, work));
  if (failed === undefined) return;
  const agent = agentOf(failed);
  const property = fc.asyncProperty(tokenSpec(questions), (spec) => compare(agent, spec));
  await fc.assert(property, { seed, path: String(failed), numRuns: failed + 1 });
  throw new Error(`token ${failed} of seed ${seed} disagreed once, and not when it was tried again`);
};
