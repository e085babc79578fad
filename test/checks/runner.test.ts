import { type CheckOutcome, defineCheck, skip, unknown } from '../../src/checks/define';
import { runChecks } from '../../src/checks/runner';
import type { Severity } from '../../src/report/report';
import { hidden, partial, resultOf, run, short, snapshotOf, hiddenReason, visible } from './world';

const draft = (name: string, severity?: Severity) => ({
  ...(severity && { severity }),
  subject: { kind: 'thing', name },
  message: `${name} is wrong`,
  evidence: [{ endpoint: '/v1/status/leader', path: '', value: null }],
  remediation: [],
});

/** A check of the section `leader` that answers what the test says. */
const answering = (
  outcome: CheckOutcome | (() => CheckOutcome),
  { severity = 'error', partial = false }: { severity?: Severity; partial?: boolean } = {},
) =>
  defineCheck({
    id: 'sample',
    group: 'consul',
    title: 'All is well',
    failureTitle: 'Something is wrong',
    severity,
    requirement: { source: 'field', docs: 'https://example.test/requirement', since: '1.14.0' },
    rationale: 'Because.',
    inputs: ['gateways'],
    partial: partial ? ['gateways'] : [],
    examples: { pass: { gateways: [] }, fail: { gateways: [] } },
    evaluate: () => (typeof outcome === 'function' ? outcome() : outcome),
  });

const resultFor = (check: ReturnType<typeof answering>, snapshot = snapshotOf()) =>
  resultOf(run(snapshot, { checks: [check] }), 'sample');

describe('the status of a result', () => {
  it.each<[string, CheckOutcome, string, Severity]>([
    ['no finding', [], 'pass', 'error'],
    ['an error', [draft('a')], 'fail', 'error'],
    ['a warning', [draft('a', 'warning')], 'fail', 'warning'],
    ['an info alone', [draft('a', 'info')], 'pass', 'info'],
    ['an info beside an error', [draft('a', 'info'), draft('b')], 'fail', 'error'],
    ['a skip', skip('does not apply'), 'skip', 'error'],
    ['an unknown', unknown('cannot tell'), 'unknown', 'error'],
    ['an unknown with a warning', unknown('cannot tell', [draft('a', 'warning')]), 'unknown', 'error'],
    ['an unknown with an error', unknown('cannot tell', [draft('a')]), 'fail', 'error'],
  ])('of %s', (_, outcome, status, severity) => {
    expect(resultFor(answering(outcome))).toMatchObject({ status, severity });
  });

  it('fails with info findings where the check declares no more than info', () => {
    expect(resultFor(answering([draft('a')], { severity: 'info' }))).toMatchObject({
      status: 'fail',
      severity: 'info',
    });
  });

  it('keeps findings of a pass and of an unknown', () => {
    expect(short(resultFor(answering([draft('a', 'info')])))).toEqual(['pass', 'info thing a']);
    expect(short(resultFor(answering(unknown('cannot tell', [draft('a', 'warning')]))))).toEqual([
      'unknown',
      'warning thing a',
    ]);
  });

  it('puts the worst findings first and leaves equal ones in their order', () => {
    const drafts = [draft('a', 'info'), draft('b', 'warning'), draft('c'), draft('d', 'warning'), draft('e')];
    expect(short(resultFor(answering(drafts))).slice(1)).toEqual([
      'error thing c',
      'error thing e',
      'warning thing b',
      'warning thing d',
      'info thing a',
    ]);
  });

  it('gives the reason of a skip, and no reason for what was decided', () => {
    expect(resultFor(answering(skip('does not apply'))).reason).toBe('does not apply');
    expect(resultFor(answering([draft('a')])).reason).toBe('');
    expect(resultFor(answering([])).reason).toBe('');
  });

  it('takes the page of the requirement where a finding names no other', () => {
    const [first, second] = resultFor(
      answering([draft('a'), { ...draft('b'), docs: 'https://other' }]),
    ).findings;
    expect([first?.docs, second?.docs]).toEqual(['https://example.test/requirement', 'https://other']);
  });
});

