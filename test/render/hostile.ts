import fc from 'fast-check';
import type { PeerSummary } from '../../src/report/peer-summary';
import {
  summarize,
  verdictOf,
  worstSeverity,
  type Finding,
  type Json,
  type Report,
  type CheckResult,
  type StateChange,
} from '../../src/report/report';

/** Reports in which every text is whatever a cluster could hold. */

/** Parts that mean something to Slack, to a terminal, to XML or to a shell, and characters that hide. */
const parts = [
  '<!channel>',
  '<@U12345>',
  '<https://evil.example|click>',
  '<!date^1^{date}|x>',
  '&amp;',
  '&',
  '<',
  '>',
  '*',
  '_',
  '~',
  '`',
  '```',
  ':tada:',
  '@here',
  '"',
  "'",
  '\n',
  '\r',
  '\t',
  '\0',
  '\u001b[2J',
  '\u009b31m',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\u2028',
  '\u3164',
  '\u00a0',
  '\u3000',
  '\ud83d',
  '\ude00',
  '😀',
  '👩‍👩‍👧',
  '漢字',
  'שלום',
  'e\u0301\u0301\u0301\u0301\u0301',
  ']]>',
  '-->',
  '$(id)',
  '{0}',
  '[a](b)',
  ' ',
  '  ',
  'web',
  'api-1',
  '→',
];

const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 });

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.constantFrom(...parts), { maxLength: 12 }).map((all) => all.join('')) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 2, arbitrary: units.map((codes) => String.fromCharCode(...codes)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...parts), fc.integer({ min: 100, max: 10_000 }))
      .map(([part, length]) => part.repeat(Math.ceil(length / part.length)).slice(0, length)),
  },
);

const severity = fc.constantFrom('error', 'warning', 'info');

const muted = fc.record({
  by: fc.oneof(hostileText, fc.constant('U0REQUESTER')),
  until: fc.oneof(hostileText, fc.constant('2026-11-30T14:00:00.000Z')),
  reason: hostileText,
});

const loud: fc.Arbitrary<Finding> = fc.record({
  severity,
  subject: fc.record({ kind: hostileText, name: hostileText }),
  message: hostileText,
  evidence: fc.array(
    fc.record({
      endpoint: hostileText,
      path: hostileText,
      value: fc.jsonValue().map((value) => value as Json),
    }),
    { maxLength: 4 },
  ),
  remediation: fc.array(
    fc.record({
      title: hostileText,
      language: fc.constantFrom('hcl', 'shell', 'yaml'),
      code: fc.oneof(hostileText, fc.constant('consul config write - <<EOF\n\tKind = "mesh"\nEOF\n')),
    }),
    { maxLength: 4 },
  ),
  docs: fc.oneof(hostileText, fc.constant('https://docs.example/page#part')),
});

const anyJson = fc.oneof(
  hostileText,
  fc.jsonValue().map((value) => value as Json),
);

export const hostileChange: fc.Arbitrary<StateChange> = fc.record(
  {
    cluster: hostileText,
    kind: fc.constantFrom('added', 'removed', 'changed'),
    section: fc.constantFrom('exportedServices', 'gateways', 'sidecars'),
    subject: fc.record({ kind: hostileText, name: hostileText }),
    field: fc.oneof(hostileText, fc.constantFrom('', 'passing', 'Services[a*b].Consumers[0].Peer')),
    from: anyJson,
    to: anyJson,
    indexes: fc.record({ from: fc.option(fc.nat()), to: fc.option(fc.nat()) }),
    unknown: fc.constantFrom('withheld', 'too-large'),
  },
  { requiredKeys: ['kind', 'section', 'subject', 'field', 'from', 'to'] },
);

const changed: fc.Arbitrary<Finding> = fc
  .tuple(
    loud,
    fc.record({
      run: hostileText,
      since: fc.oneof(hostileText, fc.constant('2026-11-23T14:00:00.000Z')),
      changes: fc.array(hostileChange, { maxLength: 5 }),
      more: fc.nat(2000),
    }),
  )
  .map(([one, by]) => ({ ...one, changed: by }));

const finding: fc.Arbitrary<Finding> = fc.oneof(
  { arbitrary: loud, weight: 4 },
  { arbitrary: changed, weight: 2 },
  { arbitrary: fc.tuple(loud, muted).map(([one, by]) => ({ ...one, muted: by })), weight: 1 },
);

/** `max` findings of one check at most, made of a few that repeat with names of their own. */
const findings = (max: number): fc.Arbitrary<readonly Finding[]> =>
  fc.tuple(fc.array(finding, { maxLength: 3 }), fc.integer({ min: 0, max: max })).map(([few, length]) =>
    Array.from({ length: few.length === 0 ? 0 : length }, (_, index) => {
      const one = few[index % few.length] as Finding;
      return { ...one, subject: { ...one.subject, name: `${one.subject.name}${index}` } };
    }),
  );

const result = (max: number): fc.Arbitrary<CheckResult> =>
  fc
    .record({
      id: fc.oneof(hostileText, fc.constantFrom('mesh-gateway-mode', 'peering-active')),
      group: fc.constantFrom('consul', 'peerings', '<b>&\n'),
      title: hostileText,
      status: fc.constantFrom('pass', 'skip', 'unknown'),
      severity,
      reason: hostileText,
      findings: findings(max),
    })
    .map(
      (one): CheckResult => ({
        ...one,
        status: one.findings.length > 0 ? 'fail' : one.status,
        severity: worstSeverity(one.findings, one.severity),
      }),
    );

const peer: fc.Arbitrary<PeerSummary> = fc.record(
  {
    name: hostileText,
    state: hostileText,
    paths: fc.record({ pass: fc.nat(9), fail: fc.nat(9), unknown: fc.nat(9) }),
    calls: fc.array(fc.record({ service: hostileText, destination: hostileText }), { maxLength: 3 }),
  },
  { requiredKeys: ['name', 'state'] },
);

/** Reports of up to `checks` checks with up to `max` findings each. */
export const hostileReport = (checks: number, max: number): fc.Arbitrary<Report> =>
  fc
    .record({
      cluster: fc.record({ name: hostileText, datacenter: hostileText, consulVersion: hostileText }),
      peer: fc.oneof(fc.constant(null), hostileText),
      startedAt: fc.oneof(fc.constant('2026-11-23T14:03:22.000Z'), hostileText),
      durationMs: fc.integer({ min: 0, max: 100_000 }),
      peers: fc.array(peer, { maxLength: 20 }),
      notes: fc.array(hostileText, { maxLength: 5 }),
      results: fc.array(result(max), { maxLength: checks, size: 'medium' }),
    })
    .map((one) => ({
      ...one,
      schemaVersion: 1,
      verdict: verdictOf(one.results),
      summary: summarize(one.results),
    }));
