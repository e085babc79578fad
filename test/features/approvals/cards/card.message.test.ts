import fc from 'fast-check';
import { approvalButtons as ids } from '../../../../src/features/approvals/cards/buttons';
import {
  type ApprovalCard,
  cardButtons,
  renderApprovalCard,
} from '../../../../src/features/approvals/cards/card.message';
import {
  renderApprovalNotice,
  renderRevealed,
} from '../../../../src/features/approvals/cards/notice.message';
import { renderTokenModal } from '../../../../src/features/approvals/token/token.modal';
import { messageRoom } from '../../../../src/render/slack/limits';
import { renderNoticeModal } from '../../../../src/render/slack/notice';
import { RequestState } from '../../../../src/features/approvals/requests/request';
import { hostileText } from '../../../render/hostile';
import { approver, expectMessage, expectView, outline, requester } from '../../../render/slack/held';

const time = Date.UTC(2026, 10, 23, 9);
const verdictOf: Partial<Record<RequestState, 'denied' | 'cancelled' | undefined>> = {
  pending: undefined,
  expired: undefined,
  denied: 'denied',
  cancelled: 'cancelled',
};
const outcomes: Partial<Record<RequestState, string>> = {
  done: 'the token was shown to its requester, once; unused, it is voided in an hour',
  failed: 'changed since approval: the requester may no longer ask for it',
  unknown: 'a token was generated, and could not be shown',
};

const plans = {
  token: [
    'generates a new token for the PENDING peering west on prod-east',
    'voids the unused token made for it',
  ],
  connect: [
    'creates peering west on prod-east (none exists)',
    'creates peering east on prod-west (none exists)',
    'no person sees the token',
  ],
};

/** A card in a state, as it comes to be there. */
const cardIn = (state: RequestState, kind: 'token' | 'connect' = 'token', text = ''): ApprovalCard => {
  const verdict = state in verdictOf ? verdictOf[state] : 'approved';
  const message = outcomes[state];
  return {
    request: {
      id: 'k3x0aaaaaaaaaaaaaaa',
      kind,
      acceptor: text || 'prod-east',
      dialer: kind === 'token' ? null : text || 'prod-west',
      peer: text || 'west',
      dialerPeer: kind === 'token' ? null : text || 'east',
      replace: text !== '',
      reason: text || 'moving house',
      requester,
      team: 'T1',
      channel: 'C1',
      digest: 'd',
      plan: plans[kind].map((change) => text || change),
      unusedSince: kind === 'token' ? time - 600_000 : undefined,
      createdAt: time,
      expiresAt: time + 1_800_000,
    },
    state,
    since: time + 60_000,
    decision:
      verdict === undefined
        ? null
        : {
            verdict,
            by: verdict === 'cancelled' ? requester : approver,
            reason: text || (verdict === 'denied' ? 'not today' : ''),
            at: time,
            validUntil: time + 900_000,
          },
    outcome: message === undefined ? null : { message: text || message, facts: [text || 'server name: x'] },
    readiness: [{ cluster: text || 'prod-east', verdict: 'not-ready', errors: 2 }],
    needed: [
      {
        clusters: ['prod-east'],
        channels: ['C0'],
        samePerson: false,
        approvers: { users: [requester, approver], usergroups: [] },
      },
    ],
    yeses: [],
  };
};

test.each(['token', 'connect'] as const)('the card of a %s in each state', (kind) => {
  const cards = RequestState.options.map((state) => renderApprovalCard(cardIn(state, kind)));
  for (const card of cards) expectMessage(card, messageRoom);
  expect(cards.map(({ blocks }) => outline(blocks)).join('\n════\n')).toMatchSnapshot(kind);
});

/** A card that needs the yes of two owners, of which some were given. */
const ownedCard = (state: RequestState, given: readonly string[], text = ''): ApprovalCard => {
  const card = cardIn(state, 'connect', text);
  const sides = [text || 'prod-east', text || 'prod-west'];
  const yeses = given.map((by, at) => ({
    by,
    team: 'T1',
    clusters: [sides[at] ?? ''],
    at: time + at * 60_000,
  }));
  return {
    ...card,
    request: { ...card.request, sides: sides.map((side) => [side]) },
    needed: sides.map((side, at) => ({
      clusters: [side],
      channels: [`C${at}`],
      approvers: { users: [], usergroups: [`S0OWNER${at}`] },
      samePerson: false,
    })),
    yeses,
    decision: card.decision && { ...card.decision, yeses },
  };
};

