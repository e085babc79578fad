import { randomUUID } from 'node:crypto';
import { stringify } from 'yaml';
import { channels, people, usergroups } from '../workspace/people';
import { createModel } from './model/model';
import { peersOf, readRecordings, serveRecording } from './recording';
import { done, failed, type Running, type Step } from './step';

/** The clusters that the demo's bot is configured with. */

export interface DemoCluster {
  readonly name: string;
  readonly address: string;
  readonly token: string;
  /** For approved requests. */
  readonly peeringToken: string;
  /** For people who apply fixes; absent where the clusters are real. */
  readonly manageToken?: string;
  readonly peers: Readonly<Record<string, string>>;
  readonly gatewayTokens: readonly Readonly<Record<string, string>>[];
  /** One line that describes the cluster. */
  readonly about: string;
}

export interface DemoClusters extends Running {
  readonly list: readonly DemoCluster[];
  readonly real: boolean;
  /** `Consul 1.20.1` */
  readonly madeWith: string;
  /** Requests of the bot that no recording holds. */
  readonly missing: () => readonly string[];
}

/** Delays answers as a network would, so that progress is visible. */
const delayMs = 20;

/** Serves every recording of the folder. */
export const serveClusters = async (folder: string): Promise<Step<DemoClusters>> => {
  const recordings = await readRecordings(folder);
  if (recordings.length === 0) return failed(`${folder} holds no recordings: restore it with git checkout`);
  const model = createModel(recordings);
  const served = await Promise.all(
    recordings.map(async (recording) => {
      const [token, peeringToken, manageToken] = [randomUUID(), randomUUID(), randomUUID()];
      const writes = { model, peeringToken, manageToken };
      const server = await serveRecording(recording, { token, delayMs, writes });
      const cluster: DemoCluster = {
        name: recording.cluster,
        address: server.address,
        token,
        peeringToken,
        manageToken,
        peers: peersOf(recording, recordings),
        gatewayTokens: recording.gatewayTokens ?? [],
        about: recording.about ?? '',
      };
      return { cluster, server };
    }),
  );
  return done({
    list: served.map(({ cluster }) => cluster),
    real: false,
    missing: () => served.flatMap(({ server }) => server.missing()),
    madeWith: [...new Set(recordings.map(({ recordedWith }) => recordedWith))].join(', '),
    stop: async () => {
      await Promise.all(served.map(({ server }) => server.stop()));
    },
  });
};

const variable = (name: string, what: string): string =>
  `DEMO_${what}_${name.toUpperCase().replace(/\W/g, '_')}`;

/** The variables that hold the clusters' tokens. */
export const clusterVariables = (clusters: readonly DemoCluster[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    clusters.flatMap(({ name, token, peeringToken }) => [
      [variable(name, 'TOKEN'), token],
      [variable(name, 'PEERING_TOKEN'), peeringToken],
    ]),
  );

/** `clusters.yml`: everyone of the team may do everything, and the leads approve. */
export const clustersFile = (clusters: readonly DemoCluster[]): string => {
  const entry = ({ name, address, peers, gatewayTokens }: DemoCluster): [string, object] => [
    name,
    {
      address,
      token: { env: variable(name, 'TOKEN') },
      ...(Object.keys(peers).length > 0 ? { peers } : {}),
      ...(gatewayTokens.length > 0 ? { gateway_tokens: gatewayTokens } : {}),
      peering_token: { env: variable(name, 'PEERING_TOKEN') },
    },
  ];
  return stringify({
    clusters: Object.fromEntries(clusters.map(entry)),
    access: [{ allow: ['*'], users: [people.requester.id, people.approver.id, people.lead.id] }],
    approvals: {
      channel: channels.approvals,
      approvers: { users: [], usergroups: [usergroups.leads] },
      expires: '30m',
    },
  });
};

/** Commands to try. */
export const suggest = (clusters: readonly DemoCluster[]): readonly string[] => [
  ...clusters.map(({ name }) => `/peering check ${name}`),
  '/peering digest add all weekdays 09:00',
  ...suggestTokens(clusters),
];

/** Commands to try about peerings: between a cluster with peers and one without. */
const suggestTokens = (clusters: readonly DemoCluster[]): readonly string[] => {
  const paired = clusters.findLast(({ peers }) => Object.keys(peers).length > 0);
  const alone = clusters.find(({ peers }) => Object.keys(peers).length === 0);
  return paired && alone
    ? [`/peering connect ${paired.name} ${alone.name}`, `/peering token ${paired.name} orders`]
    : [];
};
