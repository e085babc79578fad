import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { mayConnect } from './address-rules';
import type { ProbeOutcome } from './probe-outcome';
import { type PresentedCertificate, readCertificate } from './read-certificate';

/** Connects to one address, completes a TLS handshake and hangs up. Sends nothing else. */

export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  /** The name to ask for in the handshake; left out if it is not the name of a host. */
  readonly serverName?: string | undefined;
}

export interface ProbeResult {
  readonly outcome: ProbeOutcome;
  /** The addresses that the host resolved to. */
  readonly resolved: readonly string[];
  /** Time until the connection was open, in ms. */
  readonly connectMs?: number | undefined;
  /** Time of the handshake, in ms. */
  readonly handshakeMs?: number | undefined;
  readonly certificate?: PresentedCertificate | undefined;
}

export interface ProbeOptions {
  /** For resolving, connecting and the handshake together, in ms. */
  readonly timeoutMs: number;
  /** Loopback addresses that are given as such may be connected to; those that a name resolves to never are. */
  readonly allowLoopback: boolean;
  readonly signal: AbortSignal;
  /** Resolves a name to all its addresses. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
}

/** Maximum addresses of a name that are kept. */
const maxResolved = 8;
/** Maximum addresses of a name that are tried, one after the other. */
const maxTried = 2;

/** Resolves a name as other programs on this machine do, to all its addresses. */
export const resolveName = (host: string): Promise<readonly LookupAddress[]> => lookup(host, { all: true });

/** Rejects as soon as the signal is aborted, for what cannot be cancelled. */
const within = <T>(signal: AbortSignal, pending: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = (): void => reject(new Error('aborted'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    pending.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });

/** The code of a system error, which need not be an `Error` of this realm. */
const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

const outcomeOfConnect = (error: unknown, signal: AbortSignal): ProbeOutcome => {
  if (signal.aborted || codeOf(error) === 'ETIMEDOUT') return 'timeout';
  return codeOf(error) === 'ECONNREFUSED' ? 'refused' : 'unreachable';
};

const open = (host: string, port: number, signal: AbortSignal): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
    const stop = (): void => {
      socket.destroy();
      reject(new Error('aborted'));
    };
    signal.addEventListener('abort', stop, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', stop));
    if (signal.aborted) stop();
  });

/** A name that TLS may carry: no IP address, and no character that a host name cannot have. */
const isServerName = (name: string): boolean =>
  isIP(name) === 0 && /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i.test(name);

/** Completes a handshake and hangs up. Undefined if there is none. */
const shakeHands = (
  socket: Socket,
  serverName: string | undefined,
): Promise<PresentedCertificate | undefined> =>
  new Promise((resolve) => {
    let certificate: PresentedCertificate | undefined;
    const tls = connectTls({
      socket,
      // Only the certificate is read, and nothing is sent: it may be expired, or of a cluster that nobody expects.
      rejectUnauthorized: false,
      ...(serverName !== undefined && isServerName(serverName) && { servername: serverName }),
    });
    const finish = (): void => {
      resolve(certificate);
      tls.destroy();
    };
    tls.once('secureConnect', () => {
      const presented = tls.getPeerX509Certificate();
      certificate = presented && readCertificate(presented);
      // Ends the connection properly, so that the server logs no broken handshake.
      tls.end(finish);
    });
    tls.once('error', finish);
    tls.once('close', finish);
    socket.once('close', finish);
  });

/** Finds the IP addresses of a host, and those among them that may be connected to. */
const findAddresses = async (
  host: string,
  signal: AbortSignal,
  { allowLoopback, resolve = resolveName }: ProbeOptions,
): Promise<{ readonly resolved: readonly string[]; readonly allowed: readonly string[] }> => {
  if (isIP(host) !== 0)
    return { resolved: [host], allowed: [host].filter((ip) => mayConnect(ip, allowLoopback)) };
  const found = (await within(signal, resolve(host))).map(({ address }) => address);
  return {
    resolved: found.slice(0, maxResolved),
    allowed: found.filter((ip) => mayConnect(ip, false)).slice(0, maxTried),
  };
};

/**
 * Probes one address. Connects to the IP address that was checked, never to the name again, which could resolve to
 * another one the second time. Never rejects.
 */
export const probeAddress = async (target: ProbeTarget, options: ProbeOptions): Promise<ProbeResult> => {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
  const found = await findAddresses(target.host, signal, options).catch(() => undefined);
  if (found === undefined) return { outcome: signal.aborted ? 'timeout' : 'unresolved', resolved: [] };
  const { resolved, allowed } = found;
  if (resolved.length === 0) return { outcome: 'unresolved', resolved };
  let outcome: ProbeOutcome = 'forbidden';
  for (const address of allowed) {
    const started = performance.now();
    try {
      const socket = await open(address, target.port, signal);
      const connected = performance.now();
      const stop = (): void => void socket.destroy();
      signal.addEventListener('abort', stop, { once: true });
      const certificate = await shakeHands(socket, target.serverName);
      signal.removeEventListener('abort', stop);
      socket.destroy();
      const connectMs = Math.round(connected - started);
      return certificate
        ? {
            outcome: 'tls',
            resolved,
            connectMs,
            handshakeMs: Math.round(performance.now() - connected),
            certificate,
          }
        : { outcome: 'connected', resolved, connectMs };
    } catch (error) {
      outcome = outcomeOfConnect(error, signal);
    }
  }
  return { outcome, resolved };
};
