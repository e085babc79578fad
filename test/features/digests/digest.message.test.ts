import type { KnownBlock } from '@slack/types';
import fc from 'fast-check';
import {
  hasChanged,
  summarizeReport,
  type DigestBaseline,
  summarizeUnreadable,
} from '../../../src/report/digest-row';
import { renderDigest } from '../../../src/features/digests/digest.message';
import type { DigestContent } from '../../../src/features/digests/digest-content';
import {
  type DigestFacts,
  renderDigestAdded,
  renderDigestChanged,
  renderDigestList,
  renderDigestPaused,
  renderDigestRefused,
} from '../../../src/features/digests/notices.message';
import { digestThread } from '../../../src/features/digests/thread.message';
import { age, sinceWords } from '../../../src/features/digests/words';
import { messageRoom } from '../../../src/render/slack/limits';
import { muteButtons } from '../../../src/features/mutes/mute-buttons';
import { matchesGlob } from '../../../src/config/match-glob';
import { applyMutes } from '../../../src/report/mutes';
import { finding, reportOf, result } from './reports';
import { hostileReport, hostileText } from '../../render/hostile';
import { expectMessage, outline, requester } from '../../render/slack/held';

const friday = '2026-11-20T08:00:03.000Z';
const monday = '2026-11-23T08:00:04.000Z';

const row = (name: string, before: Parameters<typeof result>[1][], after: Parameters<typeof result>[1][]) => {
  const report = (findings: typeof before, at: string) =>
    reportOf(
      name,
      findings.map((one, index) => result(`check-${index + 1}`, one)),
      at,
    );
  const then = summarizeReport(report(before, friday), { run: 'r1', before: undefined, trend: [] });
  return summarizeReport(report(after, monday), {
    run: `r2/${name}`,
    before: then.baseline,
    trend: [0, 0, 2, null, 5],
  }).row;
};

test('what may be hidden in a part that was not seen is lost, not resolved, and not remembered without end', () => {
  const seen = (findings: Parameters<typeof result>[1], reason: string, before?: DigestBaseline) =>
    summarizeReport(reportOf('lab', [{ ...result('check-1', findings), reason }], monday), {
      run: 'r',
      before,
      trend: [],
    });
  const first = seen([finding('web'), finding('api')], '');
  const { row: partly, baseline } = seen([finding('web')], 'the token lacks node:read', first.baseline);
  expect([partly.resolved, partly.hidden, partly.newlyHidden]).toEqual([0, 1, 1]);
  expect(seen([finding('web')], '', baseline).row.resolved).toBe(1);
  const many = seen(
    Array.from({ length: 3_000 }, (_, n) => finding(`f${n}`)),
    '',
  );
  expect(seen([], 'the token lacks node:read', many.baseline).baseline.issues).toHaveLength(1_000);
});

const known: DigestBaseline = {
  verdict: 'not-ready',
  issues: [
    { check: 'peering-active', subject: { kind: 'peering', name: 'east' }, severity: 'error', since: friday },
  ],
};

const content: DigestContent = {
  id: 'k7d2',
  clusters: ['prod-*', 'staging', 'lab'],
  zone: 'Europe/Berlin',
  planned: '2026-11-23T08:00:00.000Z',
  at: monday,
  requestedBy: null,
  since: friday,
  rows: [
    row('lab', [[finding('old', 'warning')]], [[finding('old', 'warning')]]),
    row(
      'prod-west',
      [[finding('web'), finding('gone')]],
      [[finding('web'), finding('api')], [finding('db')]],
    ),
    row('prod-east', [[]], [[]]),
    row('prod-mid', [[finding('web')]], ['unknown']),
    summarizeUnreadable('staging', 'nothing listens there (connection refused)', known, [1, 1, null]).row,
    summarizeReport(reportOf('prod-new', [result('check-1')], monday), {
      run: 'r',
      before: undefined,
      trend: [0],
    }).row,
  ],
  gone: [],
  hidden: 0,
  missed: 0,
  onlyChanges: false,
  changed: true,
  endingMutes: [],
};

/** With the table as lines of cells. */
const told = (blocks: readonly KnownBlock[]): string =>
  blocks
    .map((block) =>
      block.type === 'data_table'
        ? block.rows
            .map((cells) => `| ${cells.map((cell) => ('text' in cell ? cell.text : '')).join(' | ')} |`)
            .join('\n')
        : outline([block]),
    )
    .join('\n');