describe('an input that is not visible', () => {
  const unreadable = snapshotOf({
    gateways: hidden({ message: 'Permission denied', needs: ['mesh = "read"'] }),
  });
  const partly = snapshotOf({ gateways: partial([], { message: 'Rows hidden', needs: ['node "a" {}'] }) });

  it('makes a check unknown without running it, and names the missing rule', () => {
    const result = resultFor(
      answering(() => {
        throw new Error('asked');
      }),
      unreadable,
    );
    expect(result).toMatchObject({ status: 'unknown', severity: 'error' });
    expect(result.reason).toContain('Permission denied');
    expect(result.reason).toContain('mesh = "read"');
  });

  it('makes a check unknown where only part of an input is visible, unless it evaluates parts', () => {
    expect(resultFor(answering([]), partly).status).toBe('unknown');
    expect(resultFor(answering([draft('a')]), partly)).toMatchObject({ status: 'unknown', findings: [] });
  });

  it.each<[string, CheckOutcome, string[]]>([
    ['no finding', [], ['unknown']],
    ['a warning', [draft('a', 'warning')], ['unknown', 'warning thing a']],
    ['an error', [draft('a')], ['fail', 'error thing a']],
    ['a skip', skip('does not apply'), ['unknown']],
  ])('leaves of %s what is certain where a check evaluates parts', (_, outcome, expected) => {
    const result = resultFor(answering(outcome, { partial: true }), partly);
    expect(short(result)).toEqual(expected);
    expect(result.reason).toContain('node "a" {}');
  });

  it('is unknown even where nobody said why', () => {
    const silent = snapshotOf({
      gateways: { visibility: 'partial', value: [], reason: hiddenReason({ message: '', needs: [] }) },
    });
    expect(resultFor(answering([], { partial: true }), silent).status).toBe('unknown');
  });
});

describe('a check that throws', () => {
  const broken = answering(() => {
    throw new TypeError('a bug');
  });
  const fine = { ...answering([]), id: 'fine' };

  it('is unknown, takes no other one down, and is heard of', () => {
    const heard: unknown[] = [];
    const report = runChecks(snapshotOf(), {
      checks: [broken, fine],
      onBug: (id, error) => heard.push([id, error]),
    });
    expect(report.results.map(({ id, status }) => [id, status])).toEqual([
      ['sample', 'unknown'],
      ['fine', 'pass'],
    ]);
    expect(heard).toEqual([['sample', new TypeError('a bug')]]);
    expect(report.verdict).toBe('unknown');
  });

  it('does not throw where nobody listens', () => {
    expect(resultOf(runChecks(snapshotOf(), { checks: [broken] }), 'sample').status).toBe('unknown');
  });
});

describe('the report', () => {
  it('says what was looked at, when and how long', () => {
    const report = run(snapshotOf());
    expect(report).toMatchObject({
      schemaVersion: 1,
      cluster: { name: 'prod-east', datacenter: 'dc1', consulVersion: '1.20.1' },
      peer: null,
      startedAt: '2026-11-23T14:03:22.000Z',
      durationMs: 412,
      verdict: 'ready',
      peers: [{ name: 'west', state: 'ACTIVE' }],
    });
  });

  it('notes how many paths are not visible to their end', () => {
    expect(run(snapshotOf()).notes).toEqual([expect.stringContaining('1 path')]);
    expect(run(snapshotOf({ sidecars: visible([]) })).notes).toEqual([]);
  });

  it('holds the notes of skipped checks once', () => {
    const noted = answering(skip('no token named', 'gateway grants were not checked'));
    const silent = { ...answering([]), id: 'silent' };
    const report = run(snapshotOf(), { checks: [silent, noted, { ...noted, id: 'second' }] });
    expect(report.notes.filter((note) => note === 'gateway grants were not checked')).toHaveLength(1);
  });

  it('says that a peer it was narrowed to is not there', () => {
    expect(run(snapshotOf(), { peer: 'west' }).notes.join()).not.toContain('no peering');
    const report = run(snapshotOf(), { peer: 'wets' });
    expect(report.peer).toBe('wets');
    expect(report.notes.join()).toContain('wets');
  });

  it('is the same for a snapshot that was saved and loaded', () => {
    const snapshot = snapshotOf({ servers: hidden(), sidecars: partial([]) });
    const loaded = JSON.parse(JSON.stringify(snapshot)) as typeof snapshot;
    expect(run(loaded)).toEqual(run(snapshot));
    expect(run(loaded, { peer: 'west' })).toEqual(run(snapshot, { peer: 'west' }));
  });
});
