import type { WebClient } from '@slack/web-api';
import type { Access, Config } from '../../config/config';
import type { Signer } from '../../signing/sign';
import { openApprovals } from './approvals.store';
import type { Audit } from '../audit/audit.store';
import type { RedisClient } from '../../redis/redis';
import type { Home } from '../../access/access';
import { createAuthorizer } from '../../access/authorizer';
import { callSlack } from '../../slack/api/call';
import type { Producer } from '../../queue/producer';
import type { TokenTools } from './tools';

export interface TokenToolsParts {
  readonly client: Pick<WebClient, 'users' | 'usergroups' | 'views'>;
  readonly config: Config;
  readonly home: Home;
  readonly redis: RedisClient;
  readonly signed: { readonly signer: Signer; readonly audit: Audit };
  /** Clients that hold the write tokens. */
  readonly clients: TokenTools['clients'];
  readonly producer: Pick<Producer, 'enqueue'>;
  readonly activeWithinMs?: number;
}

/** Within this, Redis takes a job or the one that led to it is tried again (ms). */
const queueWithinMs = 1500;

/** Approvers are people with a grant of their own, so that one rule decides over both. */
export const approverAccess = ({ approvals }: Config): Access => ({
  restrict: true,
  grants: approvals === undefined ? [] : [{ allow: ['token', 'connect'], ...approvals.approvers }],
});

/** What the jobs about peering tokens work with. */
export const createTokenTools = ({
  client,
  config,
  home,
  redis,
  signed: { signer, audit },
  clients,
  producer,
  activeWithinMs = 30_000,
}: TokenToolsParts): TokenTools => {
  // Nothing is remembered: a right that was just taken away must not count for a minute more.
  const fresh = (access: Access) => createAuthorizer({ client, access, home, keepMs: 0 });
  return {
    signer,
    audit,
    approvals: openApprovals(redis, signer, audit),
    requesters: fresh(config.access),
    approvers: fresh(approverAccess(config)),
    clients,
    queue: (job, payload, id) => producer.enqueue(job, payload, { id }, queueWithinMs),
    fillView: (view, content) =>
      callSlack(async () => {
        await client.views.update({ view_id: view, view: content });
        return undefined;
      }),
    activeWithinMs,
  };
};
