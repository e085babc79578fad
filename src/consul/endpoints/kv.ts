import { z } from 'zod';
import { type Result, success } from '../../result';
import type { ConsulError } from '../answer';
import type { SendRequest, CallOptions } from '../send-request';

const KeyRows = z.array(z.object({ Value: z.string().nullable(), ModifyIndex: z.number() }));

/** Endpoints of the KV store. */
export const kvEndpoints = (ask: SendRequest) => ({
  /** Reads a key from the leader; undefined if it does not exist. Its index changes with each write. */
  readKey: async (
    key: string,
    call?: CallOptions,
  ): Promise<Result<{ readonly text: string; readonly index: number } | undefined, ConsulError>> => {
    const answer = await ask(
      { route: '/v1/kv/:key', names: { key }, query: { consistent: '' }, schema: KeyRows },
      call,
    );
    if (!answer.ok && answer.error.kind === 'not-found' && answer.error.cause === undefined)
      return success(undefined);
    if (!answer.ok) return answer;
    const [row] = answer.value;
    if (row === undefined) return success(undefined);
    const text = Buffer.from(row.Value ?? '', 'base64').toString();
    return success({ text, index: row.ModifyIndex });
  },

  /** Writes JSON only if the key still has this index (0: it does not exist). Returns false if it was written meanwhile. */
  writeKey: (key: string, value: unknown, index: number, call?: CallOptions) =>
    ask(
      {
        method: 'PUT',
        route: '/v1/kv/:key',
        names: { key },
        query: { cas: String(index) },
        body: value,
        schema: z.boolean(),
        write: true,
      },
      call,
    ),
});
