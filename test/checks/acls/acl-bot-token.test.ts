import { exampleAcl, exampleAclWithoutRules, exampleRights } from '../../../src/checks/examples/acl';
import { checkTable, type Changes, codesOf, resultFor } from '../check-table';
import { hidden } from '../world';

const id = 'acl-bot-token';
const missing = ['info', "token the bot's own token"] as const;

/** The bot's own token with these rules. */
const rules = (text: string): Changes => ({
  acl: exampleAcl({
    ExpandedPolicies: [{ ID: 'p', Name: 'peering-bot', Description: '', Rules: text, Datacenters: [] }],
    Policies: [{ ID: 'p', Name: 'peering-bot' }],
  }),
});

const enough = `acl = "read"
agent_prefix "" { policy = "read" }
mesh = "read"
node_prefix "" { policy = "read" }
peering = "read"
query_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
`;

checkTable(
  id,
  [
    ['its rules grant everything', {}, 'pass'],
    ['its rules grant everything, and Consul does not report its rights', { ownRights: hidden() }, 'pass'],
    ['its rules lack one right', rules(enough.replace('mesh = "read"\n', '')), 'fail', missing],
    [
      'its rules let it read some services',
      rules(enough.replace('service_prefix ""', 'service_prefix "a"')),
      'fail',
      missing,
    ],
    ['it has no rules', rules(''), 'fail', missing],
    [
      'Consul reports that it lacks two rights',
      { acl: exampleAclWithoutRules(), ownRights: exampleRights('acl', 'peering') },
      'fail',
      missing,
    ],
    ['Consul reports everything', { acl: exampleAclWithoutRules(), ownRights: exampleRights() }, 'pass'],
    ['Consul reports nothing', { acl: exampleAclWithoutRules(), ownRights: [] }, 'fail', missing],
    [
      'Consul reports other accesses than those that are needed',
      {
        acl: exampleAclWithoutRules(),
        ownRights: exampleRights().map(({ question, allowed }) => ({
          question: { ...question, access: 'write' },
          allowed,
        })),
      },
      'fail',
      missing,
    ],
    ['its rules cannot be read, and Consul reports everything', rules('service "a" {'), 'pass'],
    [
      'its rules cannot be read, and Consul does not report its rights',
      { ...rules('service "a" {'), ownRights: hidden() },
      'unknown',
    ],
    [
      'neither its rules nor its rights are visible',
      { acl: exampleAclWithoutRules(), ownRights: hidden() },
      'unknown',
    ],
    [
      'the bot sends no token, and Consul reports too little',
      { acl: { enabled: true, anonymous: true }, ownRights: exampleRights('acl') },
      'fail',
      missing,
    ],
    ['ACLs are disabled', { acl: { enabled: false, anonymous: false } }, 'skip'],
    ['ACLs are not visible', { acl: hidden() }, 'unknown'],
  ],
  { several: 'the bot has one token', partial: 'a token is read as a whole' },
);

describe('acl-bot-token', () => {
  it('shows each missing right', () => {
    const [finding] = resultFor(id, {
      acl: exampleAclWithoutRules(),
      ownRights: exampleRights('acl', 'peering'),
    }).findings;
    expect(finding?.evidence.map(({ path, value }) => [path, value])).toEqual([
      ['acl:read', false],
      ['peering:read', false],
    ]);
  });

  it('grants what is missing, and nothing else', () => {
    const codes = codesOf(resultFor(id, rules(enough.replace('mesh = "read"\n', '')))).join('\n');
    expect(codes).toContain('mesh = "read"');
    const reported = { acl: exampleAclWithoutRules(), ownRights: exampleRights('peering') };
    const code = codesOf(resultFor(id, reported)).join('\n');
    expect([code.includes('peering = "read"'), code.includes('query_prefix')]).toEqual([true, false]);
    expect(code).toContain(exampleAclWithoutRules().self?.AccessorID);
  });

  it('creates a token where the bot sends none', () => {
    const changes: Changes = { acl: { enabled: true, anonymous: true }, ownRights: exampleRights('acl') };
    const code = codesOf(resultFor(id, changes)).join('\n');
    expect(code).toContain('consul acl token create');
    expect(code).toContain('query_prefix');
  });
});
