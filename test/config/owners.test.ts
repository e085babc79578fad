import { neededYeses, ownerOf } from '../../src/config/owners';
import { parseClustersFile } from '../../src/config/parse-clusters-file';
import { formatProblem } from '../../src/config/problem';

const parse = (text: string) => parseClustersFile(text, 'clusters.yml');

const configOf = (text: string) => {
  const read = parse(text);
  if (!read.ok) throw new Error(read.error.map(formatProblem).join('\n'));
  return read.value;
};

const problemsOf = (text: string): readonly string[] => {
  const read = parse(text);
  return read.ok ? [] : read.error.map(({ path }) => path);
};

const clusters = (owners: Readonly<Record<string, string>>): string =>
  `clusters: { ${Object.entries(owners)
    .map(([name, owner]) => `${name}: { address: "https://x:8501"${owner && `, owner: ${owner}`} }`)
    .join(', ')} }\n`;

const defaults = `owners:
  - { clusters: [prod-e*], usergroup: S0EAST, channel: C0EAST, runbook: https://wiki.example, labels: { env: prod } }
  - { clusters: [prod-*], usergroup: S0PROD, channel: C0PROD, approvers: { users: [U0LEAD] }, same_person: true }
`;

describe('owners', () => {
  const config = configOf(
    `${clusters({
      'prod-east': '{ runbook: "https://east.example", oncall: S0CALL }',
      'prod-west': '',
      'prod-own': '{ usergroup: S0OWN, channel: C0OWN }',
      lab: '',
    })}${defaults}`,
  );

  it.each([
    ['the first entry that matches', 'prod-east', { usergroup: 'S0EAST', channel: 'C0EAST' }],
    [
      'what the cluster has of its own',
      'prod-east',
      { runbook: 'https://east.example', oncall: { usergroup: 'S0CALL' }, labels: { env: 'prod' } },
    ],
    [
      'the members of the group as approvers',
      'prod-east',
      { approvers: { users: [], usergroups: ['S0EAST'] } },
    ],
    ['other approvers', 'prod-west', { approvers: { users: ['U0LEAD'], usergroups: [] }, samePerson: true }],
  ])('take %s', (_, cluster, expected) => {
    expect(ownerOf(config, cluster)).toMatchObject(expected);
  });

  it('with a group of their own take no default', () => {
    expect(ownerOf(config, 'prod-own')).toEqual({
      usergroup: 'S0OWN',
      channel: 'C0OWN',
      approvers: { users: [], usergroups: ['S0OWN'] },
      labels: {},
      samePerson: false,
    });
  });

  it('are none where nothing matches', () => {
    expect(ownerOf(config, 'lab')).toBeUndefined();
    expect(ownerOf(configOf(clusters({ lab: '' })), 'lab')).toBeUndefined();
  });

  it.each<[string, string, readonly string[]]>([
    ['no group', clusters({ a: '{ channel: C0A }' }), ['clusters.a.owner']],
    ['nothing but labels', clusters({ a: '{ labels: { env: prod } }' }), ['clusters.a.owner']],
    ['no channel', clusters({ a: '{ usergroup: S0A }' }), ['clusters.a.owner']],
    [
      'no channel beside a default',
      clusters({ 'prod-e': '{ usergroup: S0A }', 'prod-w': '' }) + defaults,
      ['clusters.prod-e.owner'],
    ],
    [
      'a default without a channel',
      `${clusters({ a: '' })}owners: [{ clusters: [a], usergroup: S0A }]`,
      ['owners.0.channel'],
    ],
    [
      'a default without a group',
      `${clusters({ a: '' })}owners: [{ clusters: [a], channel: C0A }]`,
      ['owners.0.usergroup'],
    ],
    [
      'a glob that matches nothing',
      `${clusters({ a: '' })}owners: [{ clusters: [a, b-*], usergroup: S0A, channel: C0A }]`,
      ['owners.0.clusters.1'],
    ],
    [
      'a script as runbook',
      clusters({ a: '{ usergroup: S0A, channel: C0A, runbook: "javascript:alert(1)" }' }),
      ['clusters.a.owner.runbook'],
    ],
    [
      'a password in an address',
      clusters({ a: '{ usergroup: S0A, channel: C0A, ui: "https://u:p@x" }' }),
      ['clusters.a.owner.ui'],
    ],
    [
      'no approver',
      clusters({ a: '{ usergroup: S0A, channel: C0A, approvers: {} }' }),
      ['clusters.a.owner.approvers'],
    ],
  ])('are refused with %s', (_, text, paths) => {
    expect(problemsOf(text)).toEqual(paths);
  });
});

describe('the yeses that a request needs', () => {
  const approvals = 'approvals: { channel: C0ALL, approvers: { users: [U0ALL] } }\n';
  const needed = (owners: Readonly<Record<string, string>>, rest: string) =>
    neededYeses(configOf(clusters(owners) + rest), Object.keys(owners))?.map(
      ({ clusters: covered, channels, samePerson }) => [covered.join(), channels.join(), samePerson],
    );

  it.each<[string, Record<string, string>, readonly unknown[] | undefined]>([
    ['one, without owners', { a: '', b: '' }, [['a,b', 'C0ALL', false]]],
    [
      'one of each owner',
      { a: '{ usergroup: S0A, channel: C0A }', b: '{ usergroup: S0B, channel: C0B }' },
      [
        ['a', 'C0A', false],
        ['b', 'C0B', false],
      ],
    ],
    [
      'one of an owner and one of the default',
      { a: '{ usergroup: S0A, channel: C0A, same_person: true }', b: '' },
      [
        ['a', 'C0A', true],
        ['b', 'C0ALL', false],
      ],
    ],
    [
      'one of the same approvers in two channels',
      {
        a: '{ usergroup: S0A, channel: C0A, same_person: true }',
        b: '{ usergroup: S0A, channel: C0B }',
      },
      [['a,b', 'C0A,C0B', false]],
    ],
    ['none can be given', { a: '{ usergroup: S0A, channel: C0A }', b: '' }, undefined],
  ])('%s', (name, owners, expected) => {
    expect(needed(owners, name === 'none can be given' ? '' : approvals)).toEqual(expected);
  });
});
