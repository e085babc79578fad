import type { CommandForm } from '../../render/slack/command-form';

/** The modal of `/peering subscribe` without a cluster. */
export const subscribeForm = {
  command: 'subscribe',
  title: 'Subscribe this channel',
  submit: 'Subscribe',
  fields: [
    { id: 'cluster', label: 'Cluster', element: { kind: 'cluster', all: true } },
    {
      id: 'severity',
      label: 'Post changes of',
      hint: 'Default: errors and warnings',
      optional: true,
      element: {
        kind: 'choice',
        choices: [
          ['Errors and warnings', 'warning'],
          ['Errors only', 'error'],
        ],
      },
    },
    {
      id: 'check',
      label: 'Check',
      hint: 'Default: all checks',
      optional: true,
      element: { kind: 'check' },
    },
    {
      id: 'peer',
      label: 'Peer',
      hint: 'The name of one peering of that cluster; empty: all of them',
      optional: true,
      element: { kind: 'text', maxLength: 64 },
    },
    {
      id: 'every',
      label: 'Every',
      hint: 'Default: every 5 minutes',
      optional: true,
      element: {
        kind: 'choice',
        choices: [
          ['5 minutes', '5m'],
          ['15 minutes', '15m'],
          ['hour', '1h'],
          ['6 hours', '6h'],
          ['day', '24h'],
        ],
      },
    },
    {
      id: 'broadcast',
      label: 'Post a changed verdict',
      hint: 'Default: in the thread and in the channel. Mentions of people on call always appear in the channel',
      optional: true,
      element: {
        kind: 'choice',
        choices: [
          ['In the thread and in the channel', 'on'],
          ['Only in the thread', 'off'],
        ],
      },
    },
  ],
  words: ({ cluster = ['CLUSTER'], severity = [], check = [], peer = [], every = [], broadcast = [] }) => [
    ...cluster,
    ...severity.map((value) => `severity:${value}`),
    ...check.map((value) => `check:${value}`),
    ...peer.map((value) => `peer:${value}`),
    ...every.flatMap((value) => ['every', value]),
    ...broadcast.map((value) => `broadcast:${value}`),
  ],
} as const satisfies CommandForm;
