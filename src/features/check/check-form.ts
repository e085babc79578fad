import type { CommandForm } from '../../render/slack/command-form';

/** The modal of `/peering check` without a cluster. */
export const checkForm = {
  command: 'check',
  title: 'Check peering',
  submit: 'Check',
  fields: [
    { id: 'cluster', label: 'Cluster', element: { kind: 'cluster', all: true } },
    {
      id: 'peer',
      label: 'Peer',
      hint: 'The name of one peering of that cluster; empty: all of them',
      optional: true,
      element: { kind: 'text', maxLength: 64 },
    },
  ],
  words: ({ cluster = ['CLUSTER'], peer = [] }) => [...cluster, ...peer],
} as const satisfies CommandForm;
