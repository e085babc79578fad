import fc from 'fast-check';
import { ServiceIntentions } from '../../src/consul/wire';
import { decideIntention, type IntentionDecision, intentionsFor } from '../../src/paths/intentions';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';

const entryOf = (input: object) => ({
  entry: ServiceIntentions.parse({ Kind: 'service-intentions', ...input }),
  at: { endpoint: '/v1/config/service-intentions', path: '[0]' },
  withheld: [],
});

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
    { entries: [entryOf({ Name: name, Sources: sources })], defaultPolicy, protocol },
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

  it('matches a wildcard destination after an exact one', () => {
    expect(decide([{ Name: 'web', Peer: 'west', Action: 'allow' }], { name: '*' }).kind).toBe('allow');
  });
});

describeWith(['consul'], 'the order of intentions, held against Consul', () => {
  let consul: ConsulAgent;
  beforeAll(async () => {
    consul = await startConsul();
  }, 60_000);
  afterAll(() => consul.stop());

  const names = fc.constantFrom('web', 'db', '*');
  const source = fc.record({
    Name: names,
    Peer: fc.constantFrom('', 'west', 'lab'),
    Action: fc.constantFrom('allow', 'deny'),
  });
  const sources = fc.uniqueArray(source, {
    minLength: 1,
    maxLength: 5,
    selector: ({ Name, Peer }) => `${Name}@${Peer}`,
  });

  it('is that of /v1/connect/intentions/match', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('api', '*', 'other'), sources, { minKeys: 1 }),
        async (entries) => {
          const written = Object.entries(entries).map(([Name, Sources]) => entryOf({ Name, Sources }));
          for (const { entry } of written) {
            const { Kind, Name, Sources } = entry;
            await consul.call('PUT', '/v1/config', { Kind, Name, Sources });
          }
          const answer = await consul.call<
            Record<
              string,
              readonly {
                SourceName: string;
                SourcePeer?: string;
                DestinationName: string;
                Precedence: number;
              }[]
            >
          >('GET', '/v1/connect/intentions/match?by=destination&name=api');
          for (const { entry } of written)
            await consul.call('DELETE', `/v1/config/service-intentions/${encodeURIComponent(entry.Name)}`);
          const ours = intentionsFor(written, { name: 'api', namespace: 'default' });
          const theirs = answer['api'] ?? [];
          const key = (destination: string, name: string, peer: string | undefined): string =>
            `${destination}<${name}@${peer ?? ''}`;
          const rank = new Map(
            theirs.map((row) => [key(row.DestinationName, row.SourceName, row.SourcePeer), row.Precedence]),
          );
          const ranks = ours.map(({ entry, source: { Name, Peer } }) =>
            rank.get(key(entry.entry.Name, Name, Peer)),
          );
          expect(ranks).toEqual([...ranks].sort((a, b) => (b ?? -1) - (a ?? -1)));
          expect(ours).toHaveLength(theirs.length);
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);
});
