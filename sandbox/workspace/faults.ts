/** Faults that tests inject into the next call of a method (`chat.postMessage`, `response_url`, `upload`). */
export type Fault =
  /** Does the work, then drops the connection: the app cannot know. */
  | { readonly kind: 'drop-reply' }
  /** Drops the connection without doing anything. */
  | { readonly kind: 'drop-request' }
  /** Answers after `ms`. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Does the work, then answers after `ms`. */
  | { readonly kind: 'delay-reply'; readonly ms: number }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** HTTP status with a body that is not JSON, as a gateway sends it. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
  /** 429 with `Retry-After` in seconds. */
  | { readonly kind: 'ratelimited'; readonly retryAfter: number }
  /** `{ ok: false, error }`. */
  | { readonly kind: 'error'; readonly error: string };

export interface Faults {
  /** The fault is met by the next `times` calls; `method` may be `*`. */
  readonly next: (method: string, fault: Fault, times?: number) => void;
  readonly clear: () => void;
  readonly take: (method: string) => Fault | undefined;
}

export const createFaults = (): Faults => {
  let waiting: { method: string; fault: Fault; times: number }[] = [];
  return {
    next: (method, fault, times = 1) => {
      waiting.push({ method, fault, times });
    },
    clear: () => {
      waiting = [];
    },
    take: (method) => {
      const found = waiting.find((entry) => entry.method === method || entry.method === '*');
      if (!found) return undefined;
      found.times -= 1;
      if (found.times <= 0) waiting = waiting.filter((entry) => entry !== found);
      return found.fault;
    },
  };
};
