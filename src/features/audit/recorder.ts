import type { Logger } from 'pino';
import type { Audit } from './audit.store';
import type { AuditEvent } from '../../access/audit-event';

/** Notes down who changed what. */
export type Recorder = (event: AuditEvent) => Promise<void>;

/**
 * Every change is written to the log. Where the trail is kept, which takes a signing key, it is written there
 * too, and the trail writes the copy in the log.
 */
export const createRecorder = (audit: Audit | undefined, log: Logger): Recorder =>
  audit === undefined
    ? async (event) => log.info({ audit: event }, 'audit')
    : async (event) => {
        await audit.append(event);
      };
