import { applyOverlay, type OverlayChange, overlaySection } from '../../src/checks/overlay';
import { runChecks } from '../../src/checks/runner';
import type { Report } from '../../src/report/report';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { type ConsulAgent, describeOnVersions } from '../lab/consul';
import { sleep } from '../lab/process';
import { changesOf } from '../lab/states/note-changes';
import { gatherFrom } from '../snapshot/reading';
import { type Break, breaks } from './breaks';
import { type SideName, type Stage, startStage } from './stage';

/** A change that a break makes, as the files of an overlay state it; undefined where they cannot. */
type Recorded = { readonly at: SideName; readonly change: OverlayChange } | undefined;

/** An agent that only notes what is written to it. */
const noting = (agent: ConsulAgent, at: SideName, notes: Recorded[]): ConsulAgent => ({
  ...agent,
  call: async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    if (method === 'GET') {
      // Breaks wait until an agent has mixed central configuration in.
      if (path.startsWith('/v1/catalog/service/'))
        return [{ ServiceProxy: { MeshGateway: { Mode: 'x' } } }] as T;
      return agent.call<T>('GET', path);
    }
    const changes = changesOf(method, path, body);
    notes.push(...(changes?.map((change) => ({ at, change })) ?? [undefined]));
    return undefined as T;
  },
});

/** `id kind name severity` of every error and warning. */
const issuesIn = (report: Report): readonly string[] =>
  report.results
    .flatMap(({ id, findings }) =>
      findings
        .filter(({ severity }) => severity !== 'info')
        .map(({ subject, severity }) => `${id} ${subject.kind} ${subject.name} ${severity}`),
    )
    .sort();

const run = (snapshot: Snapshot): Report =>
  runChecks(snapshot, {
    onBug: (id, error) => {
      throw new Error(`${id} threw`, { cause: error });
    },
  });

describeOnVersions('an overlay on a healthy cluster, and the change itself', (version) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage({ version });
  }, 60_000);
  afterAll(() => stage?.stop());
  beforeEach(() => stage.reset(), 60_000);

  /** Returns the changes of a break to the cluster that is checked; undefined where files cannot state all of them. */
  const recorded = async (row: Break): Promise<readonly OverlayChange[] | undefined> => {
    const notes: Recorded[] = [];
    const east = noting(stage.east, 'east', notes);
    const west = noting(stage.west, 'west', notes);
    const write = (agent: ConsulAgent, path: string, body: object) => agent.call<void>('PUT', path, body);
    await row.break({
      ...stage,
      east,
      west,
      exportFromEast: (services) =>
        write(east, '/v1/config', {
          Kind: 'exported-services',
          Name: 'default',
          Services: Object.entries(services).map(([Name, peers]) => ({
            Name,
            Consumers: peers.map((Peer) => ({ Peer })),
          })),
        }),
      callFromWest: (...upstreams) =>
        write(west, '/v1/agent/service/register', {
          Name: 'web',
          Port: 9090,
          Connect: { SidecarService: { Port: 21_000, Proxy: { Upstreams: upstreams } } },
        }),
    });
    const isStated = notes.length > 0 && notes.every((note) => note?.at === row.at);
    return isStated ? notes.flatMap((note) => note?.change ?? []) : undefined;
  };

  const foretold = async (row: Break, changes: readonly OverlayChange[]): Promise<readonly string[]> => {
    const before = await stage.snapshot(row.at, { both: row.both });
    const read = await gatherFrom(stage[row.at], undefined, {
      overlay: (name, section, sections) => overlaySection(name, section, changes, sections),
    });
    const basis = { ...read, sections: { ...read.sections, otherSides: before.sections.otherSides } };
    return issuesIn(run(applyOverlay(before, basis, changes)));
  };

  // No change of a file deletes a peering.
  const stated = breaks.filter(
    ({ id, how }) => !['local-agent', 'peering-active'].includes(id) && !how.includes('deleted the peering'),
  );
  const compared: string[] = [];

  it.each(stated.map((row) => [row.id, row.how, row] as const))(
    '%s: %s',
    async (_, __, row) => {
      const changes = await recorded(row);
      if (changes === undefined) return;
      compared.push(row.how);
      const expected = await foretold(row, changes);
      await row.break(stage);
      let found: readonly string[] = [];
      for (let attempt = 0; attempt < 40; attempt += 1) {
        found = issuesIn(await stage.check(row.at, { both: row.both }));
        if (found.join() === expected.join()) break;
        await sleep(250);
      }
      expect(found).toEqual(expected);
      expect(found.some((issue) => issue.startsWith(`${row.id} `))).toBe(true);
    },
    60_000,
  );

  it('compares most of the breaks', () => {
    expect(compared.length).toBeGreaterThanOrEqual(15);
  });
});
