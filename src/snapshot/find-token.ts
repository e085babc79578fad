import type { CallOptions } from '../consul/send-request';
import type { ConsulClient } from '../consul/client';
import type { ExpandedToken } from '../consul/wire';
import { hiddenAcl } from './gateway-tokens';
import type { HiddenReason } from './snapshot';

/** Result of a search by accessor id, or by the beginning of one. */
export type FoundToken =
  | { readonly kind: 'found'; readonly token: ExpandedToken }
  /** The text cannot be an accessor id. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unknown' }
  /** Several tokens begin like this. */
  | { readonly kind: 'ambiguous'; readonly accessors: readonly string[] }
  | { readonly kind: 'hidden'; readonly reason: HiddenReason };

const shape = '00000000-0000-0000-0000-000000000000';
const shortest = 8;

/** Tells that a text is an accessor id or the beginning of one, of at least 8 characters. */
export const isAccessor = (text: string): boolean =>
  text.length >= shortest &&
  text.length <= shape.length &&
  Array.from(text).every((char, at) => (shape[at] === '-' ? char === '-' : /^[0-9a-f]$/i.test(char)));

type TokenClient = Pick<ConsulClient, 'aclToken' | 'aclTokens' | 'aclTokenSelf'>;

const whole = async (client: TokenClient, accessor: string, call?: CallOptions): Promise<FoundToken> => {
  const answer = await client.aclToken(accessor, call);
  if (answer.ok) return { kind: 'found', token: answer.value };
  if (answer.error.kind === 'not-found') return { kind: 'unknown' };
  // Consul 1.14 does not say which token is gone: the one that is asked for, or the one that the bot sends.
  if (answer.error.cause === 'token-unknown' && (await client.aclTokenSelf(call)).ok) {
    return { kind: 'unknown' };
  }
  return { kind: 'hidden', reason: hiddenAcl(answer).reason };
};

/** Finds a token by its accessor id or the beginning of it. Consul itself accepts only whole ids. */
export const findToken = async (
  client: TokenClient,
  text: string,
  call?: CallOptions,
): Promise<FoundToken> => {
  const accessor = text.toLowerCase();
  if (!isAccessor(accessor)) return { kind: 'malformed' };
  if (accessor.length === shape.length) return whole(client, accessor, call);
  const answer = await client.aclTokens(call);
  if (!answer.ok) return { kind: 'hidden', reason: hiddenAcl(answer).reason };
  const accessors = answer.value.map(({ AccessorID }) => AccessorID).filter((id) => id.startsWith(accessor));
  const [only] = accessors;
  if (only === undefined) return { kind: 'unknown' };
  return accessors.length > 1 ? { kind: 'ambiguous', accessors } : whole(client, only, call);
};
