import { defineHop, fail, pass } from '../define-hop';

/** Consul gives a peer up after this time (ms) without a heartbeat. */
const lostAfterMs = 120_000;

/** The peering as the consumer's cluster sees it. */
export const peeringHop = defineHop({
  name: 'peering',
  end: 'consumer',
  fact: 'peering',
  check: { consumer: 'peering-active', destination: 'peering-active' },
  evaluate: ({ state, silentMs, used }, { destination: { peer } }) => {
    if (state === 'PENDING' && !used) return fail(`${peer} is PENDING`, { consumer: 'peering-pending' });
    if (state !== 'ACTIVE') return fail(`${peer} is ${state || 'UNDEFINED'}`);
    const seconds = silentMs === undefined ? undefined : Math.max(0, Math.round(silentMs / 1000));
    if (silentMs !== undefined && silentMs > lostAfterMs) {
      return fail(`${peer} is ACTIVE, but was last heard of ${seconds} s ago`, {
        consumer: 'peering-heartbeat',
      });
    }
    return pass(
      `${peer} ACTIVE, ${seconds === undefined ? 'no heartbeat yet' : `last heard of ${seconds} s ago`}`,
    );
  },
});
