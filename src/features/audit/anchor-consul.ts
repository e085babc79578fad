import type { createClients } from '../../clusters/clients';
import { failure, success } from '../../result';
import type { HeadAnchor } from './audit.store';

/** Attempts to write while other processes write first. */
const maxAttempts = 10;

/**
 * Keeps the head under a key of Consul's KV store, written by check-and-set. The cluster's `token` needs
 * `key "PATH" { policy = "write" }`.
 */
export const createConsulAnchor = (
  lease: () => ReturnType<ReturnType<typeof createClients>['lease']>,
  path: string,
): HeadAnchor => {
  const withClient = async <T>(
    work: (client: Extract<ReturnType<typeof lease>, { ok: true }>['value']['client']) => Promise<T>,
  ) => {
    const leased = lease();
    if (!leased.ok) return failure(leased.error);
    try {
      return success(await work(leased.value.client));
    } finally {
      leased.value.release();
    }
  };
  const reasonOf = (message: string): string =>
    `the anchor of the audit trail, the key ${path} of Consul, cannot be used: ${message}`;

  return {
    async read() {
      const read = await withClient((client) => client.readKey(path));
      if (!read.ok) return read;
      return read.value.ok ? success(read.value.value?.text) : failure(reasonOf(read.value.error.message));
    },
    async write(text, isNewer) {
      const written = await withClient(async (client) => {
        for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
          const present = await client.readKey(path);
          if (!present.ok) return failure(reasonOf(present.error.message));
          if (present.value !== undefined && !isNewer(present.value.text)) return success(undefined);
          const put = await client.writeKey(path, JSON.parse(text), present.value?.index ?? 0);
          if (!put.ok) return failure(reasonOf(put.error.message));
          if (put.value) return success(undefined);
        }
        return failure(reasonOf(`other processes wrote first ${maxAttempts} times`));
      });
      return written.ok ? written.value : written;
    },
  };
};
