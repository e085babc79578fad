import type { z } from 'zod';
import { aclEndpoints } from '../../../src/consul/endpoints/acls';
import { catalogEndpoints } from '../../../src/consul/endpoints/catalog';
import { clusterEndpoints } from '../../../src/consul/endpoints/cluster';
import { peeringEndpoints } from '../../../src/consul/endpoints/peerings';
import { parseBody } from '../../../src/consul/parse-body';
import type { SendRequest } from '../../../src/consul/send-request';
import { failure, success } from '../../../src/result';
import type { SnapshotClient } from '../../../src/snapshot/reads';

/** A request: its route, with the names that are in it. */
export interface StubRequest {
  readonly route: string;
  readonly schema: z.core.$ZodType;
  /** Filter of the request, and the number of questions in its body. */
  readonly filter: string;
  readonly body: unknown;
}

export const keyOf = ({ route, filter, body }: StubRequest): string => JSON.stringify([route, filter, body]);

/**
 * A client whose answers are not Consul's, and go through the schemas of the real endpoints as JSON.
 *
 * @param parsedAnswers answers that were parsed before; `answer` returns undefined to use them
 */
export const stubClient = (
  answer: (request: StubRequest) => unknown,
  parsedAnswers: Map<string, unknown> = new Map(),
): SnapshotClient => {
  const ask: SendRequest = ({ route, names = {}, query = {}, schema, body }) => {
    const named = route.replaceAll(/:(\w+)/g, (_, name: string) => names[name] ?? '');
    if (schema === undefined) throw new Error(`no schema for ${route}`);
    const request = { route: named, schema, filter: query['filter'] ?? '', body };
    const key = keyOf(request);
    const known = parsedAnswers.get(key);
    const given = answer(request);
    const parsed =
      given === undefined
        ? success(known as never)
        : parseBody(Buffer.from(JSON.stringify(given)), schema, [], undefined);
    if (parsed.ok) parsedAnswers.set(key, parsed.value);
    const meta = {
      endpoint: named,
      filteredByAcls: false,
      defaultAclPolicy: 'deny',
      dateMs: 0,
      tookMs: 1,
      bytes: 1,
    } as const;
    const result = parsed.ok
      ? { ...success(parsed.value), meta }
      : failure({ kind: 'malformed', endpoint: named, message: parsed.error.message } as const);
    return Promise.resolve(result);
  };
  return {
    sendsToken: true,
    ...clusterEndpoints(ask),
    ...catalogEndpoints(ask),
    ...peeringEndpoints(ask),
    ...aclEndpoints(ask),
  };
};
