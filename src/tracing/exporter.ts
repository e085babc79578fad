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

/** Returns why an export failed: a status, or the code of an error. Answers and addresses are not repeated. */
export const describeExportError = (error: unknown, otherwise = 'no answer in time'): string => {
  const codeOf = (one: unknown): unknown => (one instanceof Error && 'code' in one ? one.code : undefined);
  const known = codeOf(error) ?? (error instanceof Error ? codeOf(error.cause) : undefined);
  if (typeof known === 'number') return `status ${known}`;
  return typeof known === 'string' && /^[A-Z_]{3,40}$/.test(known) ? known : otherwise;
};

/** Returns why OpenTelemetry could not be started: the code of an error. Its message would hold paths. */
export const describeStartError = (error: unknown): string => describeExportError(error, 'no code');

/** Maximum time for the endpoint to answer when the installation is examined, in ms. */
const examineMs = 4000;

/** OpenTelemetry could not be started in this process, or its endpoint did not take the export. */
interface ExportFailure {
  readonly step: 'start' | 'export';
  readonly reason: string;
}

/** Sends no spans, in the way in which spans are sent, to find out whether the endpoint takes them. Never throws. */
export const tryExport = async (settings: TracingSettings): Promise<Result<undefined, ExportFailure>> => {
  const none: ReadableSpan[] = [];
  try {
    const exporter = createExporter(await loadSdk(), settings, examineMs);
    const error = await new Promise<Error | undefined>((resolve) => {
      exporter.export(none, (result) => resolve(result.error));
    });
    await exporter.shutdown().catch(() => undefined);
    return error === undefined
      ? success(undefined)
      : failure({ step: 'export', reason: describeExportError(error) });
  } catch (error) {
    return failure({ step: 'start', reason: describeStartError(error) });
  }
};
