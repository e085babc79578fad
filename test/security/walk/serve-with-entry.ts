import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authorizePath, type Recording, serveRecording } from '../../../sandbox/demo/recording';

const readsEntry = 'GET /v1/config/exported-services';

/** Answers that the token may write the entry, which that of the recording may not. */
const allowEntry = (answers: string): string =>
  JSON.stringify(
    (JSON.parse(answers) as readonly { readonly Resource: string; readonly Allow: boolean }[]).map((one) => ({
      ...one,
      Allow: one.Allow || one.Resource === 'mesh',
    })),
  );

/** Serves a recorded cluster whose exported-services entry can be written by compare-and-set, as in Consul. */
export const serveWithEntry = async (recording: Recording, token: string) => {
  const recorded = recording.answers[readsEntry];
  if (recorded === undefined) throw new Error(`${recording.cluster} has no entry`);
  const entry = { ...recorded, body: recorded.body as readonly { readonly ModifyIndex: number }[] };
  const served = await serveRecording(
    { ...recording, answers: { ...recording.answers, [readsEntry]: entry } },
    { token, delayMs: 0 },
  );
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = 'GET', url = '', headers } = request;
    const index = entry.body[0]?.ModifyIndex ?? 0;
    if (method === 'PUT' && url.startsWith('/v1/config?')) {
      const isNewest = Number(/cas=(\d+)/.exec(url)?.[1]) === index;
      if (isNewest) entry.body = [{ ...JSON.parse(body.toString()), ModifyIndex: index + 1 }];
      response.writeHead(200, { 'content-type': 'application/json' }).end(String(isNewest));
      return;
    }
    const given = await fetch(`${served.address}${url}`, {
      method,
      headers: { 'x-consul-token': String(headers['x-consul-token'] ?? '') },
      ...(body.length > 0 && { body }),
    });
    response.writeHead(given.status, Object.fromEntries(given.headers));
    const text = await given.text();
    response.end(url === authorizePath ? allowEntry(text) : text);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    /** Makes the entry as it was recorded. */
    reset: (): void => {
      entry.body = recorded.body as typeof entry.body;
    },
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await served.stop();
    },
  };
};
