import { type Logger as SdkLogger, type Receiver, SocketModeReceiver } from '@slack/bolt';
import { omitUndefined } from '../omit-undefined';
import type { SlackNetwork } from './api/slack-network';
import type { WebClientOptions } from '@slack/web-api';

export interface SocketReceiverParts {
  readonly appToken: string;
  readonly sdkLogger: SdkLogger;
  /** Creates options for one connection, whose client changes them. */
  readonly clientOptions: () => WebClientOptions;
  readonly network: SlackNetwork;
}

export interface SocketReceiver extends Receiver {
  /** Tells whether at least one connection is open. */
  readonly connected: () => boolean;
}

/** Milliseconds. A silent connection is closed after this time and two pings, and replaced after it once more. */
const pongMs = 5000;

/** Maximum time to open a connection, in ms. The SDK pings only once it is open, and would wait for five minutes. */
const openMs = 10_000;

/**
 * Closes a connection that does not open in time. The SDK then opens another one, as it does when Slack asks for that.
 */
const limitOpening = ({ client }: SocketModeReceiver): void => {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => clearTimeout(timer);
  client.on('connecting', () => {
    stop();
    // The public way ends the client for good, and rejects a promise that no one handles.
    timer = setTimeout(() => client['websocket']?.disconnect(), openMs);
  });
  for (const event of ['connected', 'close', 'disconnecting']) client.on(event, stop);
};

/**
 * Creates the receiver of Socket Mode, with two connections. Slack refreshes every connection now and then, which takes
 * the SDK seconds; the second one receives commands meanwhile. Slack sends each request to one of them only, and an app
 * may have ten.
 */
export const createSocketReceiver = ({
  appToken,
  sdkLogger,
  clientOptions,
  network: { dispatcher },
}: SocketReceiverParts): SocketReceiver => {
  const receivers = [0, 1].map(
    () =>
      new SocketModeReceiver({
        appToken,
        logger: sdkLogger,
        clientPingTimeout: pongMs,
        ...omitUndefined({ dispatcher }),
        installerOptions: { clientOptions: clientOptions() },
      }),
  );
  receivers.forEach(limitOpening);
  const open = new Set<SocketModeReceiver>();
  for (const receiver of receivers) {
    receiver.client.on('connected', () => open.add(receiver));
    for (const lost of ['close', 'reconnecting', 'disconnected']) {
      receiver.client.on(lost, () => open.delete(receiver));
    }
  }
  return {
    connected: () => open.size > 0,
    init: (app) => {
      for (const receiver of receivers) receiver.init(app);
    },
    start: () => Promise.all(receivers.map((receiver) => receiver.start())),
    stop: () => Promise.all(receivers.map((receiver) => receiver.stop())),
  };
};
