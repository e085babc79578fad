import type { ClusterConfig } from '../../../src/config/config';
import { readLink } from '../../../src/features/previews/read-link';
import { clusterOf, ownedBy } from '../../slack/support';

const configWith = (
  uis: Readonly<Record<string, string>>,
  over: Readonly<Record<string, Partial<ClusterConfig>>> = {},
) => {
  const names = Object.keys(uis);
  const owners = ownedBy(Object.fromEntries(names.map((name) => [name, { name }])));
  return {
    clusters: new Map(names.map((name) => [name, { ...clusterOf(name), ...over[name] }])),
    owners: new Map([...owners].map(([name, owner]) => [name, { ...owner, ui: uis[name] ?? '' }])),
  };
};

const config = configWith({
  east: 'https://consul.example/ui',
  west: 'https://consul.example:8501/ui/dc2/',
  bare: 'https://bare.example',
  deep: 'https://proxy.example/tools/consul/ui',
  plain: 'http://plain.example/ui',
});

const read = (url: string, given = config) => {
  const found = readLink(url, given);
  return found && [found.cluster.name, found.datacenter, found.peer, found.service];
};

it.each([
  ['the whole UI', 'https://consul.example/ui', ['east', undefined, undefined, undefined]],
  ['a datacenter', 'https://consul.example/ui/dc1/', ['east', 'dc1', undefined, undefined]],
  ['services', 'https://consul.example/ui/dc1/services?filter=a', ['east', 'dc1', undefined, undefined]],
  ['a service', 'https://consul.example/ui/dc1/services/web/topology#x', ['east', 'dc1', undefined, 'web']],
  [
    'a peering',
    'https://consul.example/ui/dc1/peers/west/imported-services',
    ['east', 'dc1', 'west', undefined],
  ],
  ['an imported service', 'https://consul.example/ui/:west/dc1/services/web', ['east', 'dc1', 'west', 'web']],
  [
    'a namespace',
    'https://consul.example/ui/_default/~team/dc1/services/web',
    ['east', 'dc1', undefined, 'web'],
  ],
  ['another page', 'https://consul.example/ui/dc1/kv/services/web', ['east', 'dc1', undefined, undefined]],
  ['capitals in the host', 'HTTPS://CONSUL.example:443/ui/dc1', ['east', 'dc1', undefined, undefined]],
  [
    'an address with a datacenter',
    'https://consul.example:8501/ui/dc2/peers/east',
    ['west', undefined, 'east', undefined],
  ],
  [
    'an address without a path',
    'https://bare.example/ui/dc1/services/web',
    ['bare', 'dc1', undefined, 'web'],
  ],
  ['a longer path', 'https://proxy.example/tools/consul/ui/dc1/peers/a', ['deep', 'dc1', 'a', undefined]],
  ['plain HTTP', 'http://plain.example/ui/dc1', ['plain', 'dc1', undefined, undefined]],
  [
    'an encoded slash in a name',
    'https://consul.example/ui/dc1/services/a%2Fpeers%2Fb',
    ['east', 'dc1', undefined, 'a/peers/b'],
  ],
  [
    'markup in a name',
    'https://consul.example/ui/dc1/peers/%3C!channel%3E',
    ['east', 'dc1', '<!channel>', undefined],
  ],
  [
    'a broken escape',
    'https://consul.example/ui/dc1/services/%E0%A4%A',
    ['east', 'dc1', undefined, undefined],
  ],
])('reads %s', (_, url, expected) => {
  expect(read(url)).toEqual(expected);
});

it.each([
  ['another host', 'https://consul.example.evil.example/ui/dc1'],
  ['a host that ends alike', 'https://evilconsul.example/ui/dc1'],
  ['a user that looks like the host', 'https://consul.example@evil.example/ui/dc1'],
  ['a user', 'https://robin@consul.example/ui/dc1'],
  ['a password', 'https://:secret@consul.example/ui/dc1'],
  ['another scheme', 'http://consul.example/ui/dc1'],
  ['another port', 'https://consul.example:8443/ui/dc1'],
  ['a path that begins alike', 'https://consul.example/uix/dc1'],
  ['an encoded slash in the beginning', 'https://proxy.example/tools%2Fconsul/ui/dc1'],
  ['a path that leaves the UI', 'https://consul.example/ui/../v1/kv'],
  ['one that leaves it with escapes', 'https://consul.example/ui/%2e%2e/v1/kv'],
  ['another datacenter of one address', 'https://consul.example:8501/ui/dc3'],
  ['no address', 'consul.example/ui'],
  ['a script', 'javascript:alert(1)'],
  ['an endless one', `https://consul.example/ui/${'a'.repeat(3000)}`],
])('takes %s for none', (_, url) => {
  expect(read(url)).toBeUndefined();
});

describe('clusters with one address', () => {
  const both = { a: 'https://consul.example/ui', b: 'https://consul.example/ui' };

  it('differ by their datacenter', () => {
    const told = configWith(both, { a: { datacenter: 'dc1' }, b: { datacenter: 'dc2' } });
    expect(read('https://consul.example/ui/dc2/services', told)?.[0]).toBe('b');
    expect(read('https://consul.example/ui/dc3/services', told)).toBeUndefined();
  });

  it('differ by their partition', () => {
    const told = configWith(both, { a: { partition: 'default' }, b: { partition: 'blue' } });
    expect(read('https://consul.example/ui/_blue/dc1/services', told)?.[0]).toBe('b');
  });

  it('are not guessed', () => {
    expect(read('https://consul.example/ui/dc1/services', configWith(both))).toBeUndefined();
  });
});
