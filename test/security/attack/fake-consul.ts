import { randomUUID } from 'node:crypto';
import type { ConsulClient } from '../../../src/consul/client';

/** Two clusters in memory that peer as Consul 1.20 does: an unused token is void once another is generated. */

interface FakePeering {
  readonly ID: string;
  readonly Name: string;
  readonly State: string;
  readonly PeerServerAddresses: readonly string[];
  readonly Meta: Readonly<Record<string, string>>;
  readonly PeerID: string;
  readonly ModifyIndex: number;
  readonly secret: string;
}

interface FakeEntry {
  readonly Services: readonly { readonly Consumers: readonly { readonly Peer: string }[] }[];
  readonly ModifyIndex: number;
}

/** A successful establish: on which cluster, and for which request. */
interface Established {
  readonly cluster: string;
  readonly request: string;
  /** True if the name belonged to a peering with another one. */
  readonly takesOver: boolean;
}

/** A peering in use that was deleted by the bot. */
interface Deleted {
  readonly cluster: string;
  readonly name: string;
}

const metaKey = 'peering-bot-request';

export const createFakeConsul = (names: readonly string[]) => {
  const clusters = new Map(names.map((name) => [name, new Map<string, FakePeering>()]));
  const established: Established[] = [];
  const deleted: Deleted[] = [];
  /** The exported-services entry of each cluster. */
  const entries = new Map<string, FakeEntry>();
  /** The cluster of each write of an entry. */
  const entryWrites: string[] = [];
  let index = 10;
  const ok = (value: unknown) => ({ ok: true, value });
  const failed = (kind: string) => ({ ok: false, error: { kind, message: kind, status: 404 } });

  const clientOf = (cluster: string): ConsulClient => {
    const peerings = clusters.get(cluster) ?? new Map<string, FakePeering>();
    const trustDomain = `${cluster}.consul`;
    const client = {
      agentSelf: async () => ok({ Config: { Datacenter: cluster, Partition: '' } }),
      caRoots: async () => ok({ TrustDomain: trustDomain, ActiveRootID: '', Roots: [] }),
      authorize: async () => ok([{ Allow: true }]),
      peeringState: async (name: string) => {
        const found = peerings.get(name);
        return found === undefined ? failed('not-found') : ok(found);
      },
      generatePeeringToken: async (name: string, { meta = {} }: { meta?: Record<string, string> }) => {
        const before = peerings.get(name);
        const now: FakePeering = {
          ID: before?.ID ?? randomUUID(),
          Name: name,
          State: before?.State ?? 'PENDING',
          PeerServerAddresses: before?.PeerServerAddresses ?? [],
          Meta: before?.Meta ?? meta,
          PeerID: before?.PeerID ?? '',
          ModifyIndex: (index += 1),
          secret: randomUUID(),
        };
        peerings.set(name, now);
        const contents = {
          CA: [],
          ServerAddresses: ['192.0.2.1:8503'],
          ServerName: `server.${cluster}.peering.${trustDomain}`,
          PeerID: now.ID,
          EstablishmentSecret: now.secret,
        };
        return ok({ PeeringToken: Buffer.from(JSON.stringify(contents)).toString('base64') });
      },
      establishPeering: async (
        name: string,
        token: string,
        { meta = {} }: { meta?: Record<string, string> },
      ) => {
        const { PeerID, EstablishmentSecret } = JSON.parse(Buffer.from(token, 'base64').toString()) as {
          PeerID: string;
          EstablishmentSecret: string;
        };
        for (const others of clusters.values()) {
          const [acceptor] = [...others.values()].filter(
            ({ ID, secret }) => ID === PeerID && secret === EstablishmentSecret,
          );
          if (acceptor === undefined) continue;
          others.set(acceptor.Name, { ...acceptor, State: 'ACTIVE', ModifyIndex: (index += 1), secret: '' });
          const before = peerings.get(name);
          peerings.set(name, {
            ID: before?.ID ?? randomUUID(),
            Name: name,
            State: 'ACTIVE',
            PeerServerAddresses: ['192.0.2.1:8503'],
            Meta: meta,
            PeerID,
            ModifyIndex: (index += 1),
            secret: '',
          });
          const takesOver = before !== undefined && before.PeerID !== PeerID;
          established.push({ cluster, request: meta[metaKey] ?? '', takesOver });
          return ok(undefined);
        }
        return failed('forbidden');
      },
      configEntries: async () => ok(entries.has(cluster) ? [entries.get(cluster)] : []),
      writeConfigEntry: async (entry: object, at: number) => {
        if ((entries.get(cluster)?.ModifyIndex ?? 0) !== at) return ok(false);
        entries.set(cluster, { Services: [], ...entry, ModifyIndex: (index += 1) });
        entryWrites.push(cluster);
        return ok(true);
      },
      deletePeering: async (name: string) => {
        if (peerings.get(name)?.State === 'ACTIVE') deleted.push({ cluster, name });
        peerings.delete(name);
        return ok(undefined);
      },
    };
    // The jobs about peering tokens use nothing else.
    return client as unknown as ConsulClient;
  };

  const clients = new Map(names.map((name) => [name, clientOf(name)]));
  return {
    clientOf: (name: string): ConsulClient | undefined => clients.get(name),
    established,
    deleted,
    entryWrites,
    /** The peers that a service is exported to. */
    consumers: (): readonly string[] =>
      [...entries.values()].flatMap(({ Services }) =>
        Services.flatMap(({ Consumers }) => Consumers.map(({ Peer }) => Peer)),
      ),
    /** The requests that the peerings that exist now were made by. */
    madeBy: (): readonly string[] =>
      [...clusters.values()].flatMap((peerings) =>
        [...peerings.values()].map(({ Meta }) => Meta[metaKey] ?? ''),
      ),
    /** Deletes all peerings, as an administrator does. */
    clear: (): void => {
      for (const peerings of clusters.values()) peerings.clear();
    },
  };
};
