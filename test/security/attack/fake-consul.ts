import { randomUUID } from 'node:crypto';
import type { ConsulClient } from '../../../src/consul/client';

/**
 * Two clusters in memory that peer as Consul 1.20 does: an unused token is void once another is generated. The
 * exported-services entry of the first is that of a real Consul.
 */

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

/** A write of an entry by the bot: what was exported before and after, as `SERVICE/PEER`. */
interface EntryWrite {
  readonly cluster: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
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

/** The exported-services entry of a real Consul. */
export interface RealEntry {
  readonly client: ConsulClient;
  readonly remove: () => Promise<unknown>;
}

const emptyEntry = { Kind: 'exported-services', Name: 'default', Services: [], ModifyIndex: 0 };

const readEntry = async (client: ConsulClient) => {
  const answer = await client.configEntries('exported-services');
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value[0];
};

const exportsIn = (entry: Awaited<ReturnType<typeof readEntry>>): readonly string[] =>
  (entry?.Services ?? []).flatMap(({ Name, Consumers }) => Consumers.map(({ Peer }) => `${Name}/${Peer}`));

export const createFakeConsul = (names: readonly string[], { client: real }: RealEntry) => {
  const clusters = new Map(names.map((name) => [name, new Map<string, FakePeering>()]));
  const established: Established[] = [];
  const deleted: Deleted[] = [];
  const entryWrites: EntryWrite[] = [];
  const exportedNow = async (): Promise<readonly string[]> => exportsIn(await readEntry(real));
  let index = 10;
  const ok = (value: unknown) => ({ ok: true, value });
  const failed = (kind: string) => ({ ok: false, error: { kind, message: kind, status: 404 } });

  const clientOf = (cluster: string): ConsulClient => {
    const peerings = clusters.get(cluster) ?? new Map<string, FakePeering>();
    const trustDomain = `${cluster}.consul`;
    const client = {
      agentSelf: async () => ok({ Config: { Datacenter: cluster } }),
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
      configEntries: (...given: Parameters<ConsulClient['configEntries']>) => real.configEntries(...given),
      writeConfigEntry: async (entry: object, at: number) => {
        const before = await exportedNow();
        const written = await real.writeConfigEntry(entry, at);
        if (written.ok && written.value) entryWrites.push({ cluster, before, after: await exportedNow() });
        return written;
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
    /** Exports a service to another peer, or ends that, as an administrator does. */
    editEntry: async (): Promise<void> => {
      const { Services, ModifyIndex = 0, ...entry } = (await readEntry(real)) ?? emptyEntry;
      const others = Services.filter(({ Name }) => Name !== 'billing');
      const billing = { Name: 'billing', Consumers: [{ Peer: 'lab' }] };
      const edited = others.length === Services.length ? [...others, billing] : others;
      await real.writeConfigEntry({ ...entry, Services: edited }, Number(ModifyIndex));
    },
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
