/** Formats of `audit`. */
export const auditFormats = ['text', 'json', 'jsonl'] as const;
export type AuditFormat = (typeof auditFormats)[number];
