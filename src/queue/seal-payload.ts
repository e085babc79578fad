import { z } from 'zod';
import type { QueueName } from '../config/process-uses';
import { queuePrefix } from '../redis/keys';
import type { RecordLocation, Sealer } from '../signing/seal-record';

/** A job in its queue. A payload is valid only under this address. */
export interface JobAddress {
  readonly queue: QueueName;
  readonly name: string;
  readonly id: string;
}

/** The stored form of a payload: JSON, sealed. */
export const SealedPayload = z.object({ sealed: z.string() });
export type SealedPayload = z.infer<typeof SealedPayload>;

interface OpenedPayload {
  /** When the job was queued (ms since the epoch); undefined for the jobs of a scheduler, which share one payload. */
  readonly at?: number | undefined;
  /** The span that queued it, as `traceparent`. */
  readonly trace?: string | undefined;
  readonly payload: unknown;
}

/** Length of a `traceparent`. */
const traceLength = 55;

const Content = z.object({
  at: z.number().optional(),
  // A job runs whatever its trace is.
  trace: z.string().length(traceLength).optional().catch(undefined),
  payload: z.unknown(),
});

/** The fields of a payload, at any depth, that let their holder act. They are encrypted. */
const capabilities: ReadonlySet<string> = new Set(['responseUrl']);

const isCapability = (name: string, value: unknown): value is string =>
  capabilities.has(name) && typeof value === 'string';

const jobLocation = ({ queue, name, id }: JobAddress): RecordLocation => ({
  kind: 'job',
  key: `${queuePrefix}:${queue}:${id}`,
  field: name,
});

/** The jobs of a scheduler have its id and the planned time as their own. */
const schedulerIdOf = (jobId: string): string | undefined => /^repeat:(.*):\d{10,16}$/s.exec(jobId)?.[1];

const schedulerLocation = ({ queue, name, id }: JobAddress): RecordLocation => ({
  kind: 'schedule',
  key: `${queuePrefix}:${queue}:repeat:${id}`,
  field: name,
});

const showCapabilities = (value: unknown, map: (text: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((one) => showCapabilities(one, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, unknown]) => [
      name,
      isCapability(name, one) ? map(one) : showCapabilities(one, map),
    ]),
  );
};

const capabilityLocation = (location: RecordLocation): RecordLocation => ({
  ...location,
  kind: `${location.kind}-capability`,
});

/** Seals the payload of a job, and encrypts the capabilities in it. `at` is ms since the epoch. */
export const sealPayload = (
  sealer: Sealer,
  address: JobAddress,
  { at, trace, payload }: OpenedPayload,
): SealedPayload => {
  const location = jobLocation(address);
  const hide = (name: string, value: unknown): unknown =>
    isCapability(name, value) ? sealer.encrypt(capabilityLocation(location), value) : value;
  return { sealed: sealer.seal(location, JSON.stringify({ at, trace, payload }, hide)) };
};

/** Seals the payload that a scheduler gives to each of its jobs. `id` is the scheduler's. */
export const sealSchedulerPayload = (
  sealer: Sealer,
  scheduler: JobAddress,
  payload: unknown,
): SealedPayload => ({
  sealed: sealer.seal(schedulerLocation(scheduler), JSON.stringify({ payload })),
});

/** Opens the payload of a job; undefined if this bot did not make it for this very job. */
export const openPayload = (
  sealer: Sealer,
  address: JobAddress,
  data: unknown,
): OpenedPayload | undefined => {
  const scheduler = schedulerIdOf(address.id);
  const location =
    scheduler === undefined ? jobLocation(address) : schedulerLocation({ ...address, id: scheduler });
  const text = sealer.open(location, SealedPayload.safeParse(data).data?.sealed ?? '');
  if (text === undefined) return undefined;
  const { at, trace, payload } = Content.parse(JSON.parse(text));
  let genuine = true;
  const shown = showCapabilities(payload, (encrypted) => {
    const plain = sealer.decrypt(capabilityLocation(location), encrypted);
    genuine &&= plain !== undefined;
    return plain ?? '';
  });
  return genuine ? { at, trace, payload: shown } : undefined;
};
