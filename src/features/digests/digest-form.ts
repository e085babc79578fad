import type { CommandForm } from '../../render/slack/command-form';
import { splitWords } from '../../slack/split-words';

/** The modal of `/peering digest` without words, which adds a digest. */
export const digestForm = {
  command: 'digest',
  title: 'Add a digest',
  submit: 'Add',
  decidedBy: 'listener',
  fields: [
    { id: 'clusters', label: 'Clusters', element: { kind: 'clusters' } },
    {
      id: 'when',
      label: 'When',
      hint: 'daily 09:00, weekdays 8:30, mondays 09:00, every 6h, or cron in quotes: "0 9 * * 1-5"',
      element: { kind: 'text', maxLength: 60, initial: 'weekdays 09:00' },
    },
    {
      id: 'zone',
      label: 'Time zone',
      hint: 'Such as Europe/Berlin; empty: that of your Slack profile',
      optional: true,
      element: { kind: 'text', maxLength: 60 },
    },
    {
      id: 'changes',
      label: 'Post',
      optional: true,
      element: {
        kind: 'choice',
        choices: [
          ['Every time', 'always'],
          ['Only changes', 'only-changes'],
        ],
      },
    },
  ],
  words: ({ clusters = ['CLUSTER'], when = ['WHEN'], zone = [], changes = [] }) => [
    'add',
    ...clusters,
    ...when.flatMap(splitWords),
    ...zone,
    ...changes.filter((value) => value === 'only-changes'),
  ],
} as const satisfies CommandForm;
