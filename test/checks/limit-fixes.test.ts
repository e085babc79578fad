import { createFixWriter } from '../../src/checks/limit-fixes';
import type { Draft } from '../../src/checks/define';

const draft = (remediation: Draft['remediation']): Draft => ({
  subject: { kind: 'service', name: 'api' },
  message: '',
  evidence: [],
  remediation,
});

const fix = (characters: number) => [{ title: '', language: 'shell' as const, code: 'x'.repeat(characters) }];
const KiB = 1024;

const fixed = (findings: readonly { readonly remediation: readonly unknown[] }[]): number =>
  findings.filter(({ remediation }) => remediation.length > 0).length;

describe('the fixes of a report', () => {
  it('take at most 256 KiB for a check and 512 KiB for all', () => {
    const writer = createFixWriter();
    const drafts = Array.from({ length: 100 }, () => draft(fix(16 * KiB)));
    expect([1, 2, 3].map(() => fixed(writer.write(drafts)))).toEqual([16, 16, 0]);
    expect(writer.note()).toEqual([expect.stringContaining('268')]);
  });

  it('are no longer than an argument of a shell may be', () => {
    const writer = createFixWriter();
    expect(fixed(writer.write([draft(fix(65 * KiB)), draft(fix(64 * KiB))]))).toBe(1);
  });

  it('are written for no more findings than anybody fixes by hand, where each costs as much as an entry', () => {
    let written = 0;
    const costly = draft(() => {
      written += 1;
      return fix(10);
    });
    const findings = createFixWriter().write(Array.from({ length: 1000 }, () => costly));
    expect([written, fixed(findings)]).toEqual([25, 25]);
  });

  it('are not counted where there are none', () => {
    const writer = createFixWriter();
    writer.write([draft([])]);
    expect(writer.note()).toEqual([]);
  });
});
