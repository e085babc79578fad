/** One line of the doctor's answer. */
export interface DoctorLine {
  /** The part of the installation: `configuration`, `Slack`, `Redis`, `workers`, or the name of a cluster. */
  readonly area: string;
  /** `unknown`: could not be examined, for example because something before it failed. */
  readonly status: 'ok' | 'warning' | 'problem' | 'unknown';
  /** One sentence that states a fact. No secrets. */
  readonly fact: string;
  /** Next step for the reader; empty if there is none. */
  readonly fix: string;
}

/** The next step for a mistake in the configuration, whose sentence says what was expected. */
export const correctIt = 'Correct it; peering-bot config validate lists every mistake with its line';

/** Makes the lines of one area. */
export const linesOf = (area: string) => ({
  ok: (fact: string): DoctorLine => ({ area, status: 'ok', fact, fix: '' }),
  warning: (fact: string, fix: string): DoctorLine => ({ area, status: 'warning', fact, fix }),
  problem: (fact: string, fix: string): DoctorLine => ({ area, status: 'problem', fact, fix }),
  unknown: (fact: string, fix = ''): DoctorLine => ({ area, status: 'unknown', fact, fix }),
});
