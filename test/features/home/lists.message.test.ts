import type { KnownBlock } from '@slack/types';
import fc from 'fast-check';
import type { ApprovalCard } from '../../../src/features/approvals/cards/card.message';
import type { DigestFacts } from '../../../src/features/digests/notices.message';
import { clustersPerPage, renderHome } from '../../../src/features/home/home.message';
import {
  renderDigests,
  renderHomeMutes,
  renderHomeSubscriptions,
} from '../../../src/features/home/lists.message';
import { renderRequests } from '../../../src/features/home/requests.message';
import { hostileText } from '../../render/hostile';
import { validateView } from '../../../sandbox/workspace/blocks/validate';
import { outline, requester, textObjects } from '../../render/slack/held';

const at = '2026-11-23T14:03:22.000Z';
const ms = Date.parse(at);

const card = (text: string, over: Partial<ApprovalCard> = {}): ApprovalCard => ({
  request: {
    id: 'abcdefgh1234',
    kind: 'connect',
    acceptor: text,
    dialer: text,
    peer: text,
    dialerPeer: text,
    replace: true,
    reason: text,
    requester,
    team: 'T1',
    channel: 'C1',
    digest: 'd',
    plan: Array.from({ length: 10 }, () => text),
    createdAt: ms,
    expiresAt: ms,
  },
  state: 'pending',
  since: ms,
  decision: null,
  outcome: null,
  readiness: [],
  needed: [
    {
      clusters: ['prod-east'],
      channels: ['C0'],
      samePerson: false,
      approvers: { users: [requester], usergroups: ['S0LEADS'] },
    },
  ],
  yeses: [],
  ...over,
});
const digest = (text: string): DigestFacts => ({
  id: 'bcdf',
  channel: 'C0PLATFORM',
  owner: requester,
  clusters: Array.from({ length: 20 }, () => text),
  when: { words: text, zone: 'UTC' },
  onlyChanges: true,
  paused: null,
  next: [at],
});
const subscription = (text: string) => ({
  cluster: text,
  channel: 'C0PLATFORM',
  owner: requester,
  severity: 'error' as const,
  check: text,
  peer: text,
  everyMs: 300_000,
  broadcast: true,
  paused: { why: 'owner' as const },
});
const mute = (text: string) => ({
  cluster: text,
  check: text,
  subject: text,
  by: requester,
  reason: text,
  createdMs: ms,
  untilMs: ms,
});
const times = <T>(count: number, one: T): readonly T[] => Array.from({ length: count }, () => one);

/** The longest name that the configuration accepts for a cluster. */
const longestName = 'x'.repeat(64);

/** App Home as full as it can be: a whole page, and lists longer than are shown. */
const fullest = (text: string) =>
  renderHome({
    page: 1,
    pages: 9,
    verdicts: { ready: 9, warnings: 9, 'not-ready': 9, unknown: 9, none: 9 },
    clusters: times(clustersPerPage, text).map((name, index) => ({
      number: index + 21,
      name: longestName,
      last: { run: 'run-1', verdict: 'unknown', at },
      peers: times(20, { name, state: name, cluster: { name: longestName, number: 1 }, back: name }),
      trend: '▁▁',
    })),
    at,
    mayConnect: true,
    above: renderRequests(times(20, { card: card(text), own: true })),
    below: [
      ...renderDigests(times(20, digest(text))),
      ...renderHomeSubscriptions(times(20, subscription(text))),
      ...renderHomeMutes(times(20, mute(text))),
    ],
  });

test('App Home as full as it can be is within the limits of Slack, whatever stands in it', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const view = fullest(text);
      expect(validateView(view)).toEqual([]);
      expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThanOrEqual(250_000);
      // The matrix is plain text, in which nothing is markup.
      const marked = textObjects(view.blocks).map((one) => one.text);
      expect(marked.join('\n')).not.toMatch(/<!channel>|<@U12345>|<https:\/\/evil/);
    }),
    { numRuns: 15 },
  );
});

test('the longest names do not break it either', () => {
  for (const text of ['<'.repeat(10_000), 'x'.repeat(64), '&*_'.repeat(400)]) {
    const view = fullest(text);
    expect(validateView(view)).toEqual([]);
    expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThanOrEqual(250_000);
  }
});

test('lists count what they leave out', () => {
  const text = outline(fullest('prod').blocks as KnownBlock[]);
  for (const left of ['15 more requests', '15 more digests', '12 more subscriptions', '12 more mutes']) {
    expect(text).toContain(`… and ${left}`);
  }
});

test('a request has the buttons of its reader, and those that wait for the reader come first', () => {
  const own = { card: card('own', { state: 'approved' }), own: true };
  const blocks = renderRequests([own, { card: card('theirs'), own: false }]);
  const text = outline(blocks);
  expect(text.indexOf('theirs')).toBeLessThan(text.indexOf('own'));
  expect(text).toContain('approval:approve');
  expect(text).not.toContain('approval:cancel');
  expect(outline(renderRequests([{ card: card('x'), own: true }]))).toMatch(
    /^\[Cancel request\] approval:cancel/m,
  );
  expect(renderRequests([])).toEqual([]);
});
