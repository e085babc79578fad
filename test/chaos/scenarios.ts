import type { ChaosFault, ChaosRequests, Scenario } from './scenario';
import type { SlackFault } from './slack-proxy';

const second = 1000;

/** Requests over half a minute, with a fault in the middle of them. */
const commands = (count: number, overMs = 30 * second): ChaosRequests => ({
  kind: 'commands',
  count,
  overMs,
});

const defaults = { patienceMs: 180 * second, quietMs: 8 * second } as const;

/** So that checks take long enough to show progress. */
const slowConsul = (forMs: number): Scenario['steps'][number] => ({
  atMs: 0,
  forMs,
  fault: { to: 'consul', kind: 'delay', ms: 400 },
});

/** One fault, from a few seconds after the first request on. */
const during = (
  name: string,
  forMs: number,
  fault: ChaosFault,
  requests = commands(60),
  more: Partial<Scenario> = {},
): Scenario => ({
  name,
  requests: [requests],
  steps: [slowConsul(3 * second + forMs), { atMs: 3 * second, forMs, fault }],
  ...defaults,
  ...more,
});

const slackRules = (fault: SlackFault, share: number, methods?: readonly string[]): ChaosFault => ({
  to: 'slack',
  kind: 'rules',
  rules: [methods === undefined ? { fault, share } : { fault, share, methods }],
});

const unavailable = slackRules({ kind: 'status', status: 503 }, 1);
const refused: ChaosFault = { to: 'slack', kind: 'refuse' };
/** Longer than the bot waits for Slack (10 s), so that it has given up. */
const late = { kind: 'late', ms: 12 * second } as const;
const outages = [8, 20, 60];

const digests = (count: number): ChaosRequests => ({ kind: 'digests', count, inMs: 5 * second });

/** From before the digests come due (5 s to 65 s after the start) until so long after it. */
const digestsDuring = (name: string, count: number, fault: ChaosFault, outageMs: number): Scenario => ({
  name,
  requests: [digests(count)],
  steps: [{ atMs: 2 * second, forMs: 63 * second + outageMs, fault }],
  patienceMs: 300 * second,
  quietMs: 10 * second,
});

/** The faults that production showed, each by itself. */
export const scenarios: readonly Scenario[] = [
  { name: 'no fault', requests: [commands(60)], steps: [], ...defaults },
  { name: 'no fault, 200 commands at once', requests: [commands(200, 0)], steps: [], ...defaults },
  ...outages.map((time) => during(`Slack answers 503 for ${time} s`, time * second, unavailable)),
  ...outages.map((time) => during(`Slack refuses connections for ${time} s`, time * second, refused)),
  during(
    'Slack answers internal_error at random',
    30 * second,
    {
      to: 'slack',
      kind: 'rules',
      rules: [
        { fault: { kind: 'error', error: 'internal_error', applies: false }, share: 0.1 },
        { fault: { kind: 'error', error: 'internal_error', applies: true }, share: 0.1 },
      ],
    },
    commands(120),
  ),
  during('Slack applies edits late', 30 * second, slackRules(late, 0.4, ['chat.update']), commands(60), {
    quietMs: 20 * second,
  }),
  during(
    'Slack applies posts late',
    30 * second,
    slackRules(late, 0.2, ['chat.postMessage']),
    commands(120),
    {
      quietMs: 20 * second,
    },
  ),
  during('Slack truncates answers', 30 * second, slackRules({ kind: 'truncate' }, 0.2), commands(120)),
  during(
    'Slack does the work and loses replies',
    30 * second,
    slackRules({ kind: 'lose-reply' }, 0.2),
    commands(120),
  ),
  during(
    'Slack lets calls overtake each other',
    30 * second,
    slackRules({ kind: 'reorder', ms: 4000 }, 0.7),
    commands(60),
  ),
  during(
    'workers are killed every 1.5 s',
    40 * second,
    { to: 'workers', kind: 'kill', everyMs: 1500 },
    commands(200, 40 * second),
  ),
  during(
    'workers are stopped and continued',
    40 * second,
    { to: 'workers', kind: 'stop', everyMs: 2500, pauseMs: 14_000 },
    commands(120, 40 * second),
    {
      quietMs: 20 * second,
    },
  ),
  ...[8, 20].map((time) =>
    during(`Redis refuses connections for ${time} s`, time * second, { to: 'redis', kind: 'refuse' }),
  ),
  ...[8, 20].map((time) =>
    during(`Redis stalls for ${time} s`, time * second, { to: 'redis', kind: 'stall' }),
  ),
  during(
    'one Redis connection is black-holed for good',
    0,
    { to: 'redis', kind: 'black-hole' },
    commands(60),
  ),
  during('Consul refuses connections for 5 s', 5 * second, { to: 'consul', kind: 'refuse' }),
  digestsDuring('digests due during 120 s of 503', 40, unavailable, 60 * second),
  digestsDuring('digests due during 180 s of 503', 20, unavailable, 120 * second),
  {
    ...digestsDuring(
      'digests, one Redis connection black-holed for good',
      20,
      { to: 'redis', kind: 'black-hole' },
      0,
    ),
  },
  {
    name: 'digests, Redis put back to a copy 45 s old',
    requests: [digests(20)],
    // They are due 65 s after the copy at the latest.
    steps: [{ atMs: 110 * second, fault: { to: 'redis', kind: 'restore' } }],
    patienceMs: 180 * second,
    quietMs: 30 * second,
  },
  {
    name: '200 clusters at once, 50 of them stalled',
    requests: [{ kind: 'commands', count: 200, overMs: 0, stalledClusters: 50 }],
    steps: [],
    patienceMs: 900 * second,
    quietMs: 5 * second,
  },
];

/** Scenarios for a pull request, beside one mixture: about three minutes in all. */
export const shortMix: readonly Scenario[] = [
  { name: 'no fault, 60 commands at once', requests: [commands(60, 0)], steps: [], ...defaults },
  during(
    'Slack applies edits late',
    15 * second,
    slackRules(late, 0.4, ['chat.update']),
    commands(30, 15 * second),
    {
      quietMs: 15 * second,
    },
  ),
];