const quiet: DigestContent = {
  ...content,
  rows: [row('prod-east', [[]], [[]])],
  onlyChanges: true,
  changed: false,
};
const noted: DigestContent = {
  ...content,
  at: '2026-11-23T08:42:00.000Z',
  since: null,
  rows: [],
  gone: ['old-cluster', 'eu-*'],
  hidden: 2,
  missed: 3,
  endingMutes: [
    { cluster: 'lab', check: 'mesh-*', subject: null, until: '2026-11-24T08:30:00.000Z' },
    { cluster: 'lab', check: 'acl-token-expiry', subject: 'gw', until: '2026-11-23T06:30:00.000Z' },
  ],
};

test.each([
  ['a digest', content, 'rich'],
  ['a digest without tables', content, 'basic'],
  ['a digest that somebody asked for', { ...content, requestedBy: requester }, 'rich'],
  ['a digest where nothing changed', quiet, 'rich'],
  ['a digest with much to be noted', noted, 'rich'],
] as const)('%s', (_, digest, blocks) => {
  const rendered = renderDigest(digest, { blocks });
  expectMessage(rendered, messageRoom);
  expect(`${rendered.text}\n${told(rendered.blocks)}`).toMatchSnapshot();
});

test('its thread', () => {
  const { messages, whole } = digestThread(content, messageRoom);
  for (const message of messages) expectMessage(message, messageRoom);
  expect(whole).toBe(true);
  expect(messages.map(({ blocks }) => outline(blocks))).toMatchSnapshot();
});

const mutedRow = (subjects: readonly string[], check = 'check-1', before?: DigestBaseline) => {
  const report = reportOf(
    'prod-west',
    [result('check-1', [finding('web'), finding('api')]), result('check-2', [finding('db')])],
    monday,
  );
  const known = { by: requester, reason: 'known', createdMs: 0, untilMs: Date.parse(monday) + 86_400_000 };
  const mutes = subjects.map((subject) => ({ ...known, check, subject }));
  const muted = applyMutes(report, mutes, Date.parse(monday), matchesGlob);
  return summarizeReport(muted, { run: 'r1', before, trend: [] }).row;
};

/** The findings that buttons of a thread can mute. */
const offered = (rows: DigestContent['rows']) =>
  digestThread({ ...content, rows }, messageRoom)
    .messages.flatMap(({ blocks }) => blocks)
    .flatMap((block) => ('accessory' in block && block.accessory?.type === 'button' ? [block.accessory] : []))
    .filter(({ action_id: id }) => id === muteButtons.ask.id)
    .map(({ value }) => muteButtons.ask.decode(value));

describe('muting from a digest', () => {
  const of = (check: string, subject: string) => ({ cluster: 'prod-west', check, subject });

  test('is offered for each finding that counts', () => {
    expect(offered([mutedRow([])])).toEqual([
      of('check-1', 'web'),
      of('check-1', 'api'),
      of('check-2', 'db'),
    ]);
    expect(offered([mutedRow(['web'])])).toEqual([of('check-1', 'api'), of('check-2', 'db')]);
  });

  test('is about the whole name, or not offered', () => {
    const named = (name: string) =>
      summarizeReport(reportOf('prod-west', [result('check-1', [finding(name)])], monday), {
        run: 'r1',
        before: undefined,
        trend: [],
      }).row;
    const long = 'a'.repeat(1_500);
    expect(offered([named(long)])).toEqual([of('check-1', long)]);
    expect(offered([named('a'.repeat(10_000))])).toEqual([]);
  });

  test('is counted where a check keeps other findings, and where it is all there is', () => {
    const one = mutedRow(['web']);
    const all = { ...mutedRow(['web', 'api', 'db'], '*'), cluster: 'prod-east' };
    expect([one.muted, one.errors, all.muted, all.errors, all.verdict]).toEqual([1, 2, 3, 0, 'ready']);
    const digest = { ...content, rows: [one, all] };
    expect(told(renderDigest(digest, { blocks: 'rich' }).blocks)).toMatchSnapshot('rich');
    expect(told(renderDigest(digest, { blocks: 'basic' }).blocks)).toMatchSnapshot('basic');
    expect(
      digestThread({ ...content, rows: [one, all] }, messageRoom).messages.map(({ blocks }) =>
        outline(blocks),
      ),
    ).toMatchSnapshot('thread');
  });

  test('is in the next digest, as neither resolved nor no change', () => {
    const issue = { check: 'check-1', severity: 'error' as const, since: friday };
    const issues = ['web', 'api'].map((name) => ({ ...issue, subject: { kind: 'service', name } }));
    const before: DigestBaseline = { verdict: 'not-ready', issues };
    const row = mutedRow(['web'], 'check-1', before);
    expect([row.newlyMuted, row.resolved, row.added, hasChanged(row)]).toEqual([1, 0, 1, true]);
    const lost: DigestBaseline = {
      ...before,
      issues: issues.map((one) => ({ ...one, hidden: true as const })),
    };
    expect(mutedRow(['web'], 'check-1', lost).newlyMuted).toBe(0);
    const healed = mutedRow(['web', 'api', 'db'], '*', before);
    expect(
      told(renderDigest({ ...content, rows: [row, healed] }, { blocks: 'basic' }).blocks),
    ).toMatchSnapshot();
  });
});

