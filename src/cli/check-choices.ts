/** Words that options of `check` take. */

export const reportFormats = ['text', 'json', 'junit', 'sarif'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export const failOn = ['error', 'warning', 'never'] as const;
export type FailOn = (typeof failOn)[number];
