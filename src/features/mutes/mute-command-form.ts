import type { CommandForm } from '../../render/slack/command-form';

/** The modal of `/peering mute` without a check. */
export const muteCommandForm = {
  command: 'mute',
  title: 'Mute findings',
  submit: 'Mute',
  fields: [
    { id: 'cluster', label: 'Cluster', element: { kind: 'cluster', all: true } },
    { id: 'check', label: 'Check', element: { kind: 'check' } },
    {
      id: 'subject',
      label: 'Subject',
      hint: 'As findings show it, such as web → api; empty: everything that the check finds',
      optional: true,
      element: { kind: 'text', maxLength: 300 },
    },
    {
      id: 'for',
      label: 'For',
      element: {
        kind: 'choice',
        initial: '7d',
        choices: [
          ['1 hour', '1h'],
          ['1 day', '1d'],
          ['7 days', '7d'],
          ['30 days', '30d'],
          ['90 days', '90d'],
        ],
      },
    },
    {
      id: 'reason',
      label: 'Reason',
      hint: 'Shown in reports',
      element: { kind: 'text', maxLength: 300 },
    },
  ],
  words: ({
    cluster = ['CLUSTER'],
    check = ['CHECK'],
    subject = [],
    for: length = ['7d'],
    reason = ['REASON'],
  }) => [...cluster, ...check, ...subject, 'for', ...length, ...reason],
} as const satisfies CommandForm;
