import { exampleEntry } from '../../src/checks/examples/parts';
import { ServiceResolver, ServiceSplitter } from '../../src/consul/wire';
import { listSharing } from '../../src/snapshot/list-sharing';

const toPeer = exampleEntry(
  ServiceResolver.parse({
    Kind: 'service-resolver',
    Name: 'remote',
    Redirect: { Service: 'api', Peer: 'west' },
  }),
);
const splitter = (Name: string, ...services: readonly string[]) =>
  exampleEntry(
    ServiceSplitter.parse({
      Kind: 'service-splitter',
      Name,
      Splits: services.map((Service) => ({ Weight: 100 / services.length, Service })),
    }),
  );
const namesOf = (...splitters: readonly ReturnType<typeof splitter>[]) =>
  listSharing([toPeer], splitters, []).map(({ name }) => name);

describe('services that share calls with a peer', () => {
  it('are found where splitters name each other by more ways than can be followed one by one', () => {
    const layers = Array.from({ length: 64 }, (_, layer) =>
      ['a', 'b'].map((side) => splitter(`${side}-${layer}`, `a-${layer + 1}`, `b-${layer + 1}`)),
    ).flat();
    expect(namesOf(...layers, splitter('a-64', 'remote', 'orders')).toSorted()).toEqual(['b-64', 'orders']);
  });

  it('are found behind more splitters than calls may be nested', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      splitter(`s-${index}`, `s-${index + 1}`, 'orders'),
    );
    expect(namesOf(...chain, splitter('s-20000', 'remote', 'Carts'))).toEqual(['orders', 'Carts']);
  });

  it('are none where splitters form a circle without a peer', () => {
    expect(namesOf(splitter('one', 'two', 'orders'), splitter('two', 'one'))).toEqual([]);
  });
});
