import { createHmac } from 'node:crypto';
import type { PeeringEvent } from './peering-event';

/** A request to a receiver. */
export interface EventRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs the time of sending and the body, so that neither can be changed and an old request is recognized. */
export const webhookRequest = (event: PeeringEvent, secret: string, nowMs: number): EventRequest => {
  const body = JSON.stringify(event);
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return {
    headers: {
      'X-Peering-Event-Id': event.id,
      'X-Peering-Timestamp': timestamp,
      'X-Peering-Signature': `v1=${signature}`,
    },
    body,
  };
};
