import fc from 'fast-check';
import type { Report } from '../../src/report/report';
import { renderSarif } from '../../src/render/sarif';
import { hostileReport } from './hostile';
import { quiet, troubled } from './reports';

interface Sarif {
  readonly version: string;
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly kind: string;
        readonly level: string;
        readonly message: { readonly text: string };
        readonly locations?: readonly unknown[];
        readonly suppressions?: readonly unknown[];
      }[];
    },
  ];
}

const parse = (text: string): Sarif => JSON.parse(text) as Sarif;

test('troubled', () => {
  expect(renderSarif(troubled)).toMatchSnapshot();
});

test('what is muted is suppressed, and then every result says whether it is', () => {
  const suppressed = (report: Report): (number | undefined)[] =>
    parse(renderSarif(report)).runs[0].results.map(({ suppressions }) => suppressions?.length);
  expect(new Set(suppressed(troubled))).toEqual(new Set([undefined]));
  expect(suppressed(quiet).filter((one) => one === 1)).toHaveLength(2);
  expect(suppressed(quiet)).not.toContain(undefined);
});

test('each outcome has its kind, and only findings have a level', () => {
  const [{ results }] = parse(renderSarif(troubled)).runs;
  const kinds = Object.fromEntries(results.map(({ ruleId, kind, level }) => [ruleId, `${kind} ${level}`]));
  expect(kinds).toMatchObject({
    'mesh-gateway-mode': 'fail error',
    'mesh-gateway-healthy': 'fail warning',
    'intentions-allow-peer': 'open none',
    'mesh-gateway-partition': 'notApplicable none',
    'peering-active': 'pass none',
  });
});

test('whatever a cluster holds: a result for each finding, rules that are referred to rightly, and no links', () => {
  fc.assert(
    fc.property(hostileReport(8, 3), (report) => {
      const { version, runs } = parse(renderSarif(report));
      const [{ tool, results }] = runs;
      expect(version).toBe('2.1.0');
      const findings = report.results.flatMap((result) => result.findings);
      expect(results.filter(({ locations }) => locations !== undefined)).toHaveLength(findings.length);
      for (const { ruleId, ruleIndex, message, kind, level } of results) {
        expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
        expect(kind === 'fail').toBe(level !== 'none');
        // Without its escapes, the text holds no placeholder and no link of SARIF 3.11.
        const rest = message.text.replace(/\\[\\[\]]|\{\{|\}\}/g, '');
        expect(rest).not.toMatch(/[{}[\]\\]/);
      }
    }),
  );
});
