export { auditStep } from './audit-lua';
export {
  auditKeys,
  followTrail,
  openAudit,
  readAudit,
  redisNow,
  type Audit,
  type AuditEntry,
  type AuditEvent,
  type Prepared,
} from './audit.store';
export type { Recorder } from './recorder';
