import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** JSON with sorted keys: the same value always gives the same text, so that it can be signed. */
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

/** A hash of facts, to notice that they changed. Not a signature. */
export const digestOf = (facts: unknown): string =>
  createHash('sha256').update(canonical(facts)).digest('hex');

/**
 * Signs and verifies with a key that is not in Redis. `purpose` keeps a signature made for one thing from
 * being used for another.
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
