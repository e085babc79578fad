import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { rowsOf } from '../../src/snapshot/section';
import { gatherFrom } from './reading';

/** More than are read because of a wildcard. */
const count = 260;
const names = Array.from({ length: count }, (_, index) => `redirected-${String(index).padStart(3, '0')}`);

describeWith(['consul'], 'the discovery chains of exported names', () => {
  let east: ConsulAgent;
  const write = (entry: object) => east.call('PUT', '/v1/config', entry);
  const exportAll = (...services: readonly string[]) =>
    write({
      Kind: 'exported-services',
      Name: 'default',
      Services: services.map((Name) => ({ Name, Consumers: [{ Peer: 'west' }] })),
    });
  beforeAll(async () => {
    east = await startConsul({ datacenter: 'east', acl: 'off' });
    for (const Name of names) await write({ Kind: 'service-resolver', Name, Redirect: { Service: 'api' } });
    for (const Name of ['slow-1', 'slow-2'])
      await write({ Kind: 'service-resolver', Name, ConnectTimeout: '5s' });
  }, 60_000);
  afterAll(() => east.stop());

  const read = async () => {
    const { exportedChains } = (await gatherFrom(east)).sections;
    return {
      chains: rowsOf(exportedChains).map(({ service }) => service),
      reason: exportedChains.visibility === 'visible' ? '' : exportedChains.reason.kind,
    };
  };

  it('are read in part for a wildcard, and for names that are exported themselves in any case', async () => {
    const last = names.at(-1) ?? '';
    await exportAll('*', last);
    const { chains, reason } = await read();
    expect([reason, chains.includes(last), chains.length < count]).toEqual(['too-large', true, true]);
  }, 60_000);

  it('are all read for names that are exported by name, without those that only set a timeout', async () => {
    await exportAll(...names, 'slow-1');
    const { chains, reason } = await read();
    expect([reason, chains.toSorted()]).toEqual(['', names]);
  }, 60_000);
});
