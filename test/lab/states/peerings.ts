import { type ConsulAgent, startConsul } from '../consul';
import { readPeering } from '../pair';
import { waitFor } from '../process';
import { permissionsOf, protocol, source } from './entries';
import { allowWeb, type Lab, toApi } from './lab';
import type { Row } from './row';

/** The peering itself, as both sides hold it. */

const stateOf = async (agent: ConsulAgent, name: string): Promise<string> =>
  (await readPeering(agent, name)).State;

/** Deletes both peerings. */
const unpeer = async ({ east, west }: Lab): Promise<void> => {
  await Promise.all([east.call('DELETE', '/v1/peering/west'), west.call('DELETE', '/v1/peering/east')]);
  await waitFor(
    'the peerings to be gone',
    async () =>
      (await east.agent.request('GET', '/v1/peering/west')).status === 404 &&
      (await west.agent.request('GET', '/v1/peering/east')).status === 404,
    { timeoutMs: 30_000 },
  );
};

const generate = async ({ east }: Lab, body: object = {}): Promise<string> => {
  const { PeeringToken } = await east.call<{ PeeringToken: string }>('POST', '/v1/peering/token', {
    PeerName: 'west',
    ...body,
  });
  return PeeringToken;
};

/**
 * Peers the clusters twice, exports api to both peers, and lets web call it through one of the peerings.
 *
 * @param through the peering, under its name in west
 * @param sources the intentions of api
 */
const callOverTwo = async (
  lab: Lab,
  through: 'east' | 'east-2',
  ...sources: readonly object[]
): Promise<void> => {
  await lab.peerTwice();
  await lab.export({ api: ['west', 'west-2'] });
  await lab.intend('api', ...sources);
  if (through === 'east-2') await lab.web({ ...toApi, DestinationPeer: 'east-2' });
};

const allowWebAgain = source('web', 'allow', 'west-2');

