import type { ModalView } from '@slack/types';
import type { Signer } from '../../../signing/sign';
import type { Approvals } from '../store/approvals';
import type { Audit } from '../../audit';
import type { createClients } from '../../../clusters/clients';
import type { JobType } from '../../../queue/define';
import type { Authorizer } from '../../../access/authorizer';
import type { SlackAnswer } from '../../../slack/api/call';
import type { Enqueued } from '../../../queue/producer';

/** The services for peering tokens. Only the worker of their queue has them. */
export interface TokenServices {
  readonly signer: Signer;
  readonly audit: Audit;
  readonly approvals: Approvals;
  /** Decides who may request, without a cache: a permission that was just withdrawn must not count for another minute. */
  readonly requesters: Authorizer;
  /** Decides who may approve, without a cache. */
  readonly approvers: Authorizer;
  /** Reads the members of a user group; none if it is gone. */
  readonly membersOf: (usergroup: string) => Promise<SlackAnswer<readonly string[]>>;
  /** Clients that hold the write tokens. */
  readonly clients: Pick<ReturnType<typeof createClients>, 'lease'>;
  /** Clients that hold the tokens for checks. */
  readonly readers: Pick<ReturnType<typeof createClients>, 'lease'>;
  /** Queues a job that follows from another. */
  readonly queue: <Payload>(job: JobType<Payload>, payload: Payload, id: string) => Promise<Enqueued>;
  /** Fills an open modal: one call, never repeated. */
  readonly fillModal: (id: string, content: ModalView) => Promise<SlackAnswer<undefined>>;
  /** Maximum time that `connect` waits for both sides to become ACTIVE, in ms. */
  readonly activeWithinMs: number;
}