const facts: DigestFacts = {
  id: 'k7d2',
  channel: 'C0PLATFORM',
  owner: requester,
  clusters: ['prod-*', 'staging'],
  when: { words: 'every weekday at 08:30', zone: 'Europe/Berlin' },
  onlyChanges: true,
  paused: null,
  next: ['2026-03-27T07:30:00.000Z', '2026-03-30T06:30:00.000Z', '2026-03-31T06:30:00.000Z'],
};
const paused = (why: 'asked' | 'owner' | 'channel'): DigestFacts => ({
  ...facts,
  next: [],
  paused: { by: why === 'asked' ? requester : null, why, detail: why === 'channel' ? 'is_archived' : '' },
});

test('what is said about digests', () => {
  const messages = [
    renderDigestAdded(facts, false),
    renderDigestAdded({ ...facts, onlyChanges: false }, true),
    renderDigestList([], 'C0PLATFORM'),
    renderDigestList(
      [facts, paused('asked'), paused('owner'), { ...paused('channel'), channel: 'D1' }],
      'C2',
    ),
    ...(['paused', 'resumed', 'removed', 'queued', 'joined'] as const).map((did) =>
      renderDigestChanged(did, facts, false),
    ),
    renderDigestChanged('resumed', facts, true),
    ...(['unknown', 'changed', 'is-running', 'too-many'] as const).map((why) =>
      renderDigestRefused(why, 'k7d2'),
    ),
    renderDigestRefused('no-channel', 'is_archived'),
    renderDigestRefused('is-paused', 'k7d2', paused('owner')),
    renderDigestPaused(paused('owner')),
    renderDigestPaused(paused('channel')),
  ];
  for (const message of messages) expectMessage(message, messageRoom);
  expect(messages.map(({ blocks }) => outline(blocks))).toMatchSnapshot();
});

test.each([
  ['2026-11-20T08:00:00Z', 'since Friday'],
  ['2026-11-16T08:00:00Z', 'since 16 November'],
  ['2026-11-23T02:00:00Z', 'since 03:00 CET'],
  [null, 'first digest'],
])('%s is %s', (since, words) => {
  expect(sinceWords(since, monday, 'Europe/Berlin')).toBe(words);
});

test.each([
  [0, '0 minutes'],
  [60_000, '1 minute'],
  [3_600_000 * 5.5, '5 hours'],
  [86_400_000 * 9.9, '9 days'],
])('%d ms are %s', (ms, words) => {
  expect(age(ms)).toBe(words);
});

test('whatever clusters and people write stays within the limits and forges nothing', () => {
  fc.assert(
    fc.property(
      fc.array(hostileReport(4, 6), { minLength: 1, maxLength: 6 }),
      fc.array(hostileText, { maxLength: 10 }),
      fc.constantFrom('rich', 'basic'),
      (reports, texts, blocks) => {
        const rows = reports.map(
          (report) =>
            summarizeReport({ ...report, startedAt: monday }, { run: 'r', before: known, trend: [1] }).row,
        );
        const digest: DigestContent = { ...noted, rows, gone: texts, clusters: texts };
        for (const messageText of [undefined, 3000]) {
          const style = { blocks, ...(messageText === undefined ? {} : { messageText }) } as const;
          const rendered = renderDigest(digest, style);
          expectMessage(rendered, { ...messageRoom, ...(messageText === undefined ? {} : { text: 9_000 }) });
        }
        for (const message of digestThread({ ...content, rows }, messageRoom).messages)
          expectMessage(message, messageRoom);
        const [words = ''] = texts;
        const hostile = { ...facts, clusters: texts, when: { words, zone: 'UTC' } };
        expectMessage(renderDigestAdded(hostile, true), messageRoom);
        expectMessage(
          renderDigestList(
            Array.from({ length: 200 }, () => hostile),
            '',
          ),
          messageRoom,
        );
        expectMessage(renderDigestRefused('unknown', words), messageRoom);
      },
    ),
    { numRuns: 60 },
  );
});
