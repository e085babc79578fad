import { createHmac } from 'node:crypto';
import { type Agent, request } from 'node:http';
import type { Workspace } from '../../sandbox/workspace/workspace';

interface Signed {
  readonly body: string;
  readonly headers: Readonly<Record<string, string | number>>;
}

let serial = 0;

/** A command of somebody in a channel where nothing is under way, so that it is neither refused nor joined. */
export const signCommand = ({ signingSecret, teamId }: Workspace, text: string): Signed => {
  serial += 1;
  const body = new URLSearchParams({
    command: '/peering',
    text,
    user_id: `U${String(serial).padStart(8, '0')}`,
    user_name: 'bench',
    team_id: teamId,
    team_domain: 'bench',
    channel_id: `C${String(serial).padStart(8, '0')}`,
    channel_name: 'bench',
    response_url: 'http://127.0.0.1:1/',
    trigger_id: `t${serial}`,
    api_app_id: 'A1',
    token: 'unused',
  }).toString();
  const time = Math.floor(Date.now() / 1000);
  const hash = createHmac('sha256', signingSecret).update(`v0:${time}:${body}`).digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
      'x-slack-request-timestamp': time,
      'x-slack-signature': `v0=${hash}`,
    },
  };
};

/** Sends a signed command, and gives how long it took until the acknowledgement (ms). */
export const acknowledged = (port: number, agent: Agent, { body, headers }: Signed): Promise<number> => {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const to = { agent, host: '127.0.0.1', port, path: '/slack/events', method: 'POST', headers };
    const sent = request(to, (answer) => {
      answer.resume();
      answer.on('end', () =>
        answer.statusCode === 200
          ? resolve(performance.now() - started)
          : reject(new Error(`status ${answer.statusCode}`)),
      );
    });
    sent.on('error', reject).end(body);
  });
};
