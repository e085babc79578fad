export { auditKeys, auditNow, type HeadAnchor, openAudit, readAudit, type Audit } from './audit.store';
export { openAnchor } from './open-anchor';
export {
  type AuditEntry,
  type ChainLink,
  emptyHead,
  followTrail,
  parseEntry,
  type PreparedEntry,
} from './audit-chain';
export type { Recorder } from './recorder';
