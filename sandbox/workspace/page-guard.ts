import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Decides who may use the page: everyone who was given its address. The port is open to every program and every website on
 * this machine's browsers, so a request must carry the token, name this very host (or a foreign name could be
 * pointed at loopback) and, where it changes something, come from this very origin.
 */

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in constant time. */
const isToken = (given: string, token: string): boolean => timingSafeEqual(digest(given), digest(token));

/** Cookies are shared by all ports of a host: the name tells this server's from another's. */
export const cookieName = (port: number): string => `workspace-${port}`;

const cookieOf = (request: IncomingMessage, name: string): string =>
  (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim().split('='))
    .find(([key]) => key === name)?.[1] ?? '';

/** The requested `Host`, if it is loopback and this port. */
const ownHost = (request: IncomingMessage, port: number): string | undefined =>
  [`127.0.0.1:${port}`, `localhost:${port}`].find((host) => host === request.headers.host);

/** Returns the reason why a request is refused, or undefined if it may pass. */
export const refusal = (request: IncomingMessage, port: number, token: string): string | undefined => {
  const host = ownHost(request, port);
  if (!host) return 'the request names a host other than 127.0.0.1 or localhost';
  const origin = request.headers.origin;
  if (origin !== undefined && origin !== `http://${host}`) return 'the request came from another website';
  if (request.method !== 'GET' && origin === undefined) return 'the request has no Origin header';
  const given = new URL(request.url ?? '/', `http://${host}`).searchParams.get('token');
  return isToken(given ?? cookieOf(request, cookieName(port)), token)
    ? undefined
    : 'open the address that was printed at the start, with its token';
};

/** Nothing from elsewhere, nothing inline, no markup from strings. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; font-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};
