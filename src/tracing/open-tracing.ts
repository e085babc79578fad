import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, HrTime, Span, SpanContext } from '@opentelemetry/api' with {
  'resolution-mode': 'import',
};
import type { Sampler, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { packageVersion } from '../config/package-version';
import type { TracingSettings } from '../config/tracing-settings';
import { createExporter, describeExportError, describeStartError } from './exporter';
import { loadSdk, type Sdk } from './load-sdk';
import { noTracing, type SpanChange, type Tracing } from './tracing';

/** Maximum time to send what is left at shutdown, in ms: a part of the time that a stop may take. */
const stopMs = 1500;

/** Minimum time between two log lines about an endpoint that does not take spans, in ms. */
const silenceMs = 10 * 60_000;

/** Opens traces. Without settings there are none, and the SDK is not loaded; nothing about traces stops the bot. */
export const openTracing = async (settings: TracingSettings | undefined, log: Logger): Promise<Tracing> => {
  if (settings === undefined) return noTracing;
  try {
    return createTracing(await loadSdk(), settings, log);
  } catch (error) {
    log.error({ reason: describeStartError(error) }, 'traces are off: OpenTelemetry could not be started');
    return noTracing;
  }
};

const createTracing = (sdk: Sdk, settings: TracingSettings, log: Logger): Tracing => {
  const { resources, trace, api } = sdk;
  const resource = resources
    .defaultResource()
    .merge(
      resources.resourceFromAttributes({ 'service.name': 'peering-bot', 'service.version': packageVersion }),
    )
    .merge(
      resources.detectResources({ detectors: [resources.serviceInstanceIdDetector, resources.envDetector] }),
    );
  const provider = new trace.TracerProvider({
    resource,
    sampler: samplerOf(sdk, settings),
    spanProcessors: [
      new trace.BatchSpanProcessor({
        exporter: reportFailures(createExporter(sdk, settings), log),
        ...settings.batch,
      }),
    ],
  });
  const tracer = provider.getTracer('peering-bot', packageVersion);
  // Nothing is registered globally: other instrumentation of this process stays as it is.
  const contexts = new AsyncLocalStorage<Context>();
  const currentSpan = (): Span | undefined => {
    const context = contexts.getStore();
    return context && api.trace.getSpan(context);
  };
  const contextOf = (parent: string | undefined): Context | undefined => {
    const remote = parseTraceparent(parent);
    return remote ? api.trace.setSpanContext(api.ROOT_CONTEXT, remote) : contexts.getStore();
  };
  const change = (span: Span, { name, attributes, failed }: SpanChange): void => {
    if (name !== undefined) span.updateName(name);
    if (attributes !== undefined) span.setAttributes(attributes);
    // Without a message, which may quote a cluster.
    if (failed === true) span.setStatus({ code: api.SpanStatusCode.ERROR });
  };
  const kinds = {
    internal: api.SpanKind.INTERNAL,
    server: api.SpanKind.SERVER,
    client: api.SpanKind.CLIENT,
    producer: api.SpanKind.PRODUCER,
    consumer: api.SpanKind.CONSUMER,
  } as const;
  log.info({ endpoint: settings.endpoint.host, sampler: settings.sampler.name }, 'traces are on');

  return {
    inSpan: async ({ name, kind = 'internal', attributes = {}, parent, isRoot = false }, work) => {
      const context = contextOf(parent);
      if (context === undefined && !isRoot) return work();
      const from = context ?? api.ROOT_CONTEXT;
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, from);
      try {
        return await contexts.run(api.trace.setSpan(from, span), work);
      } catch (error) {
        change(span, { failed: true });
        throw error;
      } finally {
        span.end();
      }
    },
    annotate: (changed) => {
      const span = currentSpan();
      if (span) change(span, changed);
    },
    record: ({ name, startedAt, ms, attributes, failed, parent, kind = 'client' }) => {
      const context = contextOf(parent);
      if (context === undefined) return;
      const startTime = hrTimeOf(startedAt);
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes, startTime }, context);
      change(span, { failed });
      span.end(hrTimeOf(startedAt + ms));
    },
    traceparent: () => {
      const context = currentSpan()?.spanContext();
      if (context === undefined || !api.isSpanContextValid(context)) return undefined;
      const flags = context.traceFlags.toString(16).padStart(2, '0');
      return `00-${context.traceId}-${context.spanId}-${flags}`;
    },
    stop: async () => {
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, stopMs);
      });
      await Promise.race([provider.shutdown().catch(() => undefined), limit]);
      clearTimeout(timer);
    },
  };
};

/** The form of a `traceparent` of W3C Trace Context; ids of zeros alone are invalid. */
const traceparentForm = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

const parseTraceparent = (text: string | undefined): SpanContext | undefined => {
  const [, traceId, spanId, flags] = traceparentForm.exec(text ?? '') ?? [];
  return traceId === undefined || spanId === undefined || flags === undefined
    ? undefined
    : { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
};

/** Seconds and nanoseconds: the SDK takes a number for a time since the start of the process if it is earlier than that. */
const hrTimeOf = (ms: number): HrTime => {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
};

const samplerOf = ({ trace }: Sdk, { sampler: { name, ratio } }: TracingSettings): Sampler => {
  const root = name.endsWith('traceidratio')
    ? new trace.TraceIdRatioBasedSampler(ratio)
    : name.endsWith('always_on')
      ? new trace.AlwaysOnSampler()
      : new trace.AlwaysOffSampler();
  return name.startsWith('parentbased') ? new trace.ParentBasedSampler({ root }) : root;
};

/** Logs when an endpoint does not take spans, rarely, and when it does again. */
const reportFailures = (exporter: SpanExporter, log: Logger): SpanExporter => {
  let loggedAt: number | undefined;
  let lost = 0;
  return {
    export: (spans, callback) =>
      exporter.export(spans, (result) => {
        if (result.error === undefined) {
          if (loggedAt !== undefined) log.info({ lostSpans: lost }, 'traces are exported again');
          loggedAt = undefined;
          lost = 0;
        } else {
          lost += spans.length;
          if (loggedAt === undefined || Date.now() - loggedAt > silenceMs) {
            const reason = describeExportError(result.error);
            log.warn({ reason, lostSpans: lost }, 'traces cannot be exported; nothing else is affected');
            loggedAt = Date.now();
          }
        }
        callback(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
};
