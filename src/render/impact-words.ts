import { type Impact, type ImpactedPath, stoppedPaths } from '../report/impact';
import { count } from './words';

/** Words of an impact that Slack and the terminal share. Names are not escaped. */

const subjectWords = ({ subject }: Impact): string =>
  subject.kind === 'service'
    ? subject.name
    : `the ${subject.kind === 'peer' ? 'peer' : 'mesh gateway'} ${subject.name}`;

/** The number of consumers that stop working. */
const stoppedConsumers = (impact: Impact): number =>
  new Set(stoppedPaths(impact).map(({ consumer }) => `${consumer.cluster}/${consumer.service}`)).size;

/** The answer in one clause: `2 services stop working if api goes down`. */
export const impactHeadline = (impact: Impact): string => {
  const stopped = stoppedConsumers(impact);
  const condition = `if ${subjectWords(impact)} goes down`;
  if (stopped > 0)
    return `${count(stopped, 'service')} ${stopped === 1 ? 'stops' : 'stop'} working ${condition}`;
  return impact.notVisible.length > 0 && impact.spared === ''
    ? `No known service stops working ${condition}`
    : `No service stops working ${condition}`;
};

/** `web in prod-west`. */
export const consumerWords = ({ consumer }: ImpactedPath): string =>
  `${consumer.service} in ${consumer.cluster}`;

/** Describes the effect on a consumer: `calls api in prod-east`. */
export const effectWords = ({ destination, effect, instead, reachable }: ImpactedPath): string => {
  const to = `${destination.service} ${destination.cluster === null ? `at the peer ${destination.peer}` : `in ${destination.cluster}`}`;
  const now = reachable === 'no' ? '; its calls already fail today' : '';
  if (effect === 'fails-over') return `calls ${to}, and fails over to ${instead}${now}`;
  return effect === 'loses-standby' ? `loses ${to}, its failover target${now}` : `calls ${to}${now}`;
};