test('the card of two owners says of each side who has said yes', () => {
  const cards = [
    ownedCard('pending', []),
    ownedCard('pending', ['U0FIRST']),
    ownedCard('approved', ['U0FIRST', approver]),
    ownedCard('done', ['U0FIRST', approver]),
    ownedCard('denied', ['U0FIRST']),
    ownedCard('expired', ['U0FIRST']),
  ].map(renderApprovalCard);
  for (const card of cards) expectMessage(card, messageRoom);
  expect(cards.map(({ blocks }) => outline(blocks)).join('\n════\n')).toMatchSnapshot();
});

test('the card of one person who approved for both owners names both sides', () => {
  const card = ownedCard('done', [approver]);
  const clusters = ['prod-east', 'prod-west'];
  const yeses = [{ by: approver, team: 'T1', clusters, at: time }];
  const { blocks } = renderApprovalCard({
    ...card,
    needed: card.needed.map((side) => ({ ...side, samePerson: true })),
    decision: card.decision && { ...card.decision, yeses },
  });
  expect(outline(blocks)).toContain('approved for prod-east and prod-west');
});

test('only what is open has buttons, and none but the void one where nobody is to click', () => {
  const buttons = (kind: 'token' | 'connect'): object =>
    Object.fromEntries(
      RequestState.options
        .map((state) => [state, cardButtons(cardIn(state, kind)).map(({ action_id: id }) => id)] as const)
        .filter(([, shown]) => shown.length > 0),
    );
  const pending = [ids.approve.id, ids.deny.id, ids.cancel.id];
  expect(buttons('token')).toEqual({ pending, approved: [ids.reveal.id], unknown: [ids.void.id] });
  expect(buttons('connect')).toEqual({ pending });
});

test('whatever stands in it, a card fits, and mentions and links nobody', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...RequestState.options),
      fc.constantFrom('token' as const, 'connect' as const),
      hostileText,
      fc.constantFrom(1, 5, 400),
      (state, kind, text, times) => {
        const hostile = text.repeat(times).slice(0, 10_000) || 'x';
        expectMessage(renderApprovalCard(cardIn(state, kind, hostile)), messageRoom);
        expectMessage(renderApprovalCard(ownedCard(state, ['U0FIRST'], hostile)), messageRoom);
        const notice = renderApprovalNotice('refused', hostile);
        expectMessage(notice, messageRoom);
        expectView(renderNoticeModal('Peering token', notice));
        expectMessage(renderRevealed({ acceptor: hostile, peer: hostile, at: time }), messageRoom);
      },
    ),
  );
});

test.each(['token', 'connect'] as const)(
  'long plans and facts of a %s are not cut within an escape',
  (kind) => {
    for (const state of RequestState.options)
      expectMessage(renderApprovalCard(cardIn(state, kind, '&'.repeat(10_000))), messageRoom);
  },
);

test('a moment that is none does no harm', () => {
  for (const at of [Number.NaN, Infinity, -1e30])
    expectMessage(renderRevealed({ acceptor: 'a', peer: 'b', at }), messageRoom);
});

test.each([1, 2_980, 2_981, 12_000])(
  'a token of %i characters comes whole, and its view asks nothing',
  (length) => {
    const token = 'a'.repeat(length);
    const view = renderTokenModal({
      requestId: 'r1',
      acceptor: 'prod-east',
      peer: 'west',
      token,
      facts: ['x'],
    });
    expectView(view);
    const pieces = [...outline(view.blocks as never).matchAll(/```\n(a+)\n```/g)].map(([, piece]) => piece);
    expect(pieces.join('')).toBe(token);
    expect([view.submit, view.close, view.notify_on_close]).toEqual([undefined, undefined, undefined]);
    expect(view.blocks.filter(({ type }) => type === 'input' || type === 'actions')).toEqual([]);
  },
);
