import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Formats a value as JSON with sorted keys, so that equal values give equal text that can be signed. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
};

/** Hashes facts, to detect changes. Not a signature. */
export const digestOf = (facts: unknown): string =>
  createHash('sha256').update(canonical(facts)).digest('hex');

/**
 * Signs and verifies with a key that is not in Redis. `purpose` prevents the use of a signature for something else.
 */
export interface Signer {
  readonly sign: (purpose: string, value: unknown) => string;
  readonly verify: (purpose: string, value: unknown, signature: string) => boolean;
}

export const createSigner = (key: string): Signer => {
  const sign = (purpose: string, value: unknown): string =>
    createHmac('sha256', key)
      .update(`${purpose}\n${canonical(value)}`)
      .digest('hex');
  return {
    sign,
    verify(purpose, value, signature) {
      const expected = Buffer.from(sign(purpose, value));
      const given = Buffer.from(signature);
      return expected.length === given.length && timingSafeEqual(expected, given);
    },
  };
};
