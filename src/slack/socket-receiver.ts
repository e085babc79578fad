import { type Logger as SdkLogger, type Receiver, SocketModeReceiver } from '@slack/bolt';
import type { WebClientOptions } from '@slack/web-api';

export interface SocketReceiverParts {
  readonly appToken: string;
  readonly sdkLogger: SdkLogger;
  /** Makes options anew: the client of each connection changes those that it is given. */
  readonly clientOptions: () => WebClientOptions;
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
}: SocketReceiverParts): Receiver => {
  const receivers = [0, 1].map(
    () =>
      new SocketModeReceiver({
        appToken,
        logger: sdkLogger,
        installerOptions: { clientOptions: clientOptions() },
      }),
  );
  return {
    init: (app) => {
      for (const receiver of receivers) receiver.init(app);
    },
    start: () => Promise.all(receivers.map((receiver) => receiver.start())),
    stop: () => Promise.all(receivers.map((receiver) => receiver.stop())),
  };
};
