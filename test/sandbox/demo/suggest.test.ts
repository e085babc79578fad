import { type DemoCluster, suggest } from '../../../sandbox/demo/clusters';
import { commands } from '../../../src/app/listeners';
import { parseDigest } from '../../../src/features/digests/parse-digest';

const cluster = (name: string, over: Partial<DemoCluster> = {}): DemoCluster => ({
  name,
  address: '',
  token: '',
  peeringToken: '',
  peers: {},
  gatewayTokens: [],
  about: '',
  ...over,
});
const east = cluster('prod-east', { peers: { west: 'prod-west' } });
const alone = cluster('staging');

test.each([
  ['with a cluster without peers', [east, alone], true],
  ['with peers alone', [east], false],
])('what is suggested for clusters %s is understood', (_, clusters, requests) => {
  const said = suggest(clusters).map((line) => line.split(' '));
  const known = commands.map(({ name }) => name as string);
  expect(said.filter(([slash, name = '']) => slash !== '/peering' || !known.includes(name))).toEqual([]);
  expect(said.some(([, name]) => name === 'token')).toBe(requests);
  const digests = said.filter(([, name]) => name === 'digest').map(([, , ...words]) => words);
  const names = clusters.map(({ name }) => name);
  expect(digests.map((words) => parseDigest(words, names).ok)).toEqual([true]);
});
