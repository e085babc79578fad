import type { WebClient } from '@slack/web-api';
import type { Home } from '../access/access';
import { failure, type Result, success } from '../result';
import { callSlack, describeFailure, type SlackFailure } from './api/call';

/** The bot's own user in Slack. */
export interface Identity {
  readonly home: Home;
  readonly userId: string;
  readonly botId: string;
  /** As people invite it. */
  readonly name: string;
}

interface IdentityProblem {
  readonly message: string;
  readonly temporary: boolean;
}

/** Reasons of the network that do not pass by themselves: certificates that this machine does not trust. */
const misconfigured = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;

const problemOf = (failed: SlackFailure, fix: string): IdentityProblem => {
  const why = describeFailure(failed);
  return { message: `${why}: ${fix}`, temporary: failed.kind !== 'refused' && !misconfigured.test(why) };
};

/**
 * Asks Slack who the bot is. A failure is one line that says why Slack does not accept the bot, and what to do; it is
 * temporary if Slack did not answer. In Socket Mode, `socketClient` has the app's own token, which is tried once here: the
 * SDK would retry forever.
 */
export const identify = async (
  client: Pick<WebClient, 'auth'>,
  socketClient: Pick<WebClient, 'apps'> | undefined,
): Promise<Result<Identity, IdentityProblem>> => {
  const who = await callSlack(() => client.auth.test());
  if (!who.ok) {
    return failure(problemOf(who.error, 'check SLACK_BOT_TOKEN and the network'));
  }
  if (socketClient !== undefined) {
    const opened = await callSlack(() => socketClient.apps.connections.open({}));
    if (!opened.ok) {
      return failure(problemOf(opened.error, 'check SLACK_APP_TOKEN, which needs connections:write'));
    }
  }
  const { team_id = '', enterprise_id: organisation, user_id = '', bot_id = '', user = '' } = who.value;
  const whole = who.value.is_enterprise_install === true && organisation !== undefined;
  const home: Home = { team: team_id, organisation: whole ? organisation : undefined };
  return success({ home, userId: user_id, botId: bot_id, name: user });
};
