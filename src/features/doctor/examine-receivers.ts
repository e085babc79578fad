import type { Config } from '../../config/config';
import { matchClusters } from '../../config/match-clusters';
import { type Environment, readSecret } from '../../config/secret';
import { type DoctorLine, linesOf } from './finding';

const { ok, problem, warning } = linesOf('events');

const labels = { webhook: 'the webhook', pagerduty: 'the PagerDuty service' } as const;

/** Examines the receivers of events: that their secrets can be read, and that they match a cluster. Nothing is sent. */
export const examineReceivers = (
  { receivers = [], clusters, owners }: Pick<Config, 'receivers' | 'clusters' | 'owners'>,
  environment: Environment,
): readonly DoctorLine[] =>
  receivers.map(({ kind, name, secret: ref, clusters: words = ['all'] }) => {
    const label = `${labels[kind]} ${name}`;
    const secret = readSecret(ref, environment);
    if (!secret.ok)
      return problem(`${label} gets no events: ${secret.error}`, 'Set it for workers of the queue digests');
    const count = matchClusters(words, [...clusters.keys()], owners).clusters.length;
    return count === 0
      ? warning(`${label} gets no events: no cluster matches`, 'Correct its clusters')
      : ok(`${label} gets events of ${count} ${count === 1 ? 'cluster' : 'clusters'} with a subscription`);
  });
