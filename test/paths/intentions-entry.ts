import { ServiceIntentions } from '../../src/consul/wire';

/** A service-intentions entry as a snapshot has it. */
export const intentionsEntry = (input: object) => ({
  entry: ServiceIntentions.parse({ Kind: 'service-intentions', ...input }),
  at: { endpoint: '/v1/config/service-intentions', path: '[0]' },
  withheld: [],
});
