import fc from 'fast-check';
import { messageRoom } from '../../../src/render/slack/limits';
import {
  renderChanges,
  renderEndedCard,
  renderSubscriptionCard,
} from '../../../src/features/subscriptions/card.message';
import { subscriptionButtons } from '../../../src/features/subscriptions/subscription-buttons';
import {
  renderNotSubscribed,
  renderSubscribed,
  renderSubscriptions,
  renderSubscriptionStopped,
  renderTooManySubscriptions,
  renderUnsubscribed,
} from '../../../src/features/subscriptions/notices.message';
import type { Report } from '../../../src/report/report';
import {
  type Change,
  mergeObservations,
  observeReport,
  startTracking,
  unreadableCluster,
  trackChanges,
} from '../../../src/report/track-changes';
import { hostileReport, hostileText } from '../../render/hostile';
import { healthy, huge, quiet, troubled } from '../../render/reports';
import { expectMessage, outline, requester } from '../../render/slack/held';

const time = Date.UTC(2026, 10, 23, 9);
const facts = {
  cluster: 'prod-west',
  owner: requester,
  severity: 'warning',
  check: null,
  peer: null,
  everyMs: 300_000,
  broadcast: true,
} as const;

/** Polls these reports, five minutes apart, and returns the facts of the card and what each poll told. */
const poll = (reports: readonly [Report, ...Report[]]) => {
  const [first, ...rest] = reports;
  let tracked = startTracking(observeReport(first), time);
  const told = rest.flatMap((report, index) => {
    const at = time + (index + 1) * facts.everyMs;
    const next = trackChanges(tracked, observeReport(report), at);
    tracked = next.tracked;
    const { changes } = next;
    return changes.length === 0 ? [] : [{ at, verdict: tracked.verdict.reported, changes, more: 0 }];
  });
  const { summary } = reports.at(-1) ?? first;
  const card = {
    ...facts,
    tracked,
    look: { at: time + rest.length * facts.everyMs, summary, problem: null, run: 'run-1' },
    story: told.toReversed(),
    open: new Map(),
  };
  return { card, told };
};

test.each([
  ['healthy', [healthy]],
  ['troubled since a while', [healthy, troubled, troubled]],
  ['seen once', [healthy, troubled]],
  ['resolved', [healthy, troubled, troubled, healthy, healthy]],
  ['muted', [troubled, quiet, quiet]],
  ['flapping', [healthy, troubled, healthy, troubled, healthy]],
] as const)('the card and the replies: %s', (_, reports) => {
  const { card, told } = poll(reports);
  const messages = [renderSubscriptionCard(card), ...told.map((one) => renderChanges(facts, one))];
  for (const message of messages) expectMessage(message, messageRoom);
  expect(messages.map(({ blocks }) => outline(blocks)).join('\n════\n')).toMatchSnapshot('messages');
});

test('the card of a cluster that cannot be read says why, and forgets nothing', () => {
  const { card } = poll([troubled]);
  const { tracked } = trackChanges(card.tracked, unreadableCluster, time);
  const message = renderSubscriptionCard({
    ...card,
    tracked,
    severity: 'error',
    check: 'mesh-*',
    peer: 'east',
    look: { ...card.look, summary: null, problem: 'connection to 10.0.0.1:8500 refused', run: null },
  });
  expectMessage(message, messageRoom);
  expect(outline(message.blocks)).toMatchSnapshot('card');
});

test('a verdict on a part of the cluster does not speak for all of it', () => {
  const { told } = poll([troubled, healthy, healthy]);
  const scopes = [
    { ...facts, check: 'mesh-*' },
    { ...facts, peer: 'east' },
    { ...facts, severity: 'error' as const },
    { ...facts, severity: 'error' as const, check: 'mesh-*', peer: 'east' },
  ];
  const texts = scopes.map((scope) => told.map((one) => renderChanges(scope, one).text));
  expect(texts).toMatchSnapshot('verdicts');
});

test('the card of a pattern that matches nothing says so, and holds no finding', () => {
  const { card } = poll([troubled]);
  const { tracked } = trackChanges(card.tracked, mergeObservations(new Map()), time);
  const look = { ...card.look, summary: null, run: null, clusters: {} };
  const message = renderSubscriptionCard({ ...card, cluster: 'prod-*', tracked, look });
  expectMessage(message, messageRoom);
  expect(outline(message.blocks)).toMatchSnapshot('card');
});

test('the command that resumes a subscription is whole', () => {
  const cluster = `label:${'k'.repeat(63)}=${'v'.repeat(63)}`;
  for (const { blocks } of [
    renderEndedCard(cluster, 'x'),
    renderSubscriptionStopped({ cluster, channel: 'D1' }, 'owner'),
  ])
    expect(JSON.stringify(blocks)).toContain(`\`/peering subscribe ${cluster}\``);
});

