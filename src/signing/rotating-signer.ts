import type { SigningKeys } from './seal-record';
import { createSigner, type Signer } from './sign';

/** Signs with the current key, and verifies what the previous one signed as well. */
export const createRotatingSigner = ({ signingKey, previousSigningKey }: SigningKeys): Signer => {
  const current = createSigner(signingKey);
  if (previousSigningKey === undefined) return current;
  const previous = createSigner(previousSigningKey);
  return {
    sign: current.sign,
    verify: (...signed) => current.verify(...signed) || previous.verify(...signed),
  };
};
