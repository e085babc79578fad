import type { PeeringFact } from '../../../../src/features/approvals/plans/plan';
import { fateOf } from '../../../../src/features/approvals/token/fate';
import type { ApprovalRecord, PeeringMark, Work } from '../../../../src/features/approvals/requests/request';

const recordWith = (work: Work | null): ApprovalRecord =>
  ({ request: { id: 'r1' }, work }) as unknown as ApprovalRecord;
const mark = (modifyIndex: number, state = 'PENDING', id = 'p1'): PeeringMark => ({ id, state, modifyIndex });
const now = (modifyIndex: number, given: Partial<PeeringFact> = {}): PeeringFact => ({
  id: 'p1',
  state: 'PENDING',
  dialer: false,
  madeBy: null,
  modifyIndex,
  peerId: '',
  managed: false,
  ...given,
});

describe('what became of a generated token', () => {
  it.each([
    ['nothing was about to be written', null, now(1), 'not-generated'],
    ['no peering came of it', { before: null, after: null }, null, 'not-generated'],
    ['its peering was deleted', { before: null, after: mark(5) }, null, 'gone'],
    ['another peering has the name', { before: null, after: mark(5) }, now(9, { id: 'p2' }), 'gone'],
    ['somebody else made one where it made none', { before: null, after: null }, now(9), 'gone'],
    ['its own peering is PENDING', { before: null, after: null }, now(9, { madeBy: 'r1' }), 'unused'],
    ['the index is the one it left', { before: null, after: mark(5) }, now(5), 'unused'],
    ['the index moved on', { before: null, after: mark(5) }, now(6), 'superseded'],
    ['the index is the one from before', { before: mark(4), after: null }, now(4), 'not-generated'],
    ['the index moved on since before', { before: mark(4), after: null }, now(5), 'unused'],
    ['it is in use now', { before: mark(4), after: mark(5) }, now(8, { state: 'ACTIVE' }), 'used'],
    [
      'it was in use before as well',
      { before: mark(4, 'ACTIVE'), after: mark(5, 'ACTIVE') },
      now(8, { state: 'ACTIVE' }),
      'unused',
    ],
    [
      'the cluster dials under that name by now',
      { before: mark(4), after: mark(5) },
      now(5, { dialer: true }),
      'gone',
    ],
  ] as const)('where %s', (_, work, peering, fate) => {
    expect(fateOf(recordWith(work), peering)).toBe(fate);
  });
});
