import type { Finding, Remediation } from '../report/report';
import type { Draft } from './define';

/** Limits of the fixes of a report, in characters of code. A shell takes no argument longer than 128 KiB. */
const maxCharacters = { fix: 64 * 1024, check: 256 * 1024, report: 512 * 1024 } as const;

/** Maximum findings of one check whose fixes are written where each costs as much as a config entry is large. */
const maxWritten = 25;

/** Writes the fixes of the findings of one report. */
export interface FixWriter {
  /** Returns the findings of one check, worst first, with their fixes as far as there is room for them. */
  readonly write: <T extends Draft>(drafts: readonly T[]) => readonly (T & Pick<Finding, 'remediation'>)[];
  /** Says in the line of the verdict how many findings are without their fix. */
  readonly note: () => readonly string[];
}

const sizeOf = (fixes: readonly Remediation[]): number =>
  fixes.reduce((sum, { title, code }) => sum + title.length + code.length, 0);

/** Starts to count the fixes of one report. */
export const createFixWriter = (): FixWriter => {
  let left: number = maxCharacters.report;
  let leftOut = 0;
  const write: FixWriter['write'] = (drafts) => {
    let ofCheck: number = maxCharacters.check;
    let written = 0;
    const fixesOf = ({ remediation }: Draft): readonly Remediation[] => {
      if (typeof remediation !== 'function') return remediation;
      written += 1;
      return written <= maxWritten && Math.min(left, ofCheck) > 0 ? remediation() : tooMany;
    };
    return drafts.map((draft) => {
      const fixes = fixesOf(draft);
      const short = fixes.filter(({ code }) => code.length <= maxCharacters.fix);
      const size = sizeOf(short);
      const fits = fixes !== tooMany && size <= Math.min(left, ofCheck);
      if (!fits || (short.length === 0 && fixes.length > 0)) {
        leftOut += 1;
        return { ...draft, remediation: [] };
      }
      left -= size;
      ofCheck -= size;
      return { ...draft, remediation: short };
    });
  };
  const note = (): readonly string[] =>
    leftOut === 0
      ? []
      : [
          `the fixes of ${leftOut === 1 ? '1 finding are' : `${leftOut} findings are`} left out, because the report would be too large; fix others first, then check again`,
        ];
  return { write, note };
};

const tooMany: readonly Remediation[] = [];
