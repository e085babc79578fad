import { createRandom, type RandomSource } from './random';
import type { ChaosFault, ChaosStep, Scenario } from './scenario';
import type { SlackFault } from './slack-proxy';

const second = 1000;

/** Longer than the bot waits for Slack (10 s), so that it has given up. */
const late = { kind: 'late', ms: 12 * second } as const;

const slackFaults: readonly SlackFault[] = [
  { kind: 'status', status: 503 },
  { kind: 'error', error: 'internal_error', applies: false },
  { kind: 'error', error: 'internal_error', applies: true },
  { kind: 'lose-reply' },
  { kind: 'truncate' },
  { kind: 'reorder', ms: 3 * second },
];

type MakeFault = (random: RandomSource) => ChaosFault;

/** Kinds of faults of which a mixture has one at most: two of one target would end each other. */
const faultMakers: readonly MakeFault[] = [
  (random) => ({
    to: 'slack',
    kind: 'rules',
    rules: [{ fault: random.pick(slackFaults), share: random.pick([0.1, 0.3, 1]) }],
  }),
  (random) => ({
    to: 'slack',
    kind: 'rules',
    rules: [
      random.pick([
        { fault: late, share: 0.4, methods: ['chat.update'] },
        { fault: late, share: 0.2, methods: ['chat.postMessage'] },
      ]),
    ],
  }),
  (random) =>
    random.pick([
      { to: 'slack', kind: 'refuse' },
      { to: 'slack', kind: 'stall' },
      { to: 'slack', kind: 'black-hole' },
      { to: 'slack', kind: 'cut', everyMs: random.between(1, 5) * second },
    ]),
  (random) =>
    random.pick([
      { to: 'redis', kind: 'refuse' },
      { to: 'redis', kind: 'stall' },
      { to: 'redis', kind: 'cut', everyMs: random.between(1, 5) * second },
    ]),
  (random) => ({ to: 'redis', kind: random.pick(['crash', 'crash', 'read-only', 'full'] as const) }),
  () => ({ to: 'redis', kind: 'black-hole' }),
  (random) =>
    random.pick([
      { to: 'consul', kind: 'stall' },
      { to: 'consul', kind: 'refuse' },
      { to: 'consul', kind: 'delay', ms: random.between(1, 4) * 200 },
    ]),
  (random) => ({ to: 'workers', kind: 'kill', everyMs: random.between(3, 12) * (second / 2) }),
  (random) => ({ to: 'bots', kind: 'kill', everyMs: random.between(6, 24) * (second / 2) }),
  (random) => ({
    to: 'workers',
    kind: 'stop',
    everyMs: random.between(3, 8) * second,
    pauseMs: random.between(2, 20) * second,
  }),
];

/** A fault without its numbers, such as `slack late chat.update`. */
export const faultName = (fault: ChaosFault): string => {
  if (fault.kind !== 'rules') return `${fault.to} ${fault.kind}`;
  return fault.rules
    .map(({ fault: { kind, ...more }, methods = [] }) => {
      const what = 'error' in more ? `${more.error}${more.applies ? ', done' : ''}` : kind;
      return `slack ${'status' in more ? more.status : what} ${methods.join(' ')}`.trim();
    })
    .join(', ');
};

const describeStep = ({ atMs, forMs = 0, fault }: ChaosStep): string => {
  const share = fault.kind === 'rules' ? ` ${Math.round((fault.rules[0]?.share ?? 1) * 100)} %` : '';
  return `${faultName(fault)}${share} ${atMs / second}–${(atMs + forMs) / second} s`;
};

/** Makes the mixture of this number: people send commands and digests come due during two to four random faults. */
export const makeMixture = (seed: number, number: number): Scenario => {
  const random = createRandom(seed * 1009 + number);
  const left = [...faultMakers];
  const steps = Array.from({ length: random.between(2, 4) }, (): ChaosStep => {
    const make = random.pick(left);
    left.splice(left.indexOf(make), 1);
    return {
      atMs: random.between(1, 45) * second,
      forMs: random.between(5, 25) * second,
      fault: make(random),
    };
  });
  return {
    name: `mixture ${number}: ${steps.map(describeStep).join(' + ')}`,
    requests: [
      { kind: 'commands', count: random.between(170, 200), overMs: 60 * second },
      { kind: 'digests', count: random.between(16, 22), inMs: 10 * second },
    ],
    steps,
    patienceMs: 240 * second,
    quietMs: 16 * second,
  };
};
