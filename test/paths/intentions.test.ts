import { decideIntention, type IntentionDecision, type IntentionRules } from '../../src/paths/intentions';
import { intentionsEntry } from './intentions-entry';

interface Options {
  readonly protocol?: string;
  readonly defaultPolicy?: 'allow' | 'deny';
  readonly name?: string;
}

const decide = (
  sources: readonly object[],
  { protocol = 'http', defaultPolicy = 'deny', name = 'api' }: Options = {},
): IntentionDecision =>
  decideIntention(
    { entries: [intentionsEntry({ Name: name, Sources: sources })], defaultPolicy, protocol },
    { name: 'web', namespace: 'default', peer: 'west' },
    { name: 'api', namespace: 'default' },
  );

const http = (Action: string, HTTP: object = {}) => ({ Action, HTTP });

describe('decideIntention', () => {
  it.each<[string, readonly object[], string]>([
    ['an allow for the peer', [{ Name: 'web', Peer: 'west', Action: 'allow' }], 'allow'],
    ['a deny for the peer', [{ Name: 'web', Peer: 'west', Action: 'deny' }], 'deny'],
    ['an allow for another peer', [{ Name: 'web', Peer: 'cluster-02', Action: 'allow' }], 'deny'],
    ['an allow for a local service of the same name', [{ Name: 'web', Action: 'allow' }], 'deny'],
    ['a peer name in other letters', [{ Name: 'web', Peer: 'West', Action: 'allow' }], 'deny'],
    ['a wildcard of the peer', [{ Name: '*', Peer: 'west', Action: 'allow' }], 'allow'],
    [
      'an exact deny beside a wildcard allow',
      [
        { Name: '*', Peer: 'west', Action: 'allow' },
        { Name: 'web', Peer: 'west', Action: 'deny' },
      ],
      'deny',
    ],
    ['a local wildcard deny', [{ Name: '*', Action: 'deny' }], 'deny'],
  ])('%s', (_, sources, kind) => {
    expect(decide(sources).kind).toBe(kind);
  });

  it('takes the default policy where nothing matches, and does not guess one', () => {
    expect(decide([], { defaultPolicy: 'allow' }).kind).toBe('allow');
    expect(
      decideIntention(
        { entries: [], defaultPolicy: undefined, protocol: 'tcp' },
        { name: 'web', namespace: 'default', peer: 'west' },
        { name: 'api', namespace: 'default' },
      ).kind,
    ).toBe('unknown');
  });

  const allow = (Peer: string, Name = 'web') => ({ Name, Peer, Action: 'allow' });
  const deny = (Peer: string, Name = 'web') => ({ Name, Peer, Action: 'deny' });

  it.each<[string, readonly object[], Record<'deny' | 'allow' | 'unknown', string>]>([
    ['of neither peer', [], { deny: 'deny', allow: 'allow', unknown: 'unknown' }],
    ['an allow of the other', [allow('west-2')], { deny: 'allow', allow: 'allow', unknown: 'allow' }],
    ['a deny of the other', [deny('west-2')], { deny: 'deny', allow: 'deny', unknown: 'deny' }],
    [
      'an allow of the other, and a deny',
      [deny('west'), allow('west-2', '*')],
      { deny: 'allow', allow: 'deny', unknown: 'unknown' },
    ],
    [
      'a deny of the other, and an allow',
      [deny('west-2'), allow('west', '*')],
      { deny: 'allow', allow: 'deny', unknown: 'unknown' },
    ],
    ['of a third peer', [allow('north')], { deny: 'deny', allow: 'allow', unknown: 'unknown' }],
  ])('takes the caller for both peers of one cluster: %s', (_, Sources, kinds) => {
    const decideBy = (defaultPolicy: 'allow' | 'deny' | undefined, isExported: true | undefined) =>
      decideIntention(
        { entries: [intentionsEntry({ Name: 'api', Sources })], defaultPolicy, protocol: 'tcp' },
        {
          name: 'web',
          namespace: 'default',
          peer: 'west',
          furtherPeers: [{ name: 'west-2', isExported }],
        },
        { name: 'api', namespace: 'default' },
      ).kind;
    const known = {
      deny: decideBy('deny', true),
      allow: decideBy('allow', true),
      unknown: decideBy(undefined, true),
    };
    expect(known).toEqual(kinds);
    // Only what the other peer does not change is decided where it is not visible that it counts.
    for (const policy of ['deny', 'allow'] as const) {
      const alone = decide(Sources, { defaultPolicy: policy, protocol: 'tcp' }).kind;
      expect(decideBy(policy, undefined)).toBe(alone === known[policy] ? alone : 'unknown');
    }
  });

  it.each<[string, object, Readonly<Record<'allow' | 'deny', string>>]>([
    ['allows it', { Name: 'web', Action: 'allow' }, { deny: 'allow', allow: 'allow' }],
    ['denies all', { Name: '*', Action: 'deny' }, { deny: 'deny', allow: 'deny' }],
    ['denies it', { Name: 'web', Action: 'deny' }, { deny: 'deny', allow: 'deny' }],
    ['is about another', { Name: 'ops', Action: 'deny' }, { deny: 'deny', allow: 'allow' }],
    [
      'is about another partition',
      { Name: '*', Partition: 'ops', Action: 'deny' },
      { deny: 'deny', allow: 'allow' },
    ],
  ])(
    'takes the caller for a local one where both share a trust domain and the protocol is tcp: a source %s',
    (_, source, kinds) => {
      for (const policy of ['allow', 'deny'] as const) {
        const decideWith = (protocol: string | undefined) =>
          decideIntention(
            {
              entries: [intentionsEntry({ Name: 'api', Sources: [source] })],
              defaultPolicy: policy,
              protocol,
            },
            {
              name: 'web',
              namespace: 'default',
              peer: 'west',
              furtherPeers: [{ name: '', isExported: true }],
            },
            { name: 'api', namespace: 'default' },
          );
        expect(decideWith('tcp').kind).toBe(kinds[policy]);
        expect(decideWith('http').kind).toBe(policy);
        const unseen = decideWith(undefined);
        expect(unseen.kind).toBe(kinds[policy] === policy ? policy : 'unknown');
        expect(unseen).not.toHaveProperty('undecided');
      }
    },
  );

  it.each([
    ['allow', 'deny', 'deny'],
    ['deny', 'allow', 'allow'],
    ['allow', 'allow', 'allow'],
    ['deny', 'deny', 'deny'],
  ] as const)(
    'leaves calls of peers to the default policy where proxies match no intention about peers: %s, by default %s',
    (Action, defaultPolicy, kind) => {
      const decide = (unmatched: IntentionRules['unmatched'], peer = 'west') =>
        decideIntention(
          {
            entries: [intentionsEntry({ Name: 'api', Sources: [{ Name: 'web', Peer: peer, Action }] })],
            defaultPolicy,
            protocol: 'grpc',
            unmatched,
          },
          { name: 'web', namespace: 'default', peer },
          { name: 'api', namespace: 'default' },
        );
      const isLeft = Action !== defaultPolicy;
      for (const why of ['grpc', 'sanitized'] as const) {
        expect(decide(why)).toMatchObject({ kind, unmatched: why });
        expect('left' in decide(why)).toBe(isLeft);
      }
      expect(decide('not visible')).toMatchObject(
        isLeft ? { kind: 'unknown', mayLeaveOut: true } : { kind: Action },
      );
      expect(decide(undefined).kind).toBe(Action);
      expect(decide('grpc', '').kind).toBe(Action);
    },
  );

  it('is unknown where proxies match no intention about peers and the default policy is not visible', () => {
    const decision = decideIntention(
      { entries: [], defaultPolicy: undefined, protocol: 'grpc', unmatched: 'grpc' },
      { name: 'web', namespace: 'default', peer: 'west' },
      { name: 'api', namespace: 'default' },
    );
    expect(decision).toEqual({ kind: 'unknown' });
  });

  it.each<[string, readonly object[], string, number]>([
    ['every path denied', [http('deny')], 'deny', 0],
    ['one path allowed, the rest by default denied', [http('allow', { PathExact: '/v1' })], 'partly', 1],
    [
      'one path denied, then all allowed',
      [http('deny', { PathPrefix: '/admin' }), http('allow', { PathPrefix: '/' })],
      'partly',
      1,
    ],
    ['all allowed first', [http('allow', { PathPrefix: '/' }), http('deny')], 'allow', 0],
    ['only paths denied', [http('deny', { PathExact: '/a' })], 'deny', 0],
    ['only a header allowed', [http('allow', { Header: [{ Name: 'x', Present: true }] })], 'partly', 1],
    ['some allowed and all else denied', [http('allow', { Methods: ['GET'] }), http('deny')], 'partly', 1],
  ])('L7: %s', (_, Permissions, kind, denied) => {
    const decision = decide([{ Name: 'web', Peer: 'west', Permissions }]);
    expect(decision.kind).toBe(kind);
    if (decision.kind === 'partly') expect(decision.denied).toHaveLength(denied);
  });

  it('denies L7 permissions for tcp, as Consul does', () => {
    const row = [{ Name: 'web', Peer: 'west', Permissions: [http('allow', { PathPrefix: '/' })] }];
    expect(decide(row, { protocol: 'tcp' }).kind).toBe('deny');
  });

  it('allows what no permission is about where the default policy does', () => {
    const decided = (Permissions: readonly object[]) =>
      decide([{ Name: 'web', Peer: 'west', Permissions }], { defaultPolicy: 'allow' });
    expect(decided([http('allow', { PathExact: '/v1' })]).kind).toBe('allow');
    expect(decided([http('deny', { PathExact: '/v1' })])).toMatchObject({
      kind: 'partly',
      denied: [{ action: 'deny' }],
    });
  });

  it('does not know about L7 permissions where the protocol is not visible, and reads it in any case', () => {
    const row = [{ Name: 'web', Peer: 'west', Permissions: [http('allow', { PathPrefix: '/' })] }];
    const entries = [intentionsEntry({ Name: 'API', Sources: row })];
    const kindWith = (protocol: string | undefined) =>
      decideIntention(
        { entries, defaultPolicy: 'deny', protocol },
        { name: 'web', namespace: 'default', peer: 'west' },
        { name: 'Api', namespace: 'default' },
      ).kind;
    expect([kindWith(undefined), kindWith('HTTP'), kindWith('tcp')]).toEqual(['unknown', 'allow', 'deny']);
  });

  it('names the paths that are denied', () => {
    const Permissions = [
      http('deny', { PathExact: '/exact' }),
      http('deny', { PathPrefix: '/prefix' }),
      http('deny', { PathRegex: '/regex.*' }),
      http('allow'),
    ];
    const decision = decide([{ Name: 'web', Peer: 'west', Permissions }]);
    expect(decision.kind === 'partly' && decision.denied.map(({ about }) => about)).toEqual([
      '/exact',
      '/prefix*',
      '/regex.*',
    ]);
  });

  it.each<[string, object, string | undefined, string]>([
    ['http', { Action: 'allow' }, 'http', 'partly'],
    ['tcp, whose proxies ask for none', { Action: 'allow' }, 'tcp', 'allow'],
    ['a protocol that is not visible', { Action: 'allow' }, undefined, 'unknown'],
    ['a source that is denied', { Action: 'deny' }, 'http', 'deny'],
    [
      'a path that is denied as well',
      { Permissions: [http('deny', { PathExact: '/a' }), http('allow')] },
      'http',
      'partly',
    ],
  ])('asks for the JWT of an entry: %s', (_, rest, protocol, kind) => {
    const entry = intentionsEntry({
      Name: 'api',
      JWT: { Providers: [{ Name: 'okta' }] },
      Sources: [{ Name: 'web', Peer: 'west', ...rest }],
    });
    const decision = decideIntention(
      { entries: [entry], defaultPolicy: 'deny', protocol },
      { name: 'web', namespace: 'default', peer: 'west' },
      { name: 'api', namespace: 'default' },
    );
    expect(decision.kind).toBe(kind);
    expect(decision.kind === 'partly' && decision.denied.at(-1)?.about.includes('okta')).toBe(
      kind === 'partly',
    );
  });

  it('names the JWT of a permission without which requests are denied', () => {
    const JWT = { Providers: [{ Name: 'okta' }] };
    const deniedBy = (...Permissions: readonly object[]) => {
      const decision = decide([{ Name: 'web', Peer: 'west', Permissions }]);
      return decision.kind === 'partly' ? decision.denied.map(({ about }) => about.includes('okta')) : [];
    };
    expect(deniedBy({ ...http('allow', { PathPrefix: '/' }), JWT })).toEqual([true]);
    expect(deniedBy({ ...http('deny', { PathExact: '/pay' }), JWT }, http('allow'))).toEqual([true]);
    expect(deniedBy({ ...http('allow', { PathPrefix: '/pay' }), JWT })).toEqual([true, false]);
    // The later permission does not allow them (seen with real traffic).
    expect(deniedBy({ ...http('allow', { PathPrefix: '/pay' }), JWT }, http('allow'))).toEqual([true]);
    const allowing = decide(
      [{ Name: 'web', Peer: 'west', Permissions: [{ ...http('allow', { PathPrefix: '/pay' }), JWT }] }],
      { defaultPolicy: 'allow' },
    );
    expect(allowing.kind).toBe('allow');
  });

  it.each<[string, readonly string[] | undefined, string, string]>([
    ['a member', ['', 'west'], 'west', 'allow'],
    ['a cluster that is no member', ['', 'lab'], 'west', 'deny'],
    ['members that are not visible', undefined, 'west', 'unknown'],
    ['a local caller', ['', 'west'], '', 'allow'],
  ])('resolves a sameness group as a source: %s', (_, members, peer, kind) => {
    const entries = [
      intentionsEntry({ Name: 'api', Sources: [{ Name: 'web', SamenessGroup: 'pair', Action: 'allow' }] }),
    ];
    const decision = decideIntention(
      { entries, defaultPolicy: 'deny', protocol: 'tcp', membersOf: () => members },
      { name: 'web', namespace: 'default', peer },
      { name: 'api', namespace: 'default' },
    );
    expect(decision.kind).toBe(kind);
  });

  it('matches a wildcard destination after an exact one', () => {
    expect(decide([{ Name: 'web', Peer: 'west', Action: 'allow' }], { name: '*' }).kind).toBe('allow');
  });
});