test('messages beside the cards', () => {
  const listed = { ...facts, channel: 'C1', paused: null };
  const messages = [
    renderSubscribed(facts, false),
    renderSubscribed(
      { ...facts, severity: 'error', check: 'mesh-*', peer: 'east', everyMs: 3_600_000, broadcast: false },
      true,
    ),
    renderUnsubscribed('prod-west'),
    renderNotSubscribed('prod-west'),
    renderTooManySubscriptions('channel'),
    renderEndedCard('prod-west', 'somebody unsubscribed'),
    renderSubscriptionStopped({ cluster: 'prod-west', channel: 'D1' }, 'channel'),
    renderSubscriptionStopped({ cluster: 'prod-west', channel: 'D1' }, 'owner'),
    renderSubscriptions([], []),
    renderSubscriptions([listed, { ...listed, paused: { why: 'channel' } }], [{ ...listed, channel: 'D1' }]),
  ];
  for (const message of messages) expectMessage(message, messageRoom);
  expect(messages.map(({ blocks }) => outline(blocks)).join('\n════\n')).toMatchSnapshot('messages');
});

test('ten thousand new findings are one reply and one card within the limits', () => {
  const { card, told } = poll([healthy, huge, huge]);
  const messages = [renderSubscriptionCard(card), ...told.map((one) => renderChanges(facts, one))];
  for (const message of messages) expectMessage(message, messageRoom);
  expect(messages).toHaveLength(2);
});

test('whatever a cluster holds, cards and replies are within the limits of Slack and hold no markup of it', () => {
  fc.assert(
    fc.property(
      hostileReport(12, 8),
      hostileReport(12, 8),
      hostileText,
      hostileText,
      (one, other, name, word) => {
        const { card, told } = poll([one, other, other, one, one]);
        const named = { ...card, cluster: name, check: word, peer: word };
        const problem = { ...named, look: { ...card.look, problem: word, summary: null } };
        const messages = [
          renderSubscriptionCard(named),
          renderSubscriptionCard(problem),
          ...told.map((each) => renderChanges({ ...facts, cluster: name, check: word, peer: word }, each)),
          renderSubscribed(named, true),
          renderEndedCard(name, word),
        ];
        for (const message of messages) expectMessage(message, messageRoom);
      },
    ),
    { numRuns: 60 },
  );
});

test('a reply says each kind of change in words of its own', () => {
  const issue = { check: 'mesh-enabled', subject: { kind: 'service', name: 'web' }, message: 'web is wrong' };
  const changes: readonly Change[] = [
    { kind: 'verdict', before: 'ready', after: 'not-ready' },
    { kind: 'issue', issue, before: 'gone', after: 'error' },
    { kind: 'issue', issue, before: 'error', after: 'gone' },
    { kind: 'issue', issue, before: 'error', after: 'muted' },
    { kind: 'issue', issue, before: 'muted', after: 'warning' },
    { kind: 'issue', issue, before: 'warning', after: 'error' },
    { kind: 'issue-flapping', issue, worst: 'error', at: 'gone' },
    { kind: 'issue-calm', issue, worst: 'error', at: 'error' },
    { kind: 'verdict-flapping', at: 'ready' },
    { kind: 'verdict-calm', at: 'ready' },
  ];
  const { blocks } = renderChanges(facts, { at: time, verdict: 'not-ready', changes, more: 7 });
  expect(outline(blocks)).toMatchSnapshot('reply');
});

test('the card and the reply to a new finding say what changed in the cluster', () => {
  const changed = {
    run: 'run-0',
    since: healthy.startedAt,
    more: 0,
    changes: [
      {
        kind: 'changed' as const,
        section: 'configEntries',
        subject: { kind: 'exported-services', name: 'default' },
        field: 'Services[api].Consumers[0].Peer',
        from: 'west',
        to: 'wset <!channel>',
        indexes: { from: 812, to: 861 },
      },
    ],
  };
  const results = troubled.results.map((result) => ({
    ...result,
    findings: result.findings.map((finding) => ({ ...finding, changed })),
  }));
  const due = { ...troubled, results };
  const { card, told } = poll([healthy, due, due, healthy, healthy]);
  const [found, resolved] = told.map((one) => renderChanges(facts, one));
  const messages = [renderSubscriptionCard(poll([healthy, due, due]).card), found, resolved];
  for (const message of messages) if (message !== undefined) expectMessage(message, messageRoom);
  const shown = [...messages, renderSubscriptionCard(card)].map((message) =>
    JSON.stringify(message?.blocks).includes('index 812'),
  );
  expect(shown).toEqual([true, true, false, false]);
});

test('a button comes back as it was', () => {
  fc.assert(
    fc.property(hostileText, (cluster) => {
      const value = subscriptionButtons.end.encode({ cluster });
      if (value !== undefined && cluster !== '')
        expect(subscriptionButtons.end.decode(value)).toEqual({ cluster });
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void subscriptionButtons.end.decode(text)));
});
