import { plain, prose } from '../../render/escape';
import { context, section } from '../../render/slack/blocks';
import type { Message } from '../../render/slack/limits';
import { count, few } from '../../render/words';

/** The parts of a group of alerts that a message shows. */
interface ShownAlert {
  readonly alert: string;
  readonly summary: string;
  readonly firing: number;
  readonly clusters: readonly string[];
}

const maxClusters = 10;

/** Renders the message of a group of alerts, in whose thread the checks are answered. */
export const renderAlert = (
  { alert, summary, firing, clusters }: ShownAlert,
  isResolved: boolean,
): Message => {
  const name = alert === '' ? 'Several alerts' : prose(alert, 100);
  const state = isResolved ? 'resolved' : `firing: ${count(firing, 'alert')}`;
  const text = `${isResolved ? '✅' : '🔔'} *${name}* ${state}`;
  const about = few(clusters, maxClusters, (cluster) => prose(cluster, 64));
  return {
    text: `${isResolved ? '✅' : '🔔'} ${plain(alert === '' ? 'Several alerts' : alert, 100)} ${state}`,
    blocks: [
      section(summary === '' ? text : `${text}\n${prose(summary, 500)}`),
      context(
        ['Alertmanager', about, isResolved ? '' : 'the check is in the thread'].filter(Boolean).join(' · '),
      ),
    ],
  };
};

/** Renders the reply that a group is resolved. */
export const renderAlertResolved = (): Message => {
  const text = '✅ Alertmanager says: resolved';
  return { text, blocks: [section(text)] };
};
