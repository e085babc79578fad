import type { WebClient } from '@slack/web-api';
import type { Home } from '../access/access';
import { failure, type Result, success } from '../result';
import { callSlack, describeFailure } from './api/call';

/** The bot's own user in Slack. */
export interface Identity {
  readonly home: Home;
  readonly userId: string;
  readonly botId: string;
  /** As people invite it. */
  readonly name: string;
}

/**
 * Asks Slack who the bot is. A failure is one line that says why Slack does not accept the bot, and what to do. In Socket
 * Mode, `socketClient` has the app's own token, which is tried once here: the SDK would retry forever.
 */
export const identify = async (
  client: Pick<WebClient, 'auth'>,
  socketClient: Pick<WebClient, 'apps'> | undefined,
): Promise<Result<Identity>> => {
  const who = await callSlack(() => client.auth.test());
  if (!who.ok) {
    return failure(`${describeFailure(who.error)}: check SLACK_BOT_TOKEN and the network`);
  }
  if (socketClient !== undefined) {
    const opened = await callSlack(() => socketClient.apps.connections.open({}));
    if (!opened.ok) {
      const why = describeFailure(opened.error);
      return failure(`${why}: check SLACK_APP_TOKEN, which needs connections:write`);
    }
  }
  const { team_id = '', enterprise_id: organisation, user_id = '', bot_id = '', user = '' } = who.value;
  const whole = who.value.is_enterprise_install === true && organisation !== undefined;
  const home: Home = { team: team_id, organisation: whole ? organisation : undefined };
  return success({ home, userId: user_id, botId: bot_id, name: user });
};
