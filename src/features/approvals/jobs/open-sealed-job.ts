import { z } from 'zod';
import type { Signer } from '../../../signing/sign';

/**
 * Jobs that lead to a peering token are signed: a person who can write to Redis, but does not know the key, can neither
 * make nor change one. The claim holds the job's id, so that it cannot be queued again under another id, and its time,
 * so that it expires.
 */

const sealedForMs = 30 * 60_000;
const clickForMs = 2 * 60_000;
/** Jobs of clicks on a request that exists. */
const clicks: ReadonlySet<string> = new Set(['decide-approval', 'reveal-token', 'void-token', 'undo-export']);

/**
 * Validity of a sealed job, in ms. An older one was held back, or nobody waits for it any more. A click expires sooner:
 * its person can click again.
 */
export const validForMs = (job: string): number => (clicks.has(job) ? clickForMs : sealedForMs);

/** The shape of `Claim`. */
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

/** Signs the work of a job. `at` is ms since the epoch, by the clock of the process that queues it. */
export const seal = <T extends object>(
  signer: Signer,
  head: Claim,
  what: T,
): { readonly claim: T & Claim; readonly signature: string } => {
  const claim = { ...what, ...head };
  return { claim, signature: signer.sign('job', claim) };
};

/**
 * Tells whether a payload is signed by this bot and made for this job. `late`: it is no longer valid, but its person may
 * still wait for an answer. A valid one may have been carried out.
 */
export const examineSeal = (
  signer: Signer,
  { claim, signature }: { readonly claim: Claim; readonly signature: string },
  head: Claim,
): 'valid' | 'late' | 'invalid' => {
  if (!signer.verify('job', claim, signature) || claim.id !== head.id || claim.job !== head.job)
    return 'invalid';
  const age = Math.abs(head.at - claim.at);
  if (age <= validForMs(claim.job)) return 'valid';
  return age <= sealedForMs ? 'late' : 'invalid';
};
