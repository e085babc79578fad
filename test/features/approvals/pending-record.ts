import type { ApprovalRecord } from '../../../src/features/approvals/requests/request';

/** A request that waits for a decision, as its store returns it. */
export const pendingRecord = (id: string): ApprovalRecord => ({
  request: {
    id,
    kind: 'token',
    acceptor: 'prod-east',
    dialer: null,
    peer: 'west',
    dialerPeer: null,
    replace: false,
    reason: 'moves',
    requester: 'UREQUESTER',
    team: 'T1',
    channel: 'C1',
    plan: ['creates peering west on prod-east (none exists)'],
    digest: 'd',
    createdAt: 1_790_000_000_000,
    expiresAt: 1_790_001_800_000,
  },
  state: 'pending',
  since: 1_790_000_000_000,
  decision: null,
  yeses: [],
  yesesSig: '',
  otherCard: null,
  fence: 0,
  job: null,
  card: null,
  outcome: null,
  work: null,
});

/** An export that is done, and can be undone. */
export const exportedRecord = (id: string): ApprovalRecord => {
  const record = pendingRecord(id);
  return {
    ...record,
    request: {
      ...record.request,
      kind: 'export',
      service: 'api',
      plan: ['adds west to the consumers of api'],
    },
    state: 'done',
    outcome: { message: 'prod-east exports api to west', facts: [] },
  };
};
