import { defineHop, fail, pass } from '../define-hop';

/** The intention that decides about this source. Only those of the destination's cluster count. */
export const intentionHop = defineHop({
  name: 'intention',
  end: 'destination',
  fact: 'intention',
  check: { consumer: 'intentions-allow-peer', destination: 'intentions-allow-peer' },
  evaluate: ({ decision, why }) => {
    if (decision === 'deny') return fail(why);
    return decision === 'partly' ? pass('some requests are allowed', why) : pass(why);
  },
});
