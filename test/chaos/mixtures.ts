import type { RandomSource } from './random';
import type { ChaosFault, Scenario } from './scenario';
import type { SlackFault } from './slack-proxy';

const second = 1000;

const slackFaults: readonly SlackFault[] = [
  { kind: 'status', status: 503 },
  { kind: 'error', error: 'internal_error', applies: false },
  { kind: 'error', error: 'internal_error', applies: true },
  { kind: 'lose-reply' },
  { kind: 'late', ms: 12 * second },
  { kind: 'truncate' },
  { kind: 'reorder', ms: 3 * second },
];

/** Makes a fault of one target; two of one target would end each other. */
const faultMakers: readonly ((random: RandomSource) => ChaosFault)[] = [
  (random) => ({
    to: 'slack',
    kind: 'rules',
    rules: [{ fault: random.pick(slackFaults), share: random.pick([0.1, 0.3, 1]) }],
  }),
  (random) => ({
    to: 'slack',
    kind: 'rules',
    rules: [{ fault: random.pick(slackFaults), share: 0.2, methods: ['chat.update'] }],
  }),
  (random) => ({ to: 'slack', kind: random.pick(['refuse', 'stall'] as const) }),
  (random) => ({ to: 'redis', kind: random.pick(['refuse', 'stall'] as const) }),
  (random) => ({ to: 'redis', kind: 'cut', everyMs: random.between(1, 5) * second }),
  () => ({ to: 'redis', kind: 'black-hole' }),
  (random) => ({ to: 'workers', kind: 'kill', everyMs: random.between(2, 6) * second }),
  (random) => ({
    to: 'workers',
    kind: 'stop',
    everyMs: random.between(3, 8) * second,
    pauseMs: random.between(2, 20) * second,
  }),
];

const describeFault = (fault: ChaosFault): string =>
  fault.kind === 'rules'
    ? fault.rules
        .map(({ fault: { kind }, share = 1, methods }) =>
          `${kind} ${share * 100} % ${methods?.join(',') ?? ''}`.trim(),
        )
        .join(', ')
    : `${fault.to} ${fault.kind}`;

/** Makes a scenario of two or three random faults over commands. */
export const makeMixture = (random: RandomSource): Scenario => {
  const left = [...faultMakers];
  const steps = Array.from({ length: random.between(2, 3) }, () => {
    const make = random.pick(left);
    left.splice(left.indexOf(make), 1);
    return {
      atMs: random.between(2, 15) * second,
      forMs: random.between(5, 25) * second,
      fault: make(random),
    };
  });
  return {
    name: `mixture: ${steps.map(({ fault }) => describeFault(fault)).join(' + ')}`,
    requests: { kind: 'commands', count: random.between(60, 120), overMs: 40 * second },
    steps,
    patienceMs: 240 * second,
    quietMs: 20 * second,
  };
};
