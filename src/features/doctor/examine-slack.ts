import { WebClient, type WebClientOptions } from '@slack/web-api';
import type { Config } from '../../config/config';
import type { Env } from '../../config/env';
import { callSlack, describeFailure } from '../../slack/api/call';
import { createSlackNetwork, type OutboundProxy } from '../../slack/api/slack-network';
import { type DoctorLine, linesOf } from './finding';
import { optionalScopes, scopePurposes } from './scope-purposes';

const { ok, warning, problem, unknown } = linesOf('Slack');

/** Scopes without which the bot is useless. */
const essential = new Set(['commands', 'chat:write', 'users:read']);

export interface SlackParts {
  readonly env: Pick<Env, 'slack'>;
  readonly config: Pick<Config, 'approvals' | 'owners' | 'alertmanager'>;
  /** Channels of digests, by id. */
  readonly digestChannels: readonly string[];
  readonly options: WebClientOptions;
}

/** Examines Slack: that it accepts the tokens, that no scope is missing, and that the bot is in the channels it posts to. */
export const examineSlack = async ({
  env,
  config,
  digestChannels,
  options: given,
}: SlackParts): Promise<readonly DoctorLine[]> => {
  const { botToken, mode, proxy } = env.slack;
  const options = { fetch: createSlackNetwork(proxy).fetch, ...given };
  const client = new WebClient(botToken, options);
  const who = await callSlack(() => client.auth.test());
  if (!who.ok) {
    return [
      who.error.kind === 'refused'
        ? problem(
            `Slack does not accept the bot token: ${describeFailure(who.error)}`,
            'Set SLACK_BOT_TOKEN to the bot token that the page "OAuth & Permissions" of the app shows',
          )
        : problem(`Slack does not answer: ${describeFailure(who.error)}`, fixOfNoAnswer(proxy)),
    ];
  }
  const lines = [ok(`SLACK_BOT_TOKEN belongs to the bot ${who.value.user ?? ''} in ${who.value.team ?? ''}`)];
  lines.push(...scopeLines(who.value.response_metadata?.scopes));
  if (mode?.kind === 'socket') lines.push(await socketLine(mode.appToken, options, proxy));
  if (mode?.kind === 'http') {
    lines.push(
      unknown(
        `HTTP mode listens on port ${mode.port}; doctor cannot check whether Slack reaches it, nor SLACK_SIGNING_SECRET`,
        'Point the request URLs of the app to https://YOUR-HOST/slack/events, and set SLACK_SIGNING_SECRET to the signing secret of its page "Basic Information"; Slack says there if the URL is not verified',
      ),
    );
  }
  const approvals = config.approvals?.channel;
  const channels = [
    ...(approvals === undefined ? [] : [[approvals, 'approvals'] as const]),
    ...(config.alertmanager === undefined ? [] : [[config.alertmanager.channel, 'alerts'] as const]),
    ...[...new Set([...(config.owners?.values() ?? [])].map(({ channel }) => channel))]
      .filter((channel) => channel !== approvals)
      .map((channel) => [channel, 'an owner'] as const),
    ...[...new Set(digestChannels)].map((channel) => [channel, 'a digest'] as const),
  ];
  for (const [channel, purpose] of channels) lines.push(await channelLine(client, channel, purpose));
  return lines;
};

/** Returns the next step where Slack could not be reached, which says nothing about the tokens. */
const fixOfNoAnswer = (proxy: OutboundProxy | undefined): string =>
  proxy === undefined
    ? 'Check the network of this machine, and SLACK_API_URL if it is set; where only a proxy leads to Slack, set HTTPS_PROXY'
    : 'Check that the proxy of HTTPS_PROXY runs and lets connections to Slack through, or exclude Slack with NO_PROXY';

const scopeLines = (granted: readonly string[] | undefined): readonly DoctorLine[] => {
  if (granted === undefined) return [unknown('Slack did not say which scopes the bot token has')];
  const missing = Object.entries(scopePurposes).filter(([scope]) => !granted.includes(scope));
  if (missing.length === 0) return [ok('the bot token has every scope of the manifest')];
  return missing.map(([scope, consequence]) =>
    optionalScopes.has(scope)
      ? warning(
          `the bot token lacks the optional scope ${scope}: ${consequence}`,
          `If you want that, add ${scope} to the app's bot scopes, and install the app again`,
        )
      : (essential.has(scope) ? problem : warning)(
          `the bot token lacks the scope ${scope}: ${consequence}`,
          `Add ${scope} to the app's bot scopes, and install the app again`,
        ),
  );
};

const socketLine = async (
  appToken: string,
  options: WebClientOptions,
  proxy: OutboundProxy | undefined,
): Promise<DoctorLine> => {
  const client = new WebClient(appToken, options);
  const opened = await callSlack(() => client.apps.connections.open({}));
  return opened.ok
    ? ok('SLACK_APP_TOKEN opens Socket Mode connections')
    : problem(
        `Socket Mode does not work: ${describeFailure(opened.error)}`,
        opened.error.kind === 'refused'
          ? 'Check SLACK_APP_TOKEN, its scope connections:write, and that Socket Mode is on for the app'
          : fixOfNoAnswer(proxy),
      );
};

/** Reads the newest message, with a scope that the bot has anyway. To read the channel itself needs another scope. */
const channelLine = async (client: WebClient, channel: string, purpose: string): Promise<DoctorLine> => {
  const read = await callSlack(() => client.conversations.history({ channel, limit: 1 }));
  if (read.ok) return ok(`the bot is in the channel ${channel} of ${purpose}`);
  if (read.error.kind === 'refused' && read.error.code === 'missing_scope')
    return unknown(
      `a missing scope to read histories hides whether the bot is in the channel ${channel} of ${purpose}`,
    );
  if (read.error.kind !== 'refused')
    return unknown(
      `Slack did not say whether the bot is in the channel ${channel} of ${purpose}: ${describeFailure(read.error)}`,
      'Run doctor again',
    );
  return problem(
    `the bot cannot post to the channel ${channel} of ${purpose}: ${describeFailure(read.error)}`,
    read.error.code === 'is_archived'
      ? 'Restore the channel, or name another one'
      : 'Invite the bot there: /invite @peering-bot',
  );
};
