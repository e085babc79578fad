import type { WebClient } from '@slack/web-api';
import type { Home } from '../access/access';
import { callSlack, describeFailure } from './api/call';

/** Who the bot is in Slack. */
export interface Identity {
  readonly home: Home;
  readonly userId: string;
  readonly botId: string;
  /** As people invite it. */
  readonly name: string;
}

export type Identified =
  | { readonly ok: true; readonly value: Identity }
  /** One line: why Slack does not take the bot, and what to do. */
  | { readonly ok: false; readonly message: string };

/**
 * Asks Slack who the bot is. In Socket Mode, `socketClient` has the app's own token, and is asked whether it may
 * open connections: the SDK would ask for ever.
 */
export const identify = async (
  client: Pick<WebClient, 'auth'>,
  socketClient: Pick<WebClient, 'apps'> | undefined,
): Promise<Identified> => {
  const who = await callSlack(() => client.auth.test());
  if (!who.ok) {
    return { ok: false, message: `${describeFailure(who.failure)}: check SLACK_BOT_TOKEN and the network` };
  }
  if (socketClient !== undefined) {
    const opened = await callSlack(() => socketClient.apps.connections.open({}));
    if (!opened.ok) {
      const why = describeFailure(opened.failure);
      return { ok: false, message: `${why}: check SLACK_APP_TOKEN, which needs connections:write` };
    }
  }
  const { team_id = '', enterprise_id: organisation, user_id = '', bot_id = '', user = '' } = who.value;
  const whole = who.value.is_enterprise_install === true && organisation !== undefined;
  const home: Home = { team: team_id, ...(whole ? { organisation } : {}) };
  return { ok: true, value: { home, userId: user_id, botId: bot_id, name: user } };
};
