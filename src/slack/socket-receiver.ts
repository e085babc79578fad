import { type Logger as SdkLogger, type Receiver, SocketModeReceiver } from '@slack/bolt';
import type { WebClientOptions } from '@slack/web-api';

export interface SocketReceiverParts {
  readonly appToken: string;
  readonly sdkLogger: SdkLogger;
  /** Makes options anew: the client of each connection changes those that it is given. */
  readonly clientOptions: () => WebClientOptions;
}

export interface SocketReceiver extends Receiver {
  /** Whether at least one connection is open. */
  readonly connected: () => boolean;
}

/**
 * Socket Mode over two connections. Slack asks every connection to come again now and then, and the SDK is away
 * for seconds when it does; with a second one commands get through in the meantime. Slack sends each request to
 * one of them only, and an app may have ten.
 */
export const createSocketReceiver = ({
  appToken,
  sdkLogger,
  clientOptions,
}: SocketReceiverParts): SocketReceiver => {
  const receivers = [0, 1].map(
    () =>
      new SocketModeReceiver({
        appToken,
        logger: sdkLogger,
        installerOptions: { clientOptions: clientOptions() },
      }),
  );
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
