import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it arrived. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly id: string;
  /** Empty: it has none. */
  readonly parent: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  /** In ms since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly failed: boolean;
  readonly resource: Readonly<Record<string, string | number | boolean>>;
}

export interface OtlpReceiver {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  readonly spans: () => readonly ReceivedSpan[];
  /** All bodies. */
  readonly bytes: () => Buffer;
  /** The headers of each request. */
  readonly headers: () => readonly NodeJS.Dict<string | string[]>[];
  readonly stop: () => Promise<void>;
}

type Fields = Map<number, (Buffer | bigint)[]>;

/** Reads the fields of a message of Protocol Buffers: bytes as they are, all numbers as integers. */
const fieldsOf = (bytes: Buffer): Fields => {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const key = Number(varint());
    const type = key & 7;
    const value =
      type === 0
        ? varint()
        : type === 1
          ? take(8).readBigUInt64LE()
          : type === 5
            ? BigInt(take(4).readUInt32LE())
            : take(Number(varint()));
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
};

const messages = (fields: Fields, number: number): readonly Buffer[] =>
  (fields.get(number) ?? []).filter((value) => Buffer.isBuffer(value));
const bytesAt = (fields: Fields, number: number): Buffer => messages(fields, number)[0] ?? Buffer.alloc(0);
const numberAt = (fields: Fields, number: number): bigint =>
  (fields.get(number) ?? []).find((value) => typeof value === 'bigint') ?? 0n;

const attributesOf = (fields: Fields, number: number): ReceivedSpan['attributes'] =>
  Object.fromEntries(
    messages(fields, number).map((pair) => {
      const one = fieldsOf(pair);
      const value = fieldsOf(bytesAt(one, 2));
      const text = messages(value, 1)[0];
      const shown = value.has(2) ? numberAt(value, 2) === 1n : Number(numberAt(value, 3));
      return [bytesAt(one, 1).toString(), text === undefined ? shown : text.toString()];
    }),
  );

const spansOf = (body: Buffer): ReceivedSpan[] =>
  messages(fieldsOf(body), 1)
    .map(fieldsOf)
    .flatMap((ofResource) => {
      const resource = attributesOf(fieldsOf(bytesAt(ofResource, 1)), 1);
      return messages(ofResource, 2)
        .flatMap((scope) => messages(fieldsOf(scope), 2))
        .map(fieldsOf)
        .map((span) => ({
          traceId: bytesAt(span, 1).toString('hex'),
          id: bytesAt(span, 2).toString('hex'),
          parent: bytesAt(span, 4).toString('hex'),
          name: bytesAt(span, 5).toString(),
          kind: Number(numberAt(span, 6)),
          start: Number(numberAt(span, 7)) / 1e6,
          end: Number(numberAt(span, 8)) / 1e6,
          attributes: attributesOf(span, 9),
          failed: numberAt(fieldsOf(bytesAt(span, 15)), 3) === 2n,
          resource,
        }));
    });

/** Starts a collector of traces on loopback, which takes OTLP over HTTP, or answers each request with another status. */
export const startOtlpReceiver = async (status = 200): Promise<OtlpReceiver> => {
  const bodies: Buffer[] = [];
  const seen: NodeJS.Dict<string | string[]>[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/v1/traces') {
        bodies.push(Buffer.concat(chunks));
        seen.push(request.headers);
      }
      response.writeHead(request.url === '/v1/traces' ? status : 404).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => bodies.flatMap(spansOf),
    bytes: () => Buffer.concat(bodies),
    headers: () => seen,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};
