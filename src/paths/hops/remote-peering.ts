import { defineHop, fail, pass } from '../define-hop';
import { farName } from '../words';

/** Decides the hop of the peering as the other side sees it. */
export const remotePeeringHop = defineHop({
  name: 'remote-peering',
  end: 'destination',
  fact: 'remotePeering',
  check: { consumer: 'peering-two-sided', destination: 'peering-active' },
  evaluate: ({ name, state, used }, route) => {
    if (name === '') return fail(`${farName(route)} has no peering with ${route.consumer.cluster}`);
    return state === 'ACTIVE'
      ? pass(`${name} ACTIVE`)
      : fail(
          `${farName(route)} sees ${name} as ${state || 'UNDEFINED'}`,
          state === 'PENDING' && !used ? { destination: 'peering-pending' } : {},
        );
  },
});
