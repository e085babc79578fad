import fc from 'fast-check';
import { intentionsFor } from '../../src/paths/intentions';
import { type ConsulAgent, describeOnVersions, startConsul } from '../lab/consul';
import { intentionsEntry } from './intentions-entry';

describeOnVersions('the order of intentions, held against Consul', (version) => {
  let consul: ConsulAgent;
  beforeAll(async () => {
    consul = await startConsul({ version });
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
          const written = Object.entries(entries).map(([Name, Sources]) =>
            intentionsEntry({ Name, Sources }),
          );
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
