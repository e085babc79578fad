import type { PeeringEvent } from './peering-event';
import type { EventRequest } from './webhook-request';

/** Maximum length of a summary (Events API v2). */
const maxSummary = 1024;

/** Makes the event of PagerDuty's Events API v2. One finding is one alert, by its `dedup_key`. */
export const pagerDutyRequest = (event: PeeringEvent, routingKey: string): EventRequest => {
  const { id, type, issue, cluster, check, subject, severity, message, flapping, at } = event;
  const isOpen = type === 'added' || type === 'changed';
  const head = {
    routing_key: routingKey,
    event_action: isOpen ? 'trigger' : 'resolve',
    dedup_key: `peering-bot/${issue}`,
  };
  const body = isOpen
    ? {
        ...head,
        client: 'peering-bot',
        payload: {
          summary: `${cluster}: ${message}`.slice(0, maxSummary),
          source: cluster,
          timestamp: at,
          severity: severity ?? 'warning',
          component: `${subject.kind} ${subject.name}`,
          class: check,
          custom_details: { cluster, check, subject, flapping, event: id },
        },
      }
    : head;
  return { headers: {}, body: JSON.stringify(body) };
};
