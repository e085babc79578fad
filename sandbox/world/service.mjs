/**
 * A sample service. It answers with its name or, where it has an upstream, with what that answers, so that one
 * request shows whether traffic flows from one cluster to the other.
 */
import { createServer } from 'node:http';

const { NAME = 'service', HOST = '127.0.0.1', PORT = '9090', UPSTREAM } = process.env;

const answer = async () => {
  if (!UPSTREAM) return [200, `${NAME} answers\n`];
  try {
    const response = await fetch(UPSTREAM, { signal: AbortSignal.timeout(5000) });
    return [response.ok ? 200 : 502, `${NAME} heard: ${await response.text()}`];
  } catch {
    return [502, `${NAME} heard nothing from its upstream\n`];
  }
};

const serve = async ({ url }, response) => {
  const [status, text] = url === '/health' ? [200, 'ok\n'] : await answer();
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
};

createServer((request, response) => void serve(request, response)).listen(Number(PORT), HOST);

// The first process of a container ignores the signal unless it has a handler.
process.once('SIGTERM', () => process.exit(0));
