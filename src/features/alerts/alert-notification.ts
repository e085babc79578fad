import { z } from 'zod';

const Labels = z.record(z.string(), z.string());

/** The body of a webhook of Alertmanager, version 4: one group of alerts. Other fields are ignored. */
const AlertmanagerBody = z.object({
  version: z.literal('4'),
  groupKey: z.string().min(1).max(10_000),
  status: z.enum(['firing', 'resolved']),
  commonLabels: Labels.default({}),
  commonAnnotations: Labels.default({}),
  alerts: z
    .array(z.object({ status: z.enum(['firing', 'resolved']), labels: Labels }))
    .min(1)
    .max(10_000),
});

/** One notification of a group of alerts. Its texts are hostile. */
export interface AlertNotification {
  readonly groupKey: string;
  readonly status: 'firing' | 'resolved';
  /** Name of the alerts; empty if they have several. */
  readonly alert: string;
  readonly summary: string;
  /** Number of alerts that are firing. */
  readonly firing: number;
  /** Values of the label that names clusters, of firing alerts; of all if none is firing. */
  readonly clusters: readonly string[];
}

/** Maximum lengths of texts that are kept (UTF-16 units). */
const maxName = 100;
const maxSummary = 500;

/** Reads a body; undefined if it is not one of Alertmanager. `label` names clusters. */
export const parseAlertNotification = (body: unknown, label: string): AlertNotification | undefined => {
  const parsed = AlertmanagerBody.safeParse(body);
  if (!parsed.success) return undefined;
  const { groupKey, status, commonLabels, commonAnnotations, alerts } = parsed.data;
  const firing = alerts.filter((alert) => alert.status === 'firing');
  const about = firing.length > 0 ? firing : alerts;
  const named = about.flatMap(({ labels }) => (Object.hasOwn(labels, label) ? [labels[label] ?? ''] : []));
  return {
    groupKey,
    status,
    alert: (commonLabels['alertname'] ?? '').slice(0, maxName),
    summary: (commonAnnotations['summary'] ?? commonAnnotations['description'] ?? '').slice(0, maxSummary),
    firing: firing.length,
    clusters: [...new Set(named.filter((name) => name !== ''))],
  };
};
