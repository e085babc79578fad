import fc from 'fast-check';
import type { Finding, Report, CheckResult } from '../../../src/report/report';
import { showable, showInvisible } from '../../../src/render/escape';
import { runButtons } from '../../../src/features/history/run-buttons';
import { answerLines } from '../../../src/render/slack/lines';
import { limits, maxThreadMessages } from '../../../src/render/slack/limits';
import {
  renderReport,
  type RenderedReport,
  type ReportContext,
} from '../../../src/features/check/report.message';
import { count } from '../../../src/render/words';
import { hostileReport } from '../../render/hostile';
import {
  healthy,
  hostile,
  huge,
  missingPeer,
  quiet,
  reportOf,
  troubled,
  weakToken,
} from '../../render/reports';
import { expectMessage, outline, requester, textObjects } from '../../render/slack/held';

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

const contentOf = ({ file }: RenderedReport): string => [...(file?.lines ?? [])].join('\n');

/** Lines and spaces aside, since the file is wrapped. */
const squeezed = (text: string): string => text.replace(/\s+/g, '');

const expectHeld = (report: Report, context: ReportContext): RenderedReport => {
  const rendered = renderReport(report, context);
  const room = { blocks: limits.blocksPerMessage, text: context.messageText ?? limits.messageText };
  for (const message of [rendered, ...rendered.thread]) expectMessage(message, room);
  expect(rendered.thread.length).toBeLessThanOrEqual(maxThreadMessages);
  return rendered;
};

