import fc from 'fast-check';
import { exampleIntentions } from '../../src/checks/examples/parts';
import { findImpact } from '../../src/checks/impact';
import { traceService } from '../../src/checks/trace';
import { renderAclText } from '../../src/render/acl';
import { showInvisible } from '../../src/render/escape';
import { renderImpactText } from '../../src/render/impact';
import { renderStateDiffText } from '../../src/render/state-diff';
import { renderTraceText } from '../../src/render/trace';
import { renderWhatIf } from '../../src/render/what-if';
import { displayWidth } from '../../src/render/width';
import type { Finding } from '../../src/report/report';
import { twoClusters } from '../checks/two-clusters';
import { hostileAclReport } from './acl-reports';
import { hostileChange, hostileReport, hostileText } from './hostile';

/** Lines of a text that are wider than the terminal, in columns as it counts them. */
const tooWide = (text: string, width: number): readonly string[] =>
  text.split('\n').filter((line) => displayWidth(line) > width);

/** Terminals from the narrowest that text is wrapped to. */
const widths = fc.constantFrom(40, 60, 80, 120);

/** Long names, also of wide characters and of one word. */
const name = fc.oneof(
  hostileText,
  fc.constantFrom('a-very-long-name-of-a-service-'.repeat(4), '漢字の長い名前'.repeat(9), '✅😀'.repeat(30)),
);

/** A finding whose snippet and link, which are not wrapped, are left out. */
const bare = (finding: Finding): Finding => ({ ...finding, remediation: [], docs: '' });

test('a trace fits the terminal, and its ladder stays one, with any names', () => {
  const traced = traceService(
    twoClusters(
      {},
      { intentions: [exampleIntentions([{ name: '*', peer: 'east', action: 'deny' }], 'billing')] },
    ),
    { service: 'web', destination: 'billing' },
  );
  if (!traced.ok) throw new Error(traced.error);
  fc.assert(
    fc.property(name, name, name, widths, (service, cluster, detail, width) => {
      const text = renderTraceText(
        {
          ...traced.value,
          consumer: { cluster, service },
          destination: { cluster: null, peer: cluster, service },
          hops: traced.value.hops.map((hop) => ({
            ...hop,
            cluster,
            detail,
            caution: detail,
            finding:
              hop.finding &&
              bare({ ...hop.finding, message: detail, subject: { kind: 'service', name: service } }),
          })),
          others: [{ path: detail, reachable: 'no' }],
        },
        { colour: false, width },
      );
      expect(tooWide(text, width)).toEqual([]);
      expect(text.split('\n').filter((line) => /^ {2}[✓✗?·] /u.test(line))).toHaveLength(
        traced.value.hops.length,
      );
    }),
  );
});

test('an impact fits the terminal, with any names', () => {
  const found = findImpact(twoClusters(), 'api');
  if (!found.ok) throw new Error(found.error);
  fc.assert(
    fc.property(name, name, widths, (service, cluster, width) => {
      const text = renderImpactText(
        {
          ...found.value,
          cluster,
          subject: { kind: 'peer', name: service },
          paths: found.value.paths.map((path) => ({ ...path, consumer: { cluster, service } })),
          notVisible: [service],
        },
        { colour: false, width },
      );
      expect(tooWide(text, width)).toEqual([]);
    }),
  );
});

test('what has changed fits the terminal, with any names', () => {
  fc.assert(
    fc.property(name, fc.array(hostileChange, { maxLength: 5 }), widths, (text, changes, width) => {
      const run = { run: null, takenAt: text };
      const shown = renderStateDiffText(
        {
          schemaVersion: 1,
          cluster: text,
          before: run,
          after: run,
          changes: changes.map((change) => ({ ...change, checks: [] })),
          leftOut: 1,
          notCompared: [text],
          remediation: [],
        },
        { colour: false, width },
      );
      expect(tooWide(shown, width)).toEqual([]);
    }),
  );
});

test('tokens fit the terminal, with any names', () => {
  fc.assert(
    fc.property(hostileAclReport, widths, (report, width) => {
      const snippets = new Set(
        report.tokens.flatMap(({ remediation }) =>
          remediation.flatMap(({ code }) => code.split('\n').flatMap((line) => [line, showInvisible(line)])),
        ),
      );
      const text = renderAclText(report, { colour: false, width });
      expect(tooWide(text, width).filter((line) => !snippets.has(line) && !line.includes('\t'))).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

test('the effect of a change fits the terminal, with any names', () => {
  fc.assert(
    fc.property(hostileReport(2, 2), name, widths, fc.boolean(), (report, cluster, width, verbose) => {
      const all = report.results.flatMap(({ id, findings }) =>
        findings.map((finding) => ({ check: id, finding: bare(finding) })),
      );
      const effect = { breaks: all, fixes: all, unchanged: all, newlyUnknown: [...report.results] };
      const text = renderWhatIf(
        { cluster, changes: [cluster], ignored: [cluster], before: report, after: report, effect },
        { colour: false, verbose, width },
      );
      expect(tooWide(text, width)).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
