import type { EvaluateHop } from '../../src/paths/define-hop';
import type { Hop, HopName } from '../../src/paths/model';
import { hops } from '../../src/paths/trace-path';

/** Mistakes that a hop could have. Each of them is a false "ready" for somebody, so tests have to notice it in every hop. */
export const hopFaults = {
  'always passes': (hop) => ({ ...hop, status: 'pass' }),
  'passes although its fact is hidden': (hop) =>
    hop.status === 'unknown' ? { ...hop, status: 'pass' } : hop,
  'passes where it has to fail': (hop) => (hop.status === 'fail' ? { ...hop, status: 'pass' } : hop),
} as const satisfies Readonly<Record<string, (hop: Hop) => Hop>>;

export type HopFault = keyof typeof hopFaults;

/** All hops, of which one has a fault. */
export const hopsWith = (fault: HopFault, name: HopName): typeof hops => {
  const evaluate: EvaluateHop = (route, facts) => {
    const hop = hops[name](route, facts);
    return hop && hopFaults[fault](hop);
  };
  return { ...hops, [name]: evaluate };
};