describe('the answer', () => {
  it('says how many probed addresses answer the bot', () => {
    const probes = [
      {
        use: 'gateway',
        address: '203.0.113.7:8443',
        peer: null,
        outcome: 'tls',
        resolved: ['203.0.113.7'],
        connectMs: 2,
        handshakeMs: 3,
        trustDomain: 'own.consul',
        notAfter: null,
      },
    ] as const;
    const said = (report: Report): boolean =>
      JSON.stringify(expectHeld(report, given).blocks).includes('1 of 1 probed');
    expect([said({ ...healthy, probes }), said(healthy)]).toEqual([true, false]);
  });

  test.each(Object.entries({ healthy, troubled, weakToken, hostile, quiet }))('%s', (_, report) => {
    expect(golden(expectHeld(report, given))).toMatchSnapshot();
  });

  test('troubled, where a workspace takes no containers', () => {
    expect(golden(expectHeld(troubled, { ...given, blocks: 'basic' }))).toMatchSnapshot();
  });

  test('ten thousand findings: a line with a count, a few names and the file', () => {
    const rendered = expectHeld(huge, given);
    expect(golden(rendered)).toMatchSnapshot();
    const content = contentOf(rendered);
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
      element.type === 'button' ? [element.action_id, runButtons.runAgain.decode(element.value)] : [],
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

  test.each([
    ['https', true],
    ['http', false],
    ['javascript', false],
  ])('links to pages of the owner with %s: %s', (scheme, expected) => {
    const links = { ui: `${scheme}://consul.example/ui`, runbook: `${scheme}://wiki.example/consul` };
    const text = JSON.stringify(renderReport(troubled, { ...given, links }).blocks);
    expect([text.includes(links.ui), text.includes(`<${links.runbook}|`)]).toEqual([expected, expected]);
  });

  test('mentions nobody where nobody asked, or where the id is none', () => {
    for (const requestedBy of [null, 'channel', 'U1|x>', '!here']) {
      const texts = textObjects(renderReport(troubled, { ...given, requestedBy }).blocks);
      expect(texts.filter(({ text }) => text.includes('<@') || text.includes('requested by'))).toEqual([]);
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
      fc.property(hostileReport(40, 4), context, (report, how) => {
        expectHeld(report, { ...given, ...how });
      }),
      { numRuns: 25 },
    );
  });

  test('so with ten thousand findings', () => {
    fc.assert(
      fc.property(hostileReport(3, 10_000), context, (report, how) => {
        expectHeld(report, { ...given, ...how });
      }),
      { numRuns: 3 },
    );
  }, 120_000);

  test('the lines stand for all errors and warnings that count, within their room', () => {
    fc.assert(
      fc.property(hostileReport(60, 8), fc.integer({ min: 0, max: 6_000 }), (report, room) => {
        const lines = answerLines(report, room);
        const findings = report.results.flatMap((result) => result.findings);
        const total = findings.filter(({ severity, muted }) => severity !== 'info' && !muted).length;
        expect(lines.reduce((sum, line) => sum + line.findings, 0)).toBe(total);
        expect(lines.reduce((sum, line) => sum + line.text.length + 1, 0)).toBeLessThanOrEqual(
          Math.max(room, 100),
        );
        for (const line of lines.filter((one) => one.findings > 1)) {
          expect(line.text).toContain(count(line.findings, 'finding'));
        }
      }),
    );
  });

  test('the counts are those of the report', () => {
    fc.assert(
      fc.property(hostileReport(20, 2), (report) => {
        const [head = '', ...others] = textObjects(renderReport(report, given).blocks).map(
          ({ text }) => text,
        );
        const { errors, warnings, passed, skipped, unknown } = report.summary;
        if (errors > 0) expect(head).toContain(count(errors, 'error'));
        if (warnings > 0) expect(head).toContain(count(warnings, 'warning'));
        const counts = others.find((text) => /^(?:❔ \d|✅ \d|➖ \d|ℹ️ \d)/u.test(text)) ?? '';
        for (const [number, icon] of [
          [unknown, '❔'],
          [passed, '✅'],
          [skipped, '➖'],
        ] as const) {
          expect(new RegExp(`${icon} (\\d+)`, 'u').exec(counts)?.[1] ?? '0').toBe(String(number));
        }
      }),
      { numRuns: 50 },
    );
  });

  test('the file is whole', () => {
    fc.assert(
      fc.property(hostileReport(10, 5), (report) => {
        const { file } = renderReport(report, given);
        if (file === undefined) return;
        const text = [...file.lines].join('\n');
        const content = squeezed(text);
        for (const { subject, message, evidence, remediation } of report.results.flatMap((r) => r.findings)) {
          expect(content).toContain(squeezed(showInvisible(subject.name)));
          expect(content).toContain(squeezed(showInvisible(message)));
          for (const { value } of evidence)
            expect(content).toContain(squeezed(showInvisible(JSON.stringify(value))));
          for (const { code } of remediation.filter((one) => showable(one.code))) {
            expect(text).toContain(`\n${code.replace(/\n+$/, '')}\n`);
          }
        }
        for (const { reason } of report.results.filter((result) => result.status !== 'pass')) {
          expect(content).toContain(squeezed(showInvisible(reason)));
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('what does not fit into the messages brings the file', () => {
  const [fact] = missingPeer.evidence;
  const snippet = (code: string): Partial<Finding> => ({
    remediation: [{ title: 'a', language: 'shell', code }],
  });
  const changes: Readonly<Record<string, Partial<Finding>>> = {
    'a long message': { message: `web-sidecar-proxy → api ${'x '.repeat(300)}` },
    'a long name': { subject: { kind: 'upstream', name: 'x'.repeat(61) } },
    'a long value': { evidence: [{ endpoint: '/v1/a', path: 'b', value: 'x'.repeat(600) }] },
    'a value that needs much escaping': {
      evidence: [{ endpoint: '/v1/a', path: 'b', value: '<'.repeat(400) }],
    },
    'a long path': { evidence: [{ endpoint: '/v1/a', path: 'x'.repeat(121), value: 1 }] },
    'much evidence': { evidence: Array.from({ length: 7 }, () => fact as NonNullable<typeof fact>) },
    'a long snippet': snippet('x'.repeat(3_000)),
    'a snippet with a fence': snippet('echo ```'),
    'a snippet with a hidden character': snippet('echo \u200b'),
    'many snippets': {
      remediation: Array.from({ length: 12 }, () => ({ title: 'a', language: 'hcl', code: 'b' }) as const),
    },
  };

  test.each(Object.entries(changes))('%s', (_, change) => {
    const report = reportOf([{ id: 'upstream-destination-peer', findings: [{ ...missingPeer, ...change }] }]);
    expect(contentOf(expectHeld(report, given))).not.toBe('');
  });

  const reports: Readonly<Record<string, Report>> = {
    'a long note': { ...troubled, notes: ['x'.repeat(151)] },
    'many notes': {
      ...troubled,
      notes: Array.from({ length: 20 }, (_, index) => `note ${index} ${'x'.repeat(90)}`),
    },
    'many unknown checks with long names': {
      ...troubled,
      results: Array.from(
        { length: 60 },
        (_, index): CheckResult => ({
          ...(healthy.results[0] as CheckResult),
          id: `check-${index}-${'x'.repeat(40)}`,
          status: 'unknown',
          reason: 'hidden',
        }),
      ),
    },
    'eleven reasons': {
      ...troubled,
      results: Array.from(
        { length: 11 },
        (_, index): CheckResult => ({
          ...(healthy.results[0] as CheckResult),
          status: 'unknown',
          reason: `hidden by rule ${index}`,
        }),
      ),
    },
    'a long reason': reportOf([{ id: 'peering-active', status: 'unknown', reason: 'x'.repeat(301) }]),
    'four findings of a check': reportOf([
      { id: 'peering-active', findings: [missingPeer, missingPeer, missingPeer, missingPeer] },
    ]),
  };

  test.each(Object.entries(reports))('%s', (_, report) => {
    expect(contentOf(expectHeld(report, given))).not.toBe('');
  });

  test('a reason that hides the input of twenty checks does not', () => {
    const report = reportOf(
      healthy.results
        .slice(0, 20)
        .map(({ id }) => ({ id, status: 'unknown', reason: 'the token may not read it' })),
    );
    const { thread, file } = expectHeld(report, given);
    expect(file).toBeUndefined();
    const text = textObjects(thread.map(({ blocks }) => blocks))
      .map((one) => one.text)
      .join('\n');
    for (const { id } of healthy.results.slice(0, 20)) expect(text).toContain(`\`${id}\``);
  });

  test('and where all of it fits, there is none, and every snippet stands in the thread', () => {
    const { thread, file } = expectHeld(troubled, given);
    expect(file).toBeUndefined();
    const text = thread.flatMap(({ blocks }) => textObjects(blocks)).map((one) => one.text);
    const decoded = text.join('\n').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    const snippets = troubled.results.flatMap(({ findings }) =>
      findings.flatMap(({ remediation }) => remediation),
    );
    for (const { code } of snippets) expect(decoded).toContain(`\`\`\`\n${code.trimEnd()}\n\`\`\``);
  });
});
