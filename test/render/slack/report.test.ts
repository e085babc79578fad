import fc from 'fast-check';
import type { Report } from '../../../src/report/report';
import { showable, visible } from '../../../src/render/escape';
import { decodeCheckAction } from '../../../src/render/slack/buttons';
import { answerLines } from '../../../src/render/slack/lines';
import { limits, mostThreadMessages } from '../../../src/render/slack/limits';
import { renderReport, type RenderedReport, type ReportContext } from '../../../src/render/slack/report';
import { count } from '../../../src/render/words';
import { hostileReport } from '../hostile';
import { healthy, hostile, huge, troubled, weakToken } from '../reports';
import { expectMessage, outline, requester, textObjects } from './held';

const given: ReportContext = {
  requestedBy: requester,
  requestId: 'req-1',
  runId: 'run-1',
  stored: true,
  rationale: (id) => (id === 'unknown-check' ? undefined : 'Without it calls fail.'),
  blocks: 'rich',
};

const golden = (rendered: RenderedReport): string =>
  [
    rendered.text,
    outline(rendered.blocks),
    ...rendered.thread.map((message) => `${message.text}\n${outline(message.blocks)}`),
    rendered.file === undefined ? 'no file' : `${rendered.file.name}: ${rendered.file.title}`,
  ].join('\n════\n');

/** Lines and spaces aside, since the file is wrapped. */
const squeezed = (text: string): string => text.replace(/\s+/g, '');

const expectHeld = (report: Report, context: ReportContext): RenderedReport => {
  const rendered = renderReport(report, context);
  const room = { blocks: limits.blocksPerMessage, text: context.messageText ?? limits.messageText };
  for (const message of [rendered, ...rendered.thread]) expectMessage(message, room);
  expect(rendered.thread.length).toBeLessThanOrEqual(mostThreadMessages);
  return rendered;
};

describe('the answer', () => {
  test.each(Object.entries({ healthy, troubled, weakToken, hostile }))('%s', (_, report) => {
    expect(golden(expectHeld(report, given))).toMatchSnapshot();
  });

  test('troubled, where a workspace takes no containers', () => {
    expect(golden(expectHeld(troubled, { ...given, blocks: 'basic' }))).toMatchSnapshot();
  });

  test('ten thousand findings: a line with a count, a few names and the file', () => {
    const rendered = expectHeld(huge, given);
    expect(golden(rendered)).toMatchSnapshot();
    const content = rendered.file?.content ?? '';
    for (const index of [0, 4_321, 9_999]) expect(content).toContain(`web-${index} → api`);
  });

  test('a healthy cluster is a verdict, its facts and its counts, and nothing below', () => {
    const rendered = renderReport(healthy, given);
    expect(rendered.blocks.map((block) => block.type)).toEqual(['header', 'context', 'context', 'actions']);
    expect([rendered.thread, rendered.file]).toEqual([[], undefined]);
  });

  test('errors come before warnings, and warnings before what was not seen', () => {
    const lines = answerLines(troubled, 6_000).map((line) => line.text.slice(0, 1));
    expect(lines).toEqual(['❌', '❌', '⚠', '❔']);
  });

  test('its buttons name the cluster, the peer and the run', () => {
    const { blocks } = renderReport({ ...troubled, peer: 'east' }, given);
    const row = blocks.find((block) => block.type === 'actions');
    const buttons = row?.elements.map((element) =>
      element.type === 'button' ? [element.action_id, decodeCheckAction(element.value)] : [],
    );
    expect(buttons).toEqual([
      ['check:run-again', { cluster: 'prod-west', peer: 'east', run: null }],
      ['check:details', { cluster: 'prod-west', peer: 'east', run: 'run-1' }],
      ['check:all-checks', { cluster: 'prod-west', peer: 'east', run: 'run-1' }],
    ]);
  });

  test('a run that is not kept has no buttons that would read it', () => {
    const { blocks } = renderReport(troubled, { ...given, stored: false });
    const row = blocks.find((block) => block.type === 'actions');
    expect(row?.elements.map((element) => element.action_id)).toEqual(['check:run-again']);
  });

  test('mentions nobody where nobody asked, or where the id is none', () => {
    for (const requestedBy of [null, 'channel', 'U1|x>', '!here']) {
      const texts = textObjects(renderReport(troubled, { ...given, requestedBy }).blocks);
      expect(texts.filter(({ text }) => text.includes('<@') || text.includes('asked by'))).toEqual([]);
    }
  });
});

