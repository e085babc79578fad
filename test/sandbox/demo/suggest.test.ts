import { type DemoCluster, suggest } from '../../../sandbox/demo/clusters';
import { commands } from '../../../src/app/listeners';
import { parseDigest } from '../../../src/features/digests/parse-digest';

const cluster = (name: string, over: Partial<DemoCluster> = {}): DemoCluster => ({
  name,
  address: '',
  token: '',
  peers: {},
  gatewayTokens: [],
  about: '',
  ...over,
});
const recorded = [cluster('prod-east', { peers: { west: 'prod-west' } }), cluster('staging')];
const real = recorded.map((one) => ({ ...one, peeringToken: 'x' }));

test.each([
  ['recorded', recorded],
  ['real', real],
])('what is suggested for %s clusters is understood', (_, clusters) => {
  const said = suggest(clusters).map((line) => line.split(' '));
  const known = commands.map(({ name }) => name as string);
  expect(said.filter(([slash, name = '']) => slash !== '/peering' || !known.includes(name))).toEqual([]);
  expect(said.some(([, name]) => name === 'token')).toBe(clusters === real);
  const digests = said.filter(([, name]) => name === 'digest').map(([, , ...words]) => words);
  const names = clusters.map(({ name }) => name);
  expect(digests.map((words) => parseDigest(words, names).ok)).toEqual([true]);
});
