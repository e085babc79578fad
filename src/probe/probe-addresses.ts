import { type ProbeOptions, type ProbeResult, probeAddress, type ProbeTarget } from './probe-address';

/** Limits of the probes of one check: 32 addresses that never answer take 8 s. */
const probeLimits = {
  /** Maximum addresses. */
  targets: 32,
  /** Maximum addresses at the same time. */
  parallel: 8,
  /** For each address, in ms: resolving, connecting and the handshake together. */
  timeoutMs: 2000,
  /** For all addresses together, in ms. */
  totalMs: 9000,
} as const;

/** Probes addresses, in their order. Undefined for those that no time was left for. */
export type Prober = (
  targets: readonly ProbeTarget[],
  signal: AbortSignal,
) => Promise<readonly (ProbeResult | undefined)[]>;

export interface ProberOptions extends Pick<ProbeOptions, 'allowLoopback' | 'resolve'> {
  readonly limits?: Readonly<Record<keyof typeof probeLimits, number>> | undefined;
}

/** Creates a function that probes addresses, several at a time, within its limits. */
export const createProber =
  ({ limits = probeLimits, ...options }: ProberOptions): Prober =>
  async (targets, signal) => {
    const end = AbortSignal.any([signal, AbortSignal.timeout(limits.totalMs)]);
    const results: (ProbeResult | undefined)[] = targets.map(() => undefined);
    const next = targets.slice(0, limits.targets).entries();
    const lane = async (): Promise<void> => {
      for (const [index, target] of next) {
        if (end.aborted) return;
        const result = await probeAddress(target, { ...options, timeoutMs: limits.timeoutMs, signal: end });
        // An address that had less than its own time did not fail to answer.
        if (!end.aborted) results[index] = result;
      }
    };
    await Promise.all(Array.from({ length: limits.parallel }, lane));
    return results;
  };
