export { auditKeys, auditNow, openAudit, readAudit, type Audit } from './audit.store';
export { followTrail, type AuditEntry, type PreparedEntry } from './audit-chain';
export type { Recorder } from './recorder';
