/**
 * Loads the SDK of OpenTelemetry. Only here, and only when traces are on: a process without traces neither waits for it
 * nor has it in memory.
 */
export const loadSdk = async () => {
  const [api, trace, resources, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
  ]);
  return { api, trace, resources, OTLPTraceExporter };
};
export type Sdk = Awaited<ReturnType<typeof loadSdk>>;
