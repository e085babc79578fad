import type { Logger } from 'pino';
import type { Audit } from './audit.store';
import type { AuditEvent } from '../../access/audit-event';

/** Records who changed what. */
export type Recorder = (event: AuditEvent) => Promise<void>;

/**
 * Creates a recorder, which writes every change to the log. With a signing key there is a trail: it gets the change, and
 * writes the copy in the log.
 */
export const createRecorder = (audit: Audit | undefined, log: Logger): Recorder =>
  audit === undefined
    ? async (event) => log.info({ audit: event }, 'audit')
    : async (event) => {
        await audit.append(event);
      };
