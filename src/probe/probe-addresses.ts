import { isIP } from 'node:net';
import {
  type ProbeOptions,
  type ProbeResult,
  probeAddress,
  type ProbeTarget,
  resolveName,
} from './probe-address';

/** Limits of the probes of one check: 32 IP addresses that never answer take 12 s. */
const probeLimits = {
  /** Maximum addresses. */
  targets: 32,
  /** Maximum IP addresses that are probed at the same time. */
  parallel: 6,
  /**
   * Maximum names that are probed at the same time. Each takes a thread while it is resolved, also after its time is over,
   * and the process has four, which it needs for other work.
   */
  names: 2,
  /** For each address, in ms: resolving, connecting and the handshake together. */
  timeoutMs: 2000,
  /** For all addresses together, in ms. */
  totalMs: 13_000,
} as const;

/** Probes addresses, and returns results in their order. Undefined for those that no time was left for. */
export type Prober = (
  targets: readonly ProbeTarget[],
  signal: AbortSignal,
) => Promise<readonly (ProbeResult | undefined)[]>;

export interface ProberOptions extends Pick<ProbeOptions, 'allowLoopback' | 'resolve'> {
  readonly limits?: Readonly<Record<keyof typeof probeLimits, number>> | undefined;
}

/** Creates a function that probes addresses, several at a time, within its limits. */
export const createProber =
  ({ limits = probeLimits, allowLoopback, resolve = resolveName }: ProberOptions): Prober =>
  async (targets, signal) => {
    const end = AbortSignal.any([signal, AbortSignal.timeout(limits.totalMs)]);
    const isEnded = new Promise<void>((ended) => {
      end.addEventListener('abort', () => ended(), { once: true });
    });
    const results: (ProbeResult | undefined)[] = targets.map(() => undefined);

    const probeInLanes = async (isChosen: (target: ProbeTarget) => boolean, count: number): Promise<void> => {
      const chosen = [...targets.slice(0, limits.targets).entries()].filter(([, target]) => isChosen(target));
      const next = chosen.values();
      const lane = async (): Promise<void> => {
        for (const [index, target] of next) {
          if (end.aborted) return;
          let resolving: Promise<unknown> = Promise.resolve();
          const result = await probeAddress(target, {
            allowLoopback,
            timeoutMs: limits.timeoutMs,
            signal: end,
            resolve: (host) => {
              const found = resolve(host);
              resolving = found.catch(() => undefined);
              return found;
            },
          });
          // An address that had less than its own time did not fail to answer.
          if (!end.aborted) results[index] = result;
          await Promise.race([resolving, isEnded]);
        }
      };
      await Promise.all(Array.from({ length: count }, lane));
    };

    await Promise.all([
      probeInLanes(({ host }) => isIP(host) !== 0, limits.parallel),
      probeInLanes(({ host }) => isIP(host) === 0, limits.names),
    ]);
    return results;
  };
