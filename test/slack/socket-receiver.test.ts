import { App } from '@slack/bolt';
import { pino } from 'pino';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { sdkLogger } from '../../src/slack/sdk-logger';
import { createSlackNetwork } from '../../src/slack/api/slack-network';
import { createSocketReceiver, type SocketReceiver } from '../../src/slack/socket-receiver';
import { manifest } from '../local-manifest';
import { type BlackHole, startBlackHole } from '../lab/black-hole';
import { freePorts, waitFor } from '../lab/process';
import { withEnds } from '../lab/with-ends';

jest.setTimeout(120_000);

/** Below the five minutes that the SDK would wait, in ms; twice what is promised, on a busy machine. */
const boundMs = 60_000;

describe('connections of Socket Mode that are silently dead', () => {
  const start = async (
    ends: (() => unknown)[],
  ): Promise<{ hole: BlackHole; slack: Workspace; receiver: SocketReceiver }> => {
    const [port = 0] = await freePorts(1);
    const hole = await startBlackHole({ host: '127.0.0.1', port });
    ends.push(hole.stop);
    const publicOrigin = `http://127.0.0.1:${hole.port}`;
    const slack = await startWorkspace({ manifest, port, publicOrigin });
    ends.push(slack.stop);
    const receiver = createSocketReceiver({
      network: createSlackNetwork(undefined),
      appToken: slack.appToken,
      sdkLogger: sdkLogger(pino({ level: 'silent' }), 'socket-mode'),
      clientOptions: () => ({
        slackApiUrl: `${publicOrigin}/api/`,
        timeout: 10_000,
        retryConfig: { forever: true, minTimeout: 500, maxTimeout: 15_000, randomize: true },
      }),
    });
    const app = new App({
      receiver,
      authorize: async () => ({ botToken: slack.botToken }),
      convoStore: false,
    });
    app.command('/peering', async ({ ack }) => ack());
    await app.start();
    ends.push(() => app.stop());
    await waitFor('the connections', () => slack.sockets.connections() === 2 && receiver.connected());
    return { hole, slack, receiver };
  };

  const expectReplaced = async (slack: Workspace, receiver: SocketReceiver): Promise<void> => {
    // This is what `/readyz` says.
    await waitFor('the loss', () => !receiver.connected(), { timeoutMs: boundMs });
    await waitFor('the replacement', () => slack.sockets.connections() === 2 && receiver.connected(), {
      timeoutMs: boundMs,
    });
    await slack.typeCommand(people.requester.id, channels.platform, '/peering help');
  };

  it.concurrent('are noticed and replaced', () =>
    withEnds(async (ends) => {
      const { hole, slack, receiver } = await start(ends);
      hole.swallow();
      await expectReplaced(slack, receiver);
    }));

  it.concurrent('are replaced also if their successors die while they open', () =>
    withEnds(async (ends) => {
      const { hole, slack, receiver } = await start(ends);
      hole.swallow();
      hole.swallowNext('GET /link/', 2);
      await expectReplaced(slack, receiver);
    }));
});
