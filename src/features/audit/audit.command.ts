import { within } from '../../queue/within';
import { renderAudit } from './audit.message';
import { renderFailure } from '../../render/slack/failure';
import type { AuditEntry } from './audit.store';
import { type Asked, defineCommand, type SlackTools } from '../../slack/define';

/** How far back is looked for entries that the person may see. */
const mostRead = 1_000;

export const audit = defineCommand({
  name: 'audit',
  usage: 'audit [CLUSTER]',
  summary: 'shows the audit trail: who requested, approved or changed what, and when',
  args: [{ name: 'cluster', kind: 'cluster', optional: true }],
  decidedBy: 'listener',
  access: ({ cluster }) => (cluster === undefined ? [] : [cluster]),
  run: async ({ cluster }, asked, tools) => {
    const { trail } = tools;
    if (trail === undefined) return renderFailure({ kind: 'no-trail' });
    const left = (): number => Math.max(0, asked.deadline - Date.now());
    const entries = await within(left(), trail.newest(mostRead)).catch(() => undefined);
    if (entries === undefined) return renderFailure({ kind: 'store-down', what: 'the audit trail' });
    const about = entries.filter((entry) => cluster === undefined || entry.cluster === cluster);
    const shown = await within(left(), visibleTo(asked, about, tools)).catch(() => undefined);
    if (shown !== undefined) return renderAudit(shown, { cluster: cluster ?? null });
    asked.log.error('Slack did not say in time what somebody may audit');
    return renderFailure({ kind: 'unexpected', requestId: asked.id });
  },
});

/** What the person may audit: entries of clusters with a grant, and those about no cluster where all have one. */
const visibleTo = async (
  { actor }: Asked,
  entries: readonly AuditEntry[],
  { authorizer, config }: SlackTools,
): Promise<readonly AuditEntry[]> => {
  const may = async (clusters: readonly string[]): Promise<boolean> => {
    const answer = await authorizer.authorize(actor, { command: 'audit', clusters });
    return answer.ok && answer.value.kind === 'allowed';
  };
  const allowed = new Map<string | null, boolean>();
  // One after the other: what Slack says of the person the first time is remembered for the others.
  for (const { cluster } of entries) {
    if (allowed.has(cluster)) continue;
    allowed.set(cluster, await may(cluster === null ? [...config.clusters.keys()] : [cluster]));
  }
  return entries.filter(({ cluster }) => allowed.get(cluster));
};
