import { readFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { resolve } from 'node:path';
import type { Message } from '../../sandbox/workspace/model';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { waitFor } from '../lab/process';

/** Settings with which the stored Redis of version 0.1.0 was made, and is read. */

/** Made up: it signs nothing but what is stored here. */
export const signingKey = 'test-key-of-the-stored-redis-0.1.0';

export const rdbFile = 'redis-0.1.0.rdb';
export const madeFile = 'made-0.1.0.json';
const clustersFile = 'clusters-0.1.0.yml';
export const inFolder = (file: string): string => resolve(__dirname, 'fixtures', file);

export const clusters = readFileSync(inFolder(clustersFile), 'utf8');

/** The requests for tokens by their peer, and the one to connect the clusters. */
export const requestNames = ['orders', 'billing', 'search', 'cart', 'stock', 'fleet', 'connect'] as const;
export type RequestName = (typeof requestNames)[number];

/** Facts about the stored Redis that are known without reading it. */
export interface Made {
  /** When it was stored (ISO 8601), by the clock that it was made by. */
  readonly at: string;
  readonly digests: Readonly<Record<'due' | 'paused' | 'later', string>>;
  /** Ids of stored runs, newest first. */
  readonly runs: Readonly<Record<string, readonly string[]>>;
  /** The accessor of the token that prod-east was read with: stored reports name it. */
  readonly accessor: string;
  readonly requests: Readonly<Record<RequestName, { readonly id: string; readonly ts: string }>>;
  /** Blocks of the cards of ended requests, from before they ended. */
  readonly kept: Readonly<Record<'orders' | 'billing' | 'search', Message['blocks']>>;
  /** Message refs of the cards of subscriptions. */
  readonly watches: Readonly<Record<string, string>>;
  /** Number of entries in the audit trail. */
  readonly entries: number;
  /** The messages that Redis refers to, as they stood in Slack. */
  readonly messages: readonly Message[];
}

/** An approval holds only for the cluster that it was given for: by its address and by the id of its CA. */
const sides = {
  east: { host: '127.77.0.1', id: '11111111-2222-4333-8444-555555555501' },
  west: { host: '127.77.0.2', id: '11111111-2222-4333-8444-555555555502' },
} as const;

export interface Clusters {
  readonly east: ConsulAgent;
  readonly west: ConsulAgent;
  /** The tokens that the clusters file names. */
  readonly env: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

/**
 * Two real clusters, not peered, at the addresses of the clusters file. They are as far ahead (ms) of the real time
 * as everything else, as the bot goes by what they say it is.
 */
export const startClusters = async (aheadMs: number): Promise<Clusters> => {
  const start = ({ id }: { readonly id: string }, datacenter: string): Promise<ConsulAgent> =>
    startConsul({ datacenter, config: { connect: { enabled: true, ca_config: { cluster_id: id } } } });
  const [east, west] = await Promise.all([start(sides.east, 'east'), start(sides.west, 'west')]);
  const doors = await Promise.all([
    door(sides.east.host, east, aheadMs),
    door(sides.west.host, west, aheadMs),
  ]);
  const [writeEast, writeWest] = await Promise.all(
    [east, west].map((agent) => agent.tokenWith('peering = "write"')),
  );
  return {
    east,
    west,
    env: {
      READ_EAST: east.token,
      READ_WEST: west.token,
      WRITE_EAST: writeEast?.secret ?? '',
      WRITE_WEST: writeWest?.secret ?? '',
    },
    stop: async () => {
      for (const one of doors) {
        one.closeAllConnections();
        one.close();
      }
      await Promise.all([east.stop(), west.stop()]);
    },
  };
};

/** Lets a cluster be reached at an address that is always the same. Another run may have it for a while. */
const door = (host: string, { address }: ConsulAgent, aheadMs: number): Promise<Server> =>
  waitFor(
    `${host} to be free`,
    () =>
      new Promise<Server>((done, failed) => {
        const server = createServer((incoming, outgoing) => {
          const { method, headers, url = '/' } = incoming;
          const onward = request(`${address}${url}`, { method, headers }, (answer) => {
            const date = new Date(Date.now() + aheadMs).toUTCString();
            outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, date });
            answer.pipe(outgoing);
          });
          onward.on('error', () => outgoing.destroy());
          incoming.pipe(onward);
        });
        server.once('error', failed);
        server.listen(8500, host, () => done(server));
      }),
    { timeoutMs: 60_000 },
  );
