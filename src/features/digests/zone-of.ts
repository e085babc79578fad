import type { WebClient } from '@slack/web-api';
import { parseZone } from '../../config/zone';
import { success } from '../../result';
import { callSlack } from '../../slack/api/call';
import type { ZoneOf } from './services';

/** Asks Slack for the time zones of people. A zone that this machine does not know counts as none. */
export const createZoneOf =
  (client: Pick<WebClient, 'users'>): ZoneOf =>
  async (user) => {
    const answer = await callSlack(() => client.users.info({ user }));
    if (!answer.ok) return answer;
    const parsed = parseZone(answer.value.user?.tz ?? '');
    return success(parsed.ok ? parsed.value : undefined);
  };
