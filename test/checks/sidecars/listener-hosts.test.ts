import { isDeepStrictEqual } from 'node:util';
import { withheldValue } from '../../../src/consul/shapes';
import { findForeignHosts, isHostOf } from '../../../src/checks/sidecars/listener-hosts';
import { describeWith } from '../../lab/binaries';
import { type ConsulAgent, startConsul } from '../../lab/consul';
import { sleep } from '../../lab/process';

/** Host names of listeners, by the name of their gateway. None has no such field. */
const listeners: Readonly<Record<string, string | undefined>> = {
  none: undefined,
  empty: '',
  equal: 'shop.example.com',
  capitals: 'Shop.Example.com',
  parent: 'example.com',
  wildcard: '*.example.com',
  'wildcard-capitals': '*.Example.com',
  'wildcard-deep': '*.shop.example.com',
  'wildcard-top': '*.com',
};

const any = ['none', 'empty'];

/** Host names of routes, each with the gateways whose listener it is bound to. */
const bindings: Readonly<Record<string, readonly string[]>> = {
  'shop.example.com': [...any, 'equal', 'wildcard', 'wildcard-deep', 'wildcard-top'],
  'a.shop.example.com': [...any, 'wildcard', 'wildcard-deep', 'wildcard-top'],
  'b.a.shop.example.com': [...any, 'wildcard', 'wildcard-deep', 'wildcard-top'],
  'myshop.example.com': [...any, 'wildcard', 'wildcard-deep', 'wildcard-top'],
  'example.com': [...any, 'parent', 'wildcard', 'wildcard-top'],
  'notexample.com': [...any, 'wildcard', 'wildcard-top'],
  'Shop.Example.com': [...any, 'capitals', 'wildcard-capitals', 'wildcard-top'],
  'SHOP.EXAMPLE.COM': any,
  'shop.example.org': any,
  com: [...any, 'wildcard-top'],
};

it('compares host names as the table says', () => {
  const compared = Object.keys(bindings).map((name) => [
    name,
    Object.keys(listeners).filter((gateway) => isHostOf(listeners[gateway] ?? '', name)),
  ]);
  expect(Object.fromEntries(compared)).toEqual(bindings);
});

it.each([
  [['a.example.com'], ['b.example.com', '*.example.org'], true],
  [['a.example.com', 'a.example.org'], ['b.example.com', '*.example.org'], false],
  [['a.example.com'], ['b.example.com', ''], false],
  [[], ['b.example.com'], false],
  [['a.example.com'], [], false],
  [['a.example.com', withheldValue], ['b.example.com'], false],
  [['a.example.com'], [withheldValue], false],
])('of a route with %j and listeners with %j, all are foreign: %j', (names, served, isForeign) => {
  expect(findForeignHosts(names, served)).toEqual(isForeign ? { names, served } : undefined);
});

it('takes no two withheld names for one', () => {
  expect(isHostOf(withheldValue, withheldValue)).toBe(false);
});

interface HttpRoute {
  readonly Status: {
    readonly Conditions:
      | readonly {
          readonly Type: string;
          readonly Status: string;
          readonly Resource: { readonly Name: string };
        }[]
      | null;
  };
}

describeWith(['consul'], 'the table of host names, held against Consul', () => {
  let consul: ConsulAgent;
  beforeAll(async () => {
    consul = await startConsul({ acl: 'off' });
    await write({ Kind: 'service-defaults', Name: 'api', Protocol: 'http' });
    for (const [Name, Hostname] of Object.entries(listeners)) {
      const listener = { Name: 'http', Port: 8080, Protocol: 'http' };
      await write({
        Kind: 'api-gateway',
        Name,
        Listeners: [Hostname === undefined ? listener : { ...listener, Hostname }],
      });
    }
  }, 60_000);
  afterAll(() => consul?.stop());

  const write = (entry: object): Promise<unknown> => consul.call('PUT', '/v1/config', entry);

  const routeWith = (Name: string, host: string): object => ({
    Kind: 'http-route',
    Name,
    Hostnames: [host],
    Rules: [{ Services: [{ Name: 'api' }] }],
    Parents: Object.keys(listeners).map((gateway) => ({
      Kind: 'api-gateway',
      Name: gateway,
      SectionName: 'http',
    })),
  });

  it('binds a route to the listeners of the table', async () => {
    const names = Object.keys(bindings);
    for (const [index, host] of names.entries()) await write(routeWith(`route-${index}`, host));
    const boundTo = async (index: number): Promise<readonly string[]> => {
      const { Status } = await consul.call<HttpRoute>('GET', `/v1/config/http-route/route-${index}`);
      return (Status.Conditions ?? [])
        .filter((condition) => condition.Type === 'Bound' && condition.Status === 'True')
        .map(({ Resource }) => Resource.Name)
        .toSorted();
    };
    const said = Object.fromEntries(names.map((name) => [name, bindings[name]?.toSorted()]));
    const measure = async (): Promise<Readonly<Record<string, readonly string[]>>> =>
      Object.fromEntries(
        await Promise.all(names.map(async (name, index) => [name, await boundTo(index)] as const)),
      );
    // Consul binds one gateway after the other, and writes refusals in between.
    let measured = await measure();
    for (const end = Date.now() + 40_000; !isDeepStrictEqual(measured, said) && Date.now() < end; ) {
      await sleep(200);
      measured = await measure();
    }
    expect(measured).toEqual(said);
  }, 60_000);

  it.each(['*.example.com', '*', ''])('refuses the host name "%s" of a route', async (host) => {
    const { status } = await consul.request('PUT', '/v1/config', routeWith('refused', host));
    expect(status).toBe(500);
  });

  it.each(['*', '*example.com', 'shop.*.com'])(
    'refuses the host name "%s" of a listener',
    async (Hostname) => {
      const { status } = await consul.request('PUT', '/v1/config', {
        Kind: 'api-gateway',
        Name: 'refused',
        Listeners: [{ Name: 'http', Port: 8080, Protocol: 'http', Hostname }],
      });
      expect(status).toBe(500);
    },
  );
});
