import { renderForetold } from '../../../src/features/check/foretold.message';
import { limits, textLength } from '../../../src/render/slack/limits';
import type { CheckFinding } from '../../../src/report/compare-change';
import type { ForetoldChange } from '../../../src/report/foretold-change';

const finding = (check: string, name: string, severity: 'error' | 'warning' = 'error'): CheckFinding => ({
  check,
  finding: {
    severity,
    subject: { kind: 'service', name },
    message: `${name} is wrong`,
    evidence: [],
    remediation: [],
    docs: '',
  },
});

const change = (over: Partial<ForetoldChange> = {}): ForetoldChange => ({
  cluster: 'prod-east',
  changes: ['exported-services/default'],
  ignored: [],
  verdict: { before: 'ready', after: 'not-ready' },
  effect: { breaks: [], fixes: [], newlyUnknown: [] },
  unchanged: 0,
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 12,
  ...over,
});

const shown = (given: ForetoldChange): string =>
  JSON.stringify(renderForetold(given, { requestedBy: 'UROBIN' }));

describe('the answer to a check with files', () => {
  it('counts what would be fixed and broken, with a line for each', () => {
    const effect = {
      breaks: [finding('mesh-gateway-mode', 'api')],
      fixes: [finding('upstream-imported', 'web'), finding('upstream-imported', 'shop')],
      newlyUnknown: [],
    };
    const text = shown(change({ effect }));
    expect(text).toContain('would fix 2, would break 1');
    for (const part of ['mesh-gateway-mode', 'upstream-imported', 'api', 'web', 'shop', 'UROBIN'])
      expect(text).toContain(part);
  });

  it('names the files’ documents that no check reads, and counts what stays', () => {
    const text = shown(change({ ignored: ['Deployment web'], unchanged: 3 }));
    expect(text).toContain('Deployment web');
    expect(text).toContain('3 findings');
  });

  it('mentions nobody, forges no link, and fits into one message, whatever names say', () => {
    const hostile = `<!channel> <@U1> <https://evil.example|x> ${'n'.repeat(500)}`;
    const many = Array.from({ length: 500 }, (_, index) =>
      finding('upstream-imported', `${hostile}${index}`),
    );
    const message = renderForetold(
      change({
        cluster: hostile,
        changes: many.map(() => hostile),
        ignored: many.map(() => hostile),
        effect: { breaks: many, fixes: many, newlyUnknown: [] },
      }),
      { requestedBy: 'UROBIN' },
    );
    expect(JSON.stringify(message)).not.toMatch(/<!channel>|<@U1>|<https:\/\/evil/);
    expect(message.blocks.length).toBeLessThanOrEqual(limits.blocksPerMessage);
    expect(textLength(message.blocks)).toBeLessThanOrEqual(limits.messageText);
  });
});
