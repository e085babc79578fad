import fc from 'fast-check';
import type { HopName, PathFacts } from '../../src/paths/model';
import { tracePath } from '../../src/paths/trace-path';
import { arbitraryFacts, arbitraryRoute, healthyFacts } from './arbitrary-facts';

/** The fact that each hop reads. */
const factOf: Readonly<Record<HopName, keyof PathFacts>> = {
  consumer: 'consumer',
  upstream: 'upstream',
  peering: 'peering',
  'gateway-mode': 'mode',
  'local-gateway': 'localGateway',
  'remote-gateway': 'remoteGateway',
  'gateway-address': 'address',
  'remote-peering': 'remotePeering',
  exported: 'exported',
  intention: 'intention',
  destination: 'destination',
  instances: 'instances',
  protocol: 'protocol',
  tls: 'tls',
};

const facts = Object.keys(healthyFacts) as readonly (keyof PathFacts)[];

const without = (all: PathFacts, fact: keyof PathFacts): PathFacts => ({
  ...all,
  [fact]: { visible: false, why: 'removed' },
});

/** Random worlds, with a share in which traffic flows but for a few facts. */
const worlds = fc.oneof(
  arbitraryFacts,
  fc.tuple(arbitraryFacts, fc.subarray([...facts], { maxLength: 3 })).map(
    ([random, changed]): PathFacts => ({
      ...healthyFacts,
      ...Object.fromEntries(changed.map((fact) => [fact, random[fact]])),
    }),
  ),
);

describe('any path', () => {
  it('passes only where every hop was visible, and no more once a fact is removed', () => {
    let passed = 0;
    fc.assert(
      fc.property(worlds, arbitraryRoute, (world, someRoute) => {
        const path = tracePath(someRoute, world);
        for (const { name, status, check } of path.hops) {
          if (!world[factOf[name]].visible) expect([name, status]).toEqual([name, 'unknown']);
          expect(Object.values(check)).not.toContain('');
        }
        if (path.status !== 'pass') return;
        passed += 1;
        const read = new Set(path.hops.map(({ name }) => factOf[name]));
        for (const fact of facts.filter((one) => read.has(one))) {
          expect([fact, tracePath(someRoute, without(world, fact)).status]).toEqual([fact, 'unknown']);
        }
      }),
      { numRuns: 10_000 },
    );
    expect(passed).toBeGreaterThan(500);
  });

  it('has the status of its worst hop', () => {
    fc.assert(
      fc.property(worlds, arbitraryRoute, (world, someRoute) => {
        const { hops, status } = tracePath(someRoute, world);
        const statuses = hops.map((hop) => hop.status);
        const worst = (['fail', 'unknown', 'pass'] as const).find((one) => statuses.includes(one));
        expect(status).toBe(worst);
      }),
    );
  });
});
