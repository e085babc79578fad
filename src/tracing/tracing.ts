/** Values of spans come from the code or the configuration: no text of people or clusters, no secret. */
type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

interface SpanStart {
  readonly name: string;
  /** `server` and `consumer` begin work that others asked for. */
  readonly kind?: 'internal' | 'server' | 'producer' | 'consumer';
  readonly attributes?: SpanAttributes;
  /** A `traceparent` that came with the work; instead of the current span. One that is malformed counts as none. */
  readonly parent?: string | undefined;
  /** Begins a trace if there is no parent; otherwise there is no span then. */
  readonly isRoot?: boolean;
}

export interface SpanChange {
  readonly name?: string;
  readonly attributes?: SpanAttributes;
  readonly failed?: boolean;
}

/** A finished call to another system. */
export interface FinishedSpan {
  readonly name: string;
  /** In ms since the epoch. */
  readonly startedAt: number;
  readonly ms: number;
  readonly attributes: SpanAttributes;
  readonly failed: boolean;
  /** A `traceparent` that came with the work; instead of the current span. */
  readonly parent?: string | undefined;
  /** Default `client`. */
  readonly kind?: 'client' | 'internal';
}

/** Records what the bot does as spans of traces. Nothing here throws, waits or logs because of an exporter. */
export interface Tracing {
  /** Runs work as a span: spans that it makes become children. The span fails if the work throws. */
  readonly inSpan: <T>(start: SpanStart, work: () => Promise<T>) => Promise<T>;
  /** Adds to the current span, if there is one. */
  readonly annotate: (change: SpanChange) => void;
  /** Records a finished call as a child of the current span; without one, nothing. */
  readonly record: (span: FinishedSpan) => void;
  /** Returns the current span as `traceparent`, for work that goes on elsewhere. */
  readonly traceparent: () => string | undefined;
  /** Sends what is left, or gives up after a short time. */
  readonly stop: () => Promise<void>;
}

/** No traces. */
export const noTracing: Tracing = {
  inSpan: (_start, work) => work(),
  annotate: () => undefined,
  record: () => undefined,
  traceparent: () => undefined,
  stop: async () => undefined,
};
