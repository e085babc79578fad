import { defineHop, fail, pass } from '../define-hop';
import { failingInstances, passingWords } from '../words';

/** The proxy that makes the call. While its Envoy does not run, nothing leaves the consumer. */
export const consumerHop = defineHop({
  name: 'consumer',
  end: 'consumer',
  fact: 'consumer',
  check: { consumer: 'envoy-proxies', destination: 'envoy-proxies' },
  evaluate: (instances, { consumer }) =>
    instances.healthy === 0
      ? fail(`${consumer.proxy} does not run: ${failingInstances(instances)}`)
      : pass(`${consumer.proxy}, ${passingWords(instances)}`, instances.unfitToken ?? ''),
});
