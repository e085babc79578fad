import type { WebClient } from '@slack/web-api';
import type { AccessConfig, Config } from '../../../config/config';
import type { Signer } from '../../../signing/sign';
import type { Approvals } from '../store/approvals';
import type { Audit } from '../../audit';
import type { Home } from '../../../access/access';
import { createAuthorizer } from '../../../access/authorizer';
import { createApprovers, readMembers } from '../approvers/approvers';
import { callSlack } from '../../../slack/api/call';
import type { Producer } from '../../../queue/producer';
import type { TokenServices } from './services';

export interface TokenServicesParts {
  readonly client: Pick<WebClient, 'users' | 'usergroups' | 'views'>;
  readonly config: Config;
  readonly home: Home;
  readonly signed: { readonly signer: Signer; readonly audit: Audit; readonly approvals: Approvals };
  /** Clients that hold the write tokens. */
  readonly clients: TokenServices['clients'];
  /** Clients that hold the tokens for checks. */
  readonly readers: TokenServices['readers'];
  readonly producer: Pick<Producer, 'enqueue'>;
  readonly activeWithinMs?: number;
}

/** Maximum wait of a job for Redis to accept the next one, before it is retried, in ms. */
const queueWithinMs = 1500;

/** Creates the services for peering tokens. */
export const createTokenServices = ({
  client,
  config,
  home,
  signed,
  clients,
  readers,
  producer,
  activeWithinMs = 30_000,
}: TokenServicesParts): TokenServices => {
  // Without a cache: a permission that was just withdrawn must not count for another minute.
  const fresh = (access: AccessConfig) => createAuthorizer({ client, access, home, keepMs: 0 });
  return {
    ...signed,
    requesters: fresh(config.access),
    approvers: createApprovers(config, { client, home, keepMs: 0 }),
    membersOf: (usergroup) => readMembers(client, usergroup),
    clients,
    readers,
    queue: (job, payload, id) => producer.enqueue(job, payload, { id }, queueWithinMs),
    fillModal: (id, content) =>
      callSlack(async () => {
        await client.views.update({ view_id: id, view: content });
        return undefined;
      }),
    activeWithinMs,
  };
};
