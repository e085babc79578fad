import { omitUndefined } from '../omit-undefined';
import { isExposed } from './plain-http';
import { type Environment, readSecretFiles } from './secret';
import { failure, type Result, success } from '../result';

/** Samplers of `OTEL_TRACES_SAMPLER` that need nothing but this process. */
const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
type SamplerName = (typeof samplers)[number];

/** Settings of traces. The exporter itself reads headers, certificates, time limit and compression. */
export interface TracingSettings {
  readonly endpoint: URL;
  readonly sampler: { readonly name: SamplerName; readonly ratio: number };
  /** `OTEL_BSP_*`; absent: the default of the SDK. */
  readonly batch: {
    readonly maxQueueSize?: number;
    readonly maxExportBatchSize?: number;
    readonly scheduledDelayMillis?: number;
    readonly exportTimeoutMillis?: number;
  };
  /** A forward proxy for the exporter: `HTTPS_PROXY` or `HTTP_PROXY`, and `NO_PROXY`. Holds its password. */
  readonly proxyEnv: Readonly<Record<string, string>>;
}

const defaultSampler: SamplerName = 'parentbased_always_on';

/**
 * Reads the settings of traces; undefined if traces are off. A failure is one line that says which variable is wrong,
 * and repeats no part of its value: it never stops the bot.
 */
export const readTracingSettings = (env: Environment): Result<TracingSettings | undefined> => {
  const word = (name: string): string | undefined => env[name]?.trim() || undefined;
  const isOff =
    word('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || word('OTEL_TRACES_EXPORTER') === 'none';
  const variable = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'].find(word);
  if (isOff || variable === undefined) return success(undefined);
  const address = word(variable) ?? '';
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address))
    return failure(`${variable} is no http or https address, such as http://collector:4318`);
  const protocol = word('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? word('OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol !== undefined && protocol !== 'http/protobuf')
    return failure('OTEL_EXPORTER_OTLP_PROTOCOL asks for a protocol other than http/protobuf, the only one');
  const given = word('OTEL_TRACES_SAMPLER') ?? defaultSampler;
  const name = samplers.find((sampler) => sampler === given);
  if (name === undefined)
    return failure(`OTEL_TRACES_SAMPLER is none of the samplers ${samplers.join(', ')}`);
  const ratio = Number(word('OTEL_TRACES_SAMPLER_ARG') ?? 1);
  if (name.endsWith('traceidratio') && !(ratio >= 0 && ratio <= 1))
    return failure('OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1');
  return success({
    endpoint: endpointOf(new URL(address), variable.includes('TRACES')),
    sampler: { name, ratio },
    batch: batchOf(word),
    proxyEnv: proxyOf(readSecretFiles(env).environment),
  });
};

/** The address of one signal is used as it is; to the common one, the path of traces is added. */
const endpointOf = (address: URL, isForTraces: boolean): URL => {
  if (isForTraces) return address;
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return url;
};

const batchOf = (word: (name: string) => string | undefined): TracingSettings['batch'] => {
  const positive = (name: string): number | undefined => {
    const value = Number(word(name));
    return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  };
  return omitUndefined({
    maxQueueSize: positive('OTEL_BSP_MAX_QUEUE_SIZE'),
    maxExportBatchSize: positive('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
    scheduledDelayMillis: positive('OTEL_BSP_SCHEDULE_DELAY'),
    exportTimeoutMillis: positive('OTEL_BSP_EXPORT_TIMEOUT'),
  });
};

/** A file that cannot be used is none here: the bot does not start with one. */
const proxyOf = (env: Environment): TracingSettings['proxyEnv'] =>
  Object.fromEntries(
    ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'].flatMap((name) => {
      const value = env[name.toLowerCase()]?.trim() || env[name]?.trim();
      return value ? [[name, value]] : [];
    }),
  );

/** Tells whether headers with a secret go to another machine in plain text. */
export const exposesHeaders = (env: Environment, { endpoint }: TracingSettings): boolean =>
  isExposed(endpoint.href) &&
  ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'].some((name) =>
    Boolean(env[name]?.trim()),
  );
