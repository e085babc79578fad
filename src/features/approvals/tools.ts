import type { ModalView } from '@slack/types';
import type { z } from 'zod';
import type { Signer } from '../../signing/sign';
import type { Approvals } from './approvals';
import type { Audit } from '../audit/audit.store';
import type { createClients } from '../../clusters/clients';
import type { Job } from '../../queue/define';
import type { Authorizer } from '../../access/authorizer';
import type { SlackAnswer } from '../../slack/api/call';
import type { Enqueued } from '../../queue/producer';

/** What the jobs about peering tokens work with beside the rest: only the worker of their queue has it. */
export interface TokenTools {
  readonly signer: Signer;
  readonly audit: Audit;
  readonly approvals: Approvals;
  /** Who may ask, looked up anew each time: a right that was just taken away must not count for a minute more. */
  readonly requesters: Authorizer;
  /** Who may approve, looked up anew each time. */
  readonly approvers: Authorizer;
  /** Clients that hold the write tokens. */
  readonly clients: Pick<ReturnType<typeof createClients>, 'lease'>;
  /** Queues what follows from a job. */
  readonly queue: <P extends z.ZodType>(job: Job<P>, payload: z.input<P>, id: string) => Promise<Enqueued>;
  /** Shows this in an open modal: one call, never repeated. */
  readonly fillView: (view: string, content: ModalView) => Promise<SlackAnswer<undefined>>;
  /** How long `connect` waits for both sides to become ACTIVE, in ms. */
  readonly activeWithinMs: number;
}
