import {
  exampleExportedHealth,
  exampleExports,
  exampleSidecar,
  exampleUpstream,
} from '../../src/checks/examples/parts';
import { run, snapshotOf, visible } from './world';

const notesAbout = (thing: string, sections: Parameters<typeof snapshotOf>[0]): readonly string[] =>
  run(snapshotOf(sections)).notes.filter((note) => note.includes(`fixes change ${thing}`));

/** An entry whose services go to these peers. */
const exporting = (...services: Parameters<typeof exampleExports>[0]) => ({
  exportedServices: visible([exampleExports(services)]),
  exportedHealth: visible(services.map(({ name }) => exampleExportedHealth({ name }))),
});

describe('a note says that fixes would undo each other', () => {
  it('where two causes are in one entry', () => {
    const consul = { name: 'consul', peers: ['west'] };
    expect(
      notesAbout('exported-services/default', exporting({ name: 'api', peers: ['wset'] }, consul)),
    ).toHaveLength(1);
  });

  it('where two checks change one sidecar', () => {
    const upstreams = [
      exampleUpstream({ DestinationPeer: 'wets' }),
      exampleUpstream({ DestinationName: 'ledger', LocalBindPort: 9192, MeshGateway: { Mode: 'none' } }),
    ];
    const registration = {
      Tags: [],
      Address: '',
      TaggedAddresses: {},
      Meta: {},
      Port: 21_000,
      SocketPath: '',
      EnableTagOverride: false,
      Weights: null,
    };
    const sidecar = exampleSidecar(upstreams, { registration, managedBy: 'agent' });
    expect(notesAbout('web-sidecar-proxy (on node app-1)', { sidecars: visible([sidecar]) })).toHaveLength(1);
  });

  it('but not where one cause has several findings with one fix', () => {
    const upstreams = ['billing', 'ledger'].map((DestinationName, index) =>
      exampleUpstream({ DestinationName, DestinationPeer: 'wets', LocalBindPort: 9191 + index }),
    );
    expect(notesAbout('', { sidecars: visible([exampleSidecar(upstreams)]) })).toEqual([]);
    expect(notesAbout('', exporting({ name: 'api', peers: ['wset'] }))).toEqual([]);
  });
});
