import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClients } from '../../src/clusters/clients';
import { waitFor } from '../lab/process';
import { clusterOf } from '../slack/support';

describe('clients of clusters', () => {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    server = createServer((_, response) => response.end('"127.0.0.1:8300"'));
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const { signal } = new AbortController();
  const connections = (): Promise<number> =>
    new Promise((resolve, reject) => {
      server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });

  it('hold connections to the few clusters that were used last, and to those in use', async () => {
    const clients = createClients({});
    const use = async (name: string) => {
      const lease = clients.lease({ ...clusterOf(name), address });
      if (!lease.ok) throw new Error(lease.error);
      expect((await lease.value.client.leader({ signal })).ok).toBe(true);
      return lease.value;
    };
    const busy = await use('busy');
    for (let at = 0; at < 50; at++) (await use(`c${at}`)).release();
    await waitFor('the others to be closed', async () => (await connections()) === 33);
    // Still the same one, and its connection.
    expect((await busy.client.leader({ signal })).ok).toBe(true);
    (await use('c49')).release();
    expect(await connections()).toBe(33);
    busy.release();
    await waitFor('one more to be closed', async () => (await connections()) === 32);
    clients.close();
    await waitFor('all to be closed', async () => (await connections()) === 0);
  });
});