describe('whatever a cluster holds', () => {
  const context = fc.record({
    blocks: fc.constantFrom('rich', 'basic'),
    messageText: fc.constantFrom(3_000, 5_000, 9_000),
    stored: fc.boolean(),
  });

  test('every message is within the limits of Slack, and no text of the cluster is markup', () => {
    fc.assert(
      fc.property(hostileReport(40, 8), context, (report, how) => {
        expectHeld(report, { ...given, ...how });
      }),
      { numRuns: 60 },
    );
  });

  test('so with ten thousand findings', () => {
    fc.assert(
      fc.property(hostileReport(3, 10_000), context, (report, how) => {
        expectHeld(report, { ...given, ...how });
      }),
      { numRuns: 5 },
    );
  }, 120_000);

  test('the lines stand for all errors and warnings, and the counts are those of the report', () => {
    fc.assert(
      fc.property(hostileReport(60, 8), fc.integer({ min: 0, max: 6_000 }), (report, room) => {
        const lines = answerLines(report, room);
        const total = report.results.flatMap((r) => r.findings).filter((f) => f.severity !== 'info').length;
        expect(lines.reduce((sum, line) => sum + line.findings, 0)).toBe(total);
        for (const line of lines.filter(({ findings }) => findings > 1)) {
          expect(line.text).toContain(count(line.findings, 'finding'));
        }
        const { errors, warnings, passed, skipped, unknown } = report.summary;
        const { blocks } = renderReport(report, given);
        const [head = '', ...others] = textObjects(blocks).map(({ text }) => text);
        const counts =
          others.find((text) => /^(?:❔|✅|➖|ℹ️ \d)/.test(text) && !text.includes('could not see:')) ?? '';
        if (errors > 0) expect(head).toContain(count(errors, 'error'));
        if (warnings > 0) expect(head).toContain(count(warnings, 'warning'));
        for (const [number, icon] of [
          [unknown, '❔'],
          [passed, '✅'],
          [skipped, '➖'],
        ] as const) {
          expect(new RegExp(`${icon} (\\d+)`).exec(counts)?.[1] ?? '0').toBe(String(number));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('what is not in the messages is in the file, and the file is whole', () => {
    fc.assert(
      fc.property(hostileReport(12, 6), context, (report, how) => {
        const { thread, file } = renderReport(report, { ...given, ...how });
        const findings = report.results.flatMap((result) => result.findings);
        if (file === undefined) {
          const text = thread
            .flatMap(({ blocks }) => textObjects(blocks))
            .map((one) => one.text)
            .join('\n');
          const decoded = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
          for (const { code } of findings.flatMap(({ remediation }) => remediation)) {
            expect(decoded).toContain(`\`\`\`\n${code.replace(/\n+$/, '')}\n\`\`\``);
          }
          return;
        }
        const content = squeezed(file.content);
        for (const { subject, message, evidence, remediation } of findings) {
          expect(content).toContain(squeezed(visible(subject.name)));
          expect(content).toContain(squeezed(visible(message)));
          for (const { value } of evidence)
            expect(content).toContain(squeezed(visible(JSON.stringify(value))));
          for (const { code } of remediation.filter((one) => showable(one.code))) {
            expect(file.content).toContain(`\n${code.replace(/\n+$/, '')}\n`);
          }
        }
        for (const { reason } of report.results.filter((r) => r.status !== 'pass')) {
          expect(content).toContain(squeezed(visible(reason)));
        }
      }),
      { numRuns: 60 },
    );
  });
});
