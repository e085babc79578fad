import { z } from 'zod';
import type { Signer } from '../../signing/sign';

/**
 * Jobs that lead to a peering token are signed: whoever can write to Redis, but does not know the key, can neither
 * make one up nor change one. The claim holds the job's own id, so that it cannot be queued again under another,
 * and when it was made, so that it does not count for ever.
 */

/** How long a sealed job counts (ms). Older ones were held back by somebody, or nobody waits for them any more. */
export const sealedForMs = 30 * 60_000;

/** What every claim begins with. */
const claimBase = { id: z.string(), job: z.string(), at: z.number() };

/** A sealed payload: `claim` as given, and the signature over all of it. */
export const sealed = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject({ claim: z.strictObject({ ...shape, ...claimBase }), signature: z.string() });

/** The fields of every claim. */
export interface Claim {
  readonly id: string;
  readonly job: string;
  readonly at: number;
}

/** Signs what a job is to do. `at` is ms since the epoch, by the clock of whoever asks. */
export const seal = <T extends object>(
  signer: Signer,
  head: Claim,
  what: T,
): { readonly claim: T & Claim; readonly signature: string } => {
  const claim = { ...what, ...head };
  return { claim, signature: signer.sign('job', claim) };
};

/** Whether a payload is ours, made for this job, and young enough. Not: whether it was carried out already. */
export const isGenuine = (
  signer: Signer,
  { claim, signature }: { readonly claim: Claim; readonly signature: string },
  head: Claim,
): boolean =>
  signer.verify('job', claim, signature) &&
  claim.id === head.id &&
  claim.job === head.job &&
  Math.abs(head.at - claim.at) <= sealedForMs;
