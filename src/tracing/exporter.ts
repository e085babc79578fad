import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { TracingSettings } from '../config/tracing-settings';
import { failure, type Result, success } from '../result';
import { loadSdk, type Sdk } from './load-sdk';

/** Creates the exporter of OTLP over HTTP. It reads the rest of `OTEL_EXPORTER_OTLP_*` itself. */
export const createExporter = (
  { OTLPTraceExporter }: Sdk,
  { endpoint, proxyEnv }: TracingSettings,
  timeoutMillis?: number,
): SpanExporter => {
  // Node's types do not know this option of its agents yet; a Node before 22.21 calls the endpoint without a proxy.
  const through: object = { proxyEnv };
  return new OTLPTraceExporter({
    url: endpoint.href,
    httpAgentOptions: { keepAlive: true, ...through },
    ...(timeoutMillis !== undefined && { timeoutMillis }),
  });
};

/** Returns why an export failed: a status, or the code of a connection error. Answers and addresses are not repeated. */
export const describeExportError = (error: unknown): string => {
  const codeOf = (one: unknown): unknown => (one instanceof Error && 'code' in one ? one.code : undefined);
  const known = codeOf(error) ?? (error instanceof Error ? codeOf(error.cause) : undefined);
  if (typeof known === 'number') return `status ${known}`;
  return typeof known === 'string' && /^[A-Z_]{3,40}$/.test(known) ? known : 'no answer in time';
};

/** Maximum time for the endpoint to answer when the installation is examined, in ms. */
const examineMs = 4000;

/** Sends no spans, in the way in which spans are sent, to find out whether the endpoint takes them. */
export const tryExport = async (settings: TracingSettings): Promise<Result<undefined>> => {
  const exporter = createExporter(await loadSdk(), settings, examineMs);
  const none: ReadableSpan[] = [];
  try {
    return await new Promise((resolve) => {
      exporter.export(none, ({ error }) =>
        resolve(error === undefined ? success(undefined) : failure(describeExportError(error))),
      );
    });
  } finally {
    await exporter.shutdown().catch(() => undefined);
  }
};
