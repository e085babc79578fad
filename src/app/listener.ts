import { App } from '@slack/bolt';
import { registry } from '../checks/registry';
import type { Config } from '../config/config';
import { type AlertReceiver, createAlertReceiver, startAlertServer } from '../features/alerts';
import { createApprovers } from '../features/approvals/approvers/approvers';
import { isApprovalSetUp } from '../features/approvals/approvers/yeses';
import { createHomePublisher } from '../features/home/publish';
import { failure, type Result, success } from '../result';
import { putAnswer } from '../slack/api/outbox/outbox';
import { createHttpReceiver, type HttpReceiver } from '../slack/http-receiver';
import { attachListeners } from '../slack/listeners';
import { sdkLogger } from '../slack/sdk-logger';
import { createSocketReceiver, type SocketReceiver } from '../slack/socket-receiver';
import { createThrottle } from '../slack/throttle';
import { isDirectThread } from '../slack/direct-thread';
import { derive } from './current-config';
import { clientOptions, type Connections } from './connections';
import {
  actions,
  assistantListener,
  commandForms,
  commands,
  eventListeners,
  linkListener,
  type ListenerServices,
  submissions,
} from './listeners';

interface Listening {
  /** The port of HTTP mode, or that of Alertmanager in Socket Mode. */
  readonly port?: number | undefined;
  /** True if a connection to Slack is open; absent in HTTP mode, where Slack connects. */
  readonly connected?: () => boolean;
  readonly stop: () => Promise<void>;
}

/** Starts to receive requests from Slack. A failure is one line that says why not. */
export const startListener = async (connections: Connections): Promise<Result<Listening>> => {
  const { env, configuration, log, redis, client, identity, monitor } = connections;
  const { producer, authorizer, isFirst, rationale, stores, tracing } = connections;
  const receiveAlerts = createAlertReceiver({
    config: () => configuration.get(),
    environment: connections.environment,
    producer,
    team: identity.home.team,
    log,
    tracing,
  });
  const receiver = createReceiver(connections, receiveAlerts);
  const app = new App({
    receiver,
    // The identity of the bot was looked up at the start.
    authorize: async () => ({
      botToken: env.slack.botToken,
      botId: identity.botId,
      botUserId: identity.userId,
      teamId: identity.home.team,
    }),
    clientOptions: clientOptions(env, log, monitor),
    logger: sdkLogger(log, 'bolt'),
    convoStore: false,
  });
  /** The services of a request that arrives now. */
  const services = derive(configuration, (config) => {
    const requests = openRequests(config, connections);
    return {
      ...stores,
      config,
      authorizer: authorizer(),
      producer,
      isFirst,
      rationale,
      commands,
      requests,
      approvers: requests?.approvers,
      checkIds: registry.map(({ id }) => id),
      signer: stores.signed.signer,
      trail: stores.signed.audit,
    };
  });
  app.error(async (error) => log.error({ err: error }, 'a listener failed'));
  const onCommand = attachListeners<ListenerServices>(app, {
    commands,
    actions,
    submissions,
    commandForms,
    events: eventListeners,
    links: linkListener,
    assistant: assistantListener,
    services,
    home: createHomePublisher(client, stores.unanswered),
    client,
    botUserId: identity.userId,
    respond: monitor.respond,
    answerLater: (target, message) =>
      putAnswer(stores.outbox, target, {
        renderings: [{ message }],
        final: true,
        way: isDirectThread(target) ? 'channel' : 'response-url',
      }),
    throttle: createThrottle(redis, 'commands'),
    throttleHome: createThrottle(redis, 'homes'),
    throttlePreviews: createThrottle(redis, 'previews'),
    throttlePrompts: createThrottle(redis, 'prompts'),
    throttleSearches: createThrottle(redis, 'searches'),
    log,
    tracing,
  });
  if ('takeCommands' in receiver) receiver.takeCommands(onCommand);
  try {
    await app.start();
  } catch (error) {
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const { mode } = env.slack;
    return failure(
      inUse
        ? `port ${mode?.kind === 'http' ? mode.port : ''} is in use: set PORT to a free one`
        : `cannot receive requests from Slack (${error instanceof Error ? error.message : 'unknown'})`,
    );
  }
  if (!('connected' in receiver)) {
    const stop = async (): Promise<void> => void (await app.stop());
    return success({ stop, port: receiver.port() });
  }
  const isListening = configuration.get().alertmanager !== undefined && env.port !== undefined;
  const alerts = isListening ? await startAlertServer(receiveAlerts, env.port ?? 0, log) : undefined;
  if (alerts?.ok === false) {
    await app.stop();
    return alerts;
  }
  return success({
    port: alerts?.value.port,
    connected: receiver.connected,
    stop: async () => {
      await Promise.all([app.stop(), alerts?.value.stop()]);
    },
  });
};

/** Returns the open requests for App Home, and their approvers; undefined if approvals are not set up. */
const openRequests = (config: Config, { client, identity: { home }, stores: { signed } }: Connections) =>
  isApprovalSetUp(config)
    ? { open: signed.approvals.open, approvers: createApprovers(config, { client, home }) }
    : undefined;

const createReceiver = (
  { env, log, monitor, slackNetwork: network, isFirst }: Connections,
  otherwise: AlertReceiver,
): SocketReceiver | HttpReceiver => {
  const { mode } = env.slack;
  if (mode?.kind === 'http') {
    const { signingSecret, port } = mode;
    return createHttpReceiver({
      signingSecret,
      port,
      otherwise,
      sdkLogger: sdkLogger(log, 'bolt'),
      log,
      isFirst,
    });
  }
  return createSocketReceiver({
    appToken: mode?.appToken ?? '',
    sdkLogger: sdkLogger(log, 'socket-mode'),
    network,
    // The client retries for as long as Slack is away.
    clientOptions: () => ({
      ...clientOptions(env, log, monitor),
      rejectRateLimitedCalls: false,
      retryConfig: { forever: true, minTimeout: 500, maxTimeout: 15_000, randomize: true },
    }),
  });
};
