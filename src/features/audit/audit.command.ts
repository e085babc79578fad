import { visibleOrNone } from '../../access/visible-clusters';
import { showsOnly } from '../../config/other-sides';
import { within } from '../../queue/within';
import { renderAudit } from './audit.message';
import { renderFailure } from '../../render/slack/failure';
import type { AuditEntry } from './audit-chain';
import type { Audit } from './audit.store';
import { defineCommand, type SlackContext } from '../../slack/define';

export interface AuditServices {
  /** The audit trail; absent if no signing key is set. */
  readonly trail: Pick<Audit, 'newest'> | undefined;
}

/** Maximum entries that are searched for those that the person may see. */
const maxRead = 1_000;

export const auditCommand = defineCommand<AuditServices>()({
  name: 'audit',
  usage: 'audit [CLUSTER]',
  summary: 'shows the audit trail: who requested, approved or changed what, and when',
  args: [{ name: 'cluster', kind: 'cluster', optional: true }],
  decidedBy: 'listener',
  access: ({ cluster }) => (cluster === undefined ? [] : [cluster]),
  run: async ({ args: { cluster }, ...context }) => {
    const { id, trail, deadline, log } = context;
    if (trail === undefined) return renderFailure({ kind: 'no-trail' });
    const left = (): number => Math.max(0, deadline - Date.now());
    const entries = await within(left(), trail.newest(maxRead)).catch(() => undefined);
    if (entries === undefined) return renderFailure({ kind: 'store-down', what: 'the audit trail' });
    const about = entries.filter((entry) => cluster === undefined || entry.cluster === cluster);
    const shown = await within(left(), visibleEntries(about, context)).catch(() => undefined);
    if (shown !== undefined) return renderAudit(shown, { cluster: cluster ?? null });
    log.error('Slack did not answer in time who may read the audit trail');
    return renderFailure({ kind: 'unexpected', requestId: id });
  },
});

const withheld = 'withheld: also names a cluster that you do not have access to';

/** Tells whether a text holds the name of a cluster as a word of its own. */
const namesCluster = (text: string, name: string): boolean =>
  new RegExp(`(?<![\\w-])${name.replaceAll(/[^\w-]/g, '\\$&')}(?![\\w-])`).test(text);

/** Keeps the entries of clusters that the person may audit, and those of no cluster if the person may audit all. */
const visibleEntries = async (
  entries: readonly AuditEntry[],
  { actor, authorizer, config }: SlackContext,
): Promise<readonly AuditEntry[]> => {
  const may = async (clusters: readonly string[]): Promise<boolean> => {
    const answer = await authorizer.authorize(actor, { command: 'audit', clusters });
    return answer.ok && answer.value.kind === 'allowed';
  };
  const allowed = new Map<string | null, boolean>();
  // One after the other: Slack's first answer about the person is cached for the others.
  for (const { cluster } of entries) {
    if (allowed.has(cluster)) continue;
    allowed.set(cluster, await may(cluster === null ? [...config.clusters.keys()] : [cluster]));
  }
  // An entry is about one cluster, and its words may name another: the other end of a request, or of a digest.
  const visible = await visibleOrNone(actor, 'audit', { config, authorizer });
  const hidden = [...config.clusters.keys()].filter((name) => !visible.includes(name));
  return entries
    .filter(({ cluster }) => allowed.get(cluster))
    .map((entry) => {
      // The words of a mute are those of a finding and of its author, who may have read about other sides.
      const ofMute = ['mute', 'unmute'].includes(entry.action) && entry.person !== actor.user;
      const about = config.clusters.get(entry.cluster ?? '');
      const isHidden =
        hidden.some((name) => namesCluster(entry.detail, name)) || (ofMute && !showsOnly({}, about, visible));
      return isHidden ? { ...entry, detail: withheld } : entry;
    });
};