export const peeringRows: readonly Row[] = [
  {
    name: 'east has deleted the peering',
    change: async ({ east, west }) => {
      await east.call('DELETE', '/v1/peering/west');
      await waitFor('west to notice', async () => (await stateOf(west.agent, 'east')) === 'TERMINATED');
    },
    truth: 'blocked',
    expected: [{ at: 'west', id: 'peering-active', subject: /^peering east$/ }],
  },
  {
    name: 'west has deleted the peering',
    change: async ({ east, west }) => {
      await west.call('DELETE', '/v1/peering/east');
      await waitFor('east to notice', async () => (await stateOf(east.agent, 'west')) === 'TERMINATED');
    },
    truth: 'blocked',
    expected: [
      { at: 'east', id: 'peering-active', subject: /^peering west$/ },
      { at: 'west', id: 'upstream-destination-peer', subject: /→ api$/ },
    ],
  },
  {
    name: 'a token is generated, and nobody has used it',
    change: async (lab) => {
      await unpeer(lab);
      await generate(lab);
    },
    truth: 'blocked',
    expected: [{ at: 'west', id: 'upstream-destination-peer', subject: /→ api$/ }],
  },
  {
    name: 'west holds a token whose server addresses do not answer',
    change: async (lab) => {
      await unpeer(lab);
      const token = await generate(lab, { ServerExternalAddresses: [`127.0.0.1:${lab.port('nobody')}`] });
      await lab.west.agent.request('POST', '/v1/peering/establish', {
        PeerName: 'east',
        PeeringToken: token,
      });
    },
    truth: 'blocked',
    expected: [
      { at: 'west', id: 'peering-pending', subject: /^peering east$/ },
      { at: 'east', id: 'peering-pending', subject: /^peering west$/ },
    ],
  },
  {
    name: 'east calls the peering otherwise, and goes on exporting to the old name',
    change: async (lab) => {
      await lab.repeer('cluster-west', 'east');
    },
    truth: 'blocked',
    expected: [{ at: 'east', id: 'exported-services-peer-known', subject: /west/ }],
    fix: { at: 'east', title: [/^Export to cluster-west/, /name cluster-west in the intentions/] },
  },
  {
    name: 'east calls the peering otherwise, and the intention keeps the old name',
    change: async (lab) => {
      await lab.repeer('cluster-west', 'east');
      await lab.export({ api: ['cluster-west'] });
    },
    truth: 'blocked',
    expected: [{ at: 'east', id: 'intentions-allow-peer', subject: /api/ }],
    fix: { at: 'east' },
  },
  {
    name: 'west calls the peering otherwise, and the upstream keeps the old name',
    change: (lab) => lab.repeer('west', 'prod'),
    truth: 'blocked',
    expected: [{ at: 'west', id: 'upstream-destination-peer', subject: /→ api$/ }],
    fix: { at: 'west' },
  },
  {
    name: 'a third cluster has used a token that was generated while the peering was active',
    change: async (lab) => {
      const third = await startConsul({ datacenter: 'north' });
      lab.onReset(() => third.stop());
      const token = await generate(lab);
      await third.call('POST', '/v1/peering/establish', { PeerName: 'east', PeeringToken: token });
      await waitFor('the third to be active', async () => (await stateOf(third, 'east')) === 'ACTIVE');
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [
      { at: 'east', id: 'peering-two-sided', subject: /^peering west$/ },
      { at: 'west', id: 'peering-two-sided', subject: /^peering east$/ },
    ],
  },
  {
    name: 'both sides call the peering otherwise, and all that names it',
    change: async (lab) => {
      await lab.repeer('consumers', 'providers');
      await lab.export({ api: ['consumers'] });
      await lab.intend('api', source('web', 'allow', 'consumers'));
      await lab.web({ ...toApi, DestinationPeer: 'providers' });
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a token was generated again while the peering is active, and nobody has used it',
    change: (lab) => generate(lab),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'further peerings at both sides that wait for their other side',
    change: async ({ east, west }) => {
      for (const side of [east, west]) await side.call('POST', '/v1/peering/token', { PeerName: 'lab' });
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'east peers with a third cluster as well',
    change: async (lab) => {
      const third = await startConsul({ datacenter: 'north' });
      lab.onReset(() => third.stop());
      const { PeeringToken } = await lab.east.call<{ PeeringToken: string }>('POST', '/v1/peering/token', {
        PeerName: 'north',
      });
      await third.call('POST', '/v1/peering/establish', { PeerName: 'east', PeeringToken });
      await lab.export({ api: ['west', 'north'] });
      await waitFor('the third to be active', async () => (await stateOf(third, 'east')) === 'ACTIVE');
    },
    truth: 'flows',
    expected: [],
  },
];

/** Rows of clusters that are peered twice. */
export const twicePeeredRows: readonly Row[] = [
  {
    name: 'two peerings, and a call and an intention of the second',
    change: (lab) => callOverTwo(lab, 'east-2', allowWebAgain),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'two peerings, a call through the second, and an intention of the first',
    change: (lab) => callOverTwo(lab, 'east-2', allowWeb),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'two peerings, a call through the first, and an intention of the second',
    change: (lab) => callOverTwo(lab, 'east', allowWebAgain),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'two peerings, and the intention of the first denies what that of the second allows',
    change: (lab) => callOverTwo(lab, 'east', source('web', 'deny'), allowWebAgain),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'two peerings, and a denial of the first, and a wildcard of the second that allows',
    change: (lab) => callOverTwo(lab, 'east', source('web', 'deny'), source('*', 'allow', 'west-2')),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'two peerings, api is http, and permissions of the second',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'));
      await callOverTwo(lab, 'east', permissionsOf('web', 'west-2', ['/', 'allow']));
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'two peerings, api is exported to the second alone, and the intention is of the first',
    change: async (lab) => {
      await callOverTwo(lab, 'east-2', allowWeb);
      await lab.export({ api: ['west-2'] });
    },
    truth: 'blocked',
    expected: [{ at: 'east', id: 'intentions-allow-peer', subject: /api/ }],
    fix: { at: 'east' },
  },
  {
    name: 'two peerings, and no intention of either',
    change: (lab) => callOverTwo(lab, 'east-2', source('shop', 'allow')),
    truth: 'blocked',
    expected: [{ at: 'east', id: 'intentions-allow-peer', subject: /api/ }],
    fix: { at: 'east' },
  },
  {
    name: 'two peerings, and the intentions of both deny',
    change: (lab) => callOverTwo(lab, 'east-2', source('web', 'deny'), source('web', 'deny', 'west-2')),
    truth: 'blocked',
    expected: [{ at: 'east', id: 'intentions-allow-peer', subject: /api/ }],
  },
  {
    name: 'two peerings, and api is exported to the one that nobody calls through',
    change: async (lab) => {
      await callOverTwo(lab, 'east-2', allowWeb, allowWebAgain);
      await lab.export({ api: ['west'] });
    },
    truth: 'blocked',
    expected: [{ at: 'west', id: 'upstream-imported', subject: /→ api$/ }],
    fix: { at: 'east' },
  },
  {
    name: 'two peerings, of which one carries nothing, which the specification forbids',
    change: (lab) => lab.peerTwice(),
    truth: 'flows',
    expected: [
      { at: 'east', id: 'exported-services-defined', subject: /^peering west-2$/ },
      { at: 'west', id: 'exported-services-defined', subject: /^peering east-2$/ },
    ],
  },
];
