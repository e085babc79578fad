/** An event that the audit trail records. */
export interface AuditEvent {
  /** Action that was taken or refused: `request`, `approve`, `refused-click`, `generate`, `reveal`, `void`, … */
  readonly action: string;
  readonly requestId: string | null;
  readonly person: string;
  readonly team: string;
  readonly cluster: string | null;
  /** Hash of the request, which matches an entry with its request without repeating it. */
  readonly hash: string | null;
  /** A few words for the reader. Without secrets. */
  readonly detail: string;
  /** The job of the click that this entry answers. The click then no longer counts. */
  readonly click?: string;
}
