import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** When something happens at a call: the server has not heard of it, has done it, or has been heard to say so. */
export const moments = ['before', 'unanswered', 'after'] as const;
export type Moment = (typeof moments)[number];

/** A call that passed: method and path, without its query. */
interface Call {
  readonly line: string;
  readonly body: string;
  readonly answer: string;
}

/** A proxy in front of a server that writes down what passes, and lets something happen at one call. */
export interface Recorder {
  readonly address: string;
  /** Requests that reached the server, in order. */
  readonly calls: () => readonly Call[];
  readonly count: (line: string) => number;
  /**
   * At the nth call of this line (from 1) does the work. Before and unanswered, the caller gets no answer:
   * its connection breaks when the work is done.
   */
  readonly at: (line: string, nth: number, moment: Moment, work: () => unknown) => void;
  /** Before the nth call of this line (from 1) is passed on, or answered, the work is done; then it goes on. */
  readonly during: (line: string, nth: number, moment: 'before' | 'unanswered', work: () => unknown) => void;
  /** Answers the next call of this line so, after the server did it. */
  readonly answer: (line: string, status: number, body: (real: string) => string) => void;
  /** Forgets what passed, and counts from 1 again. */
  readonly reset: () => void;
  readonly stop: () => void;
}

const bodyOf = async (incoming: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** @param rewrite changes the body of what the server answers to reads, given the method and path */
export const startRecorder = async (
  target: string,
  rewrite: (line: string, answer: string) => string = (_, answer) => answer,
): Promise<Recorder> => {
  let calls: Call[] = [];
  let heard: string[] = [];
  let trap: { line: string; nth: number; moment: Moment; work: () => unknown } | undefined;
  let hook: { line: string; nth: number; moment: Moment; work: () => unknown } | undefined;
  let lie: { line: string; status: number; body: (real: string) => string } | undefined;

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const line = `${incoming.method} ${(incoming.url ?? '').split('?')[0]}`;
    const body = await bodyOf(incoming);
    heard.push(line);
    const nth = heard.filter((one) => one === line).length;
    const met = trap?.line === line && trap.nth === nth ? trap : undefined;
    const pause = hook?.line === line && hook.nth === nth ? hook : undefined;
    if (pause?.moment === 'before') await pause.work();
    if (met?.moment === 'before') {
      await met.work();
      incoming.socket.destroy();
      return;
    }
    const { method, headers, url } = incoming;
    const onward = request(`${target}${url ?? '/'}`, { method, headers });
    onward.end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    const answered = await bodyOf(answer);
    calls.push({ line, body: body.toString(), answer: answered.toString() });
    if (pause?.moment === 'unanswered') await pause.work();
    if (met?.moment === 'unanswered') {
      await met.work();
      incoming.socket.destroy();
      return;
    }
    if (lie?.line === line) {
      const told = lie;
      lie = undefined;
      outgoing.writeHead(told.status).end(told.body(answered.toString()));
    } else {
      const told = method === 'GET' ? rewrite(line, answered.toString()) : answered;
      const { 'content-length': _, ...rest } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 500, rest).end(told);
    }
    if (met?.moment === 'after') {
      await once(outgoing, 'finish');
      await met.work();
    }
  };
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    count: (line) => calls.filter((call) => call.line === line).length,
    at: (line, nth, moment, work) => {
      trap = { line, nth, moment, work };
    },
    during: (line, nth, moment, work) => {
      hook = { line, nth, moment, work };
    },
    answer: (line, status, body) => {
      lie = { line, status, body };
    },
    reset: () => {
      calls = [];
      heard = [];
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
