/* oxlint-disable plain-english/words -- the names that earlier versions stored */
import { manageDigest } from '../../../src/features/digests/manage-digest';
import { runDigest } from '../../../src/features/digests/run-digest';

describe('jobs that version 0.1.0 queued', () => {
  it('reads the requester of a run from its former field', () => {
    const run = { digest: 'bcdf', planned: 1, askedBy: 'U1' };
    expect(runDigest.payload.parse(run)).toEqual({ digest: 'bcdf', planned: 1, requestedBy: 'U1' });
    expect(runDigest.payload.parse({ ...run, askedBy: null })).toMatchObject({ requestedBy: null });
    expect(runDigest.payload.safeParse({ digest: 'bcdf', planned: 1 }).success).toBe(false);
  });

  it('reads a change of a digest from its former field', () => {
    const sender = { user: 'U1', team: 'T1', channel: 'C1' };
    expect(manageDigest.payload.parse({ wish: { kind: 'list' }, ...sender })).toEqual({
      change: { kind: 'list' },
      ...sender,
    });
  });
});
