import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Fields, textOf } from '../../workspace/blocks/schema';
import {
  bodyOf,
  objectIn,
  publishPeerings,
  recently,
  type RecordedCluster,
  rowsIn,
} from './recorded-cluster';

/** Peerings of recorded clusters with each other. A token is real in form; its secret works in this process alone. */

const metaOf = z.record(z.string(), z.string()).nullish();
const TokenRequest = z.object({
  PeerName: z.string().min(1),
  Meta: metaOf,
  ServerExternalAddresses: z.array(z.string()).nullish(),
});
const EstablishRequest = z.object({ PeerName: z.string().min(1), PeeringToken: z.string(), Meta: metaOf });
const Token = z.object({
  PeerID: z.string(),
  EstablishmentSecret: z.string(),
  ServerName: z.string(),
  ServerAddresses: z.array(z.string()),
  ManualServerAddresses: z.array(z.string()).nullish(),
});

const selfOf = (cluster: RecordedCluster): Fields => objectIn(bodyOf(cluster, '/v1/agent/self'));

export const datacenterOf = (cluster: RecordedCluster): string =>
  textOf(objectIn(selfOf(cluster)['Config'])['Datacenter']);

export const trustDomainOf = (cluster: RecordedCluster): string =>
  textOf(objectIn(bodyOf(cluster, '/v1/connect/ca/roots'))['TrustDomain']);

const certificatesOf = (cluster: RecordedCluster): readonly string[] =>
  rowsIn(objectIn(bodyOf(cluster, '/v1/connect/ca/roots'))['Roots']).map((root) => textOf(root['RootCert']));

const serverAddressOf = (cluster: RecordedCluster): string => {
  const { xDS: xds } = selfOf(cluster);
  const { TLS: port } = objectIn(objectIn(xds)['Ports']);
  return `127.0.0.1:${typeof port === 'number' ? port : 8503}`;
};

const noStream = {
  ImportedServices: null,
  ExportedServices: null,
  LastHeartbeat: null,
  LastReceive: null,
  LastSend: null,
};

const put = (cluster: RecordedCluster, peering: Fields): void => {
  cluster.index += 1;
  cluster.peerings.set(textOf(peering['Name']), {
    CreateIndex: cluster.index,
    ...peering,
    ModifyIndex: cluster.index,
  });
  publishPeerings(cluster);
};

/** Generates a token, which voids the one before it. */
export const generateToken = (cluster: RecordedCluster, body: unknown) => {
  const parsed = TokenRequest.safeParse(body);
  if (!parsed.success)
    return { status: 400, body: 'PeerName is required in the payload when generating a new peering token.' };
  const { PeerName, Meta, ServerExternalAddresses: manual } = parsed.data;
  const existing = cluster.peerings.get(PeerName);
  const id = textOf(existing?.['ID']) || randomUUID();
  const secret = randomUUID();
  cluster.tokens.set(id, secret);
  put(
    cluster,
    existing ?? {
      ID: id,
      Name: PeerName,
      State: 'PENDING',
      Meta: Meta ?? {},
      StreamStatus: noStream,
      Remote: { Partition: '', Datacenter: '' },
    },
  );
  const token = {
    CA: null,
    ManualServerAddresses: manual ?? null,
    ServerAddresses: [serverAddressOf(cluster)],
    ServerName: `server.${datacenterOf(cluster)}.peering.${trustDomainOf(cluster)}`,
    PeerID: id,
    EstablishmentSecret: secret,
    Remote: { Partition: 'default', Datacenter: datacenterOf(cluster) },
  };
  return { status: 200, body: { PeeringToken: Buffer.from(JSON.stringify(token)).toString('base64') } };
};

const parseToken = (text: string): z.infer<typeof Token> | undefined => {
  try {
    return Token.safeParse(JSON.parse(Buffer.from(text, 'base64').toString())).data;
  } catch {
    return undefined;
  }
};

const activeStream = (cluster: RecordedCluster, before: unknown): Fields => ({
  ...noStream,
  ...objectIn(before),
  LastHeartbeat: recently(cluster),
  LastReceive: recently(cluster),
  LastSend: recently(cluster),
});

/** Finds the cluster and the peering that a dialer's peering is with. */
export const acceptorOf = (
  all: readonly RecordedCluster[],
  peerId: string,
): { readonly cluster: RecordedCluster; readonly peering: Fields } | undefined =>
  all
    .flatMap((cluster) => [...cluster.peerings.values()].map((peering) => ({ cluster, peering })))
    .find(({ peering }) => peerId !== '' && peering['ID'] === peerId);

/** Establishes a peering with another recorded cluster. */
export const establishPeering = (dialer: RecordedCluster, all: readonly RecordedCluster[], body: unknown) => {
  const parsed = EstablishRequest.safeParse(body);
  const token = parsed.success ? parseToken(parsed.data.PeeringToken) : undefined;
  if (!parsed.success || !token) return { status: 400, body: 'peering token is not valid' };
  const acceptor = acceptorOf(all, token.PeerID);
  if (!acceptor || acceptor.cluster === dialer)
    return { status: 400, body: 'this cluster is a recording, which can peer with another recording alone' };
  if (acceptor.cluster.tokens.get(token.PeerID) !== token.EstablishmentSecret)
    return { status: 403, body: 'Permission denied: a new peering token must be generated' };
  acceptor.cluster.tokens.delete(token.PeerID);
  const { PeerName, Meta } = parsed.data;
  const existing = dialer.peerings.get(PeerName);
  const addresses = token.ManualServerAddresses ?? [];
  put(dialer, {
    CreateIndex: existing?.['CreateIndex'] ?? dialer.index + 1,
    ID: textOf(existing?.['ID']) || randomUUID(),
    Name: PeerName,
    State: 'ACTIVE',
    Meta: Meta ?? {},
    PeerID: token.PeerID,
    PeerCAPems: certificatesOf(acceptor.cluster),
    PeerServerName: token.ServerName,
    PeerServerAddresses: addresses.length > 0 ? addresses : token.ServerAddresses,
    StreamStatus: activeStream(dialer, existing?.['StreamStatus']),
    Remote: { Partition: '', Datacenter: datacenterOf(acceptor.cluster) },
  });
  put(acceptor.cluster, {
    ...acceptor.peering,
    State: 'ACTIVE',
    PeerCAPems: certificatesOf(dialer),
    StreamStatus: activeStream(acceptor.cluster, acceptor.peering['StreamStatus']),
    Remote: { Partition: '', Datacenter: datacenterOf(dialer) },
  });
  return { status: 200, body: {} };
};

const otherSides = (all: readonly RecordedCluster[], peering: Fields) =>
  all.flatMap((cluster) =>
    [...cluster.peerings.values()]
      .filter(
        (one) =>
          (peering['PeerID'] && one['ID'] === peering['PeerID']) ||
          (one['PeerID'] && one['PeerID'] === peering['ID']),
      )
      .map((one) => ({ cluster, peering: one })),
  );

/** Deletes a peering; the other side is then TERMINATED. Succeeds if there is none, as Consul does. */
export const deletePeering = (cluster: RecordedCluster, all: readonly RecordedCluster[], name: string) => {
  const peering = cluster.peerings.get(name);
  if (peering) {
    cluster.index += 1;
    cluster.peerings.delete(name);
    publishPeerings(cluster);
    for (const other of otherSides(all, peering))
      put(other.cluster, { ...other.peering, State: 'TERMINATED', StreamStatus: noStream });
  }
  return { status: 200, body: undefined };
};
