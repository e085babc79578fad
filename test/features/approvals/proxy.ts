import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Fault at one request. */
type Fault =
  /** Consul did it, and the answer says 500. */
  | 'error-after'
  /** Consul did it, and the connection breaks before the answer. */
  | 'drop-after'
  /** The connection breaks before Consul receives it. */
  | 'drop-before'
  /** Consul never receives it, and the answer says that it did. */
  | 'pretend';

/** A proxy in front of a cluster that counts requests and breaks those that a test chooses. */
export interface Proxy {
  readonly address: string;
  /** The next request that begins so, such as `POST /v1/peering/token`, meets this. */
  readonly next: (begins: string, fault: Fault) => void;
  /** Called before such a request is passed on, once. */
  readonly before: (begins: string, work: () => Promise<unknown>) => void;
  /** The next such request reaches Consul, and is answered with this text instead of Consul's. */
  readonly answer: (begins: string, body: string) => void;
  /** Number of such requests that reached Consul. */
  readonly count: (begins: string) => number;
  readonly reset: () => void;
  readonly stop: () => void;
}

const bodyOf = async (incoming: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

export const startProxy = async (target: string): Promise<Proxy> => {
  let seen: string[] = [];
  let faults: { begins: string; fault: Fault }[] = [];
  let answers: { begins: string; body: string }[] = [];
  let hooks: { begins: string; work: () => Promise<unknown> }[] = [];
  const take = <T extends { begins: string }>(list: T[], line: string): T | undefined => {
    const at = list.findIndex(({ begins }) => line.startsWith(begins));
    return at === -1 ? undefined : list.splice(at, 1)[0];
  };
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const line = `${incoming.method} ${incoming.url ?? ''}`;
    const body = await bodyOf(incoming);
    await take(hooks, line)?.work();
    const fault = take(faults, line)?.fault;
    if (fault === 'drop-before') {
      incoming.socket.destroy();
      return;
    }
    if (fault === 'pretend') {
      outgoing.writeHead(200).end();
      return;
    }
    seen.push(line);
    const onward = request(`${target}${incoming.url ?? '/'}`, {
      method: incoming.method,
      headers: incoming.headers,
    });
    onward.end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    const answered = await bodyOf(answer);
    const instead = take(answers, line)?.body;
    if (fault === 'drop-after') incoming.socket.destroy();
    else if (instead !== undefined)
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end(instead);
    else if (fault === 'error-after') outgoing.writeHead(500).end('rpc error: something broke');
    else outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(answered);
  };
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: (begins, fault) => void faults.push({ begins, fault }),
    answer: (begins, body) => void answers.push({ begins, body }),
    before: (begins, work) => void hooks.push({ begins, work }),
    count: (begins) => seen.filter((line) => line.startsWith(begins)).length,
    reset: () => {
      seen = [];
      faults = [];
      answers = [];
      hooks = [];
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
