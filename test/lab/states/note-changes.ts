import { type OverlayChange, parseDeletion, parseOverlay } from '../../../src/checks/overlay';
import type { ConsulAgent } from '../consul';
import type { Lab, Side } from './lab';
import type { End, Row } from './row';

/** A change that the files of an overlay cannot state, and why. */
class NotStated extends Error {}

const notStated = (why: string) => (): never => {
  throw new NotStated(why);
};

const definitionFails = (body: unknown): boolean =>
  /"Status":"(?:critical|warning)"/u.test(JSON.stringify(body ?? {}));

/** Returns what a write to Consul changes, as the files of an overlay state it; undefined where they cannot. */
export const changesOf = (
  method: string,
  path: string,
  body: unknown,
): readonly OverlayChange[] | undefined => {
  const isWritten =
    method === 'PUT' && (path === '/v1/config' || path.startsWith('/v1/agent/service/register'));
  if (isWritten) {
    // No check reads a provider, and a file with nothing else states no change.
    if (/"Kind":"jwt-provider"/u.test(JSON.stringify(body))) return [];
    const parsed = parseOverlay([{ name: 'change.json', text: JSON.stringify(body) }]);
    if (!parsed.ok) throw new Error(parsed.error);
    return parsed.value.changes;
  }
  const [, entry] = /^\/v1\/config\/(.+)$/.exec(path) ?? [];
  if (method !== 'DELETE' || entry === undefined) return undefined;
  const parsed = parseDeletion(entry);
  if (!parsed.ok) throw new Error(parsed.error);
  return [parsed.value];
};

interface Write {
  readonly end: End;
  readonly path: string;
  readonly method: string;
  readonly body: unknown;
  readonly changes: readonly OverlayChange[];
}

const reasonOf = (path: string): string => {
  if (path.includes('/peering')) return 'changes a peering';
  if (path.includes('/deregister')) return 'deregisters an instance';
  if (path.includes('/maintenance') || path.includes('/check/')) return 'changes the health of an instance';
  if (path.includes('/catalog')) return 'registers with the catalog, without an agent';
  return path.includes('/query') ? 'writes a prepared query' : `writes ${path}`;
};

/** Notes what is written to the agents of a lab instead of writing it, while `note` runs. */
export interface Notebook {
  readonly wrap: (agent: ConsulAgent, end: End) => ConsulAgent;
  /** Returns what a row writes, without writing it, or the reason why the files of an overlay cannot state it. */
  readonly note: (lab: Lab, row: Row) => Promise<readonly Write[] | string>;
}

/** Processes that end or fail are no part of files; a restart changes nothing that a cluster says. */
const noProcesses = (side: Side): Side => ({
  ...side,
  kill: notStated('ends a process'),
  stopApplication: notStated('ends a process'),
  startWeak: notStated('gives a proxy another token'),
  nameGatewayToken: notStated('gives a proxy another token'),
  restart: async () => undefined,
  serve: async (name, options = {}) =>
    options.noEnvoy ? notStated('registers an instance that does not run')() : side.serve(name, options),
  gateway: async (options = {}) =>
    options.noEnvoy || options.weak
      ? notStated('registers an instance that does not run')()
      : side.gateway(options),
});

export const createNotebook = (): Notebook => {
  let writes: Write[] | undefined;
  const noted = (end: End, method: string, path: string, body: unknown): boolean => {
    if (writes === undefined || method === 'GET' || path.startsWith('/v1/acl/')) return false;
    const changes = changesOf(method, path, body);
    if (changes === undefined) throw new NotStated(reasonOf(path));
    if (path.startsWith('/v1/agent/') && definitionFails(body))
      throw new NotStated('registers an instance that does not run');
    writes.push({ end, method, path, body, changes });
    return true;
  };
  return {
    wrap: (agent, end) => ({
      ...agent,
      call: async <T>(method: string, path: string, body?: unknown, token?: string) =>
        noted(end, method, path, body) ? (undefined as T) : agent.call<T>(method, path, body, token),
      request: async <T>(method: string, path: string, body?: unknown, token?: string) =>
        noted(end, method, path, body)
          ? { status: 200, headers: new Headers(), body: undefined as T }
          : agent.request<T>(method, path, body, token),
    }),
    note: async (lab, row) => {
      const own: Write[] = [];
      writes = own;
      try {
        await row.change({
          ...lab,
          east: noProcesses(lab.east),
          west: noProcesses(lab.west),
          refresh: async () => undefined,
          repeer: notStated('changes a peering'),
          onReset: (work) => {
            lab.onReset(work);
            notStated('starts another cluster')();
          },
        });
        return own.length === 0 ? 'changes nothing' : own;
      } catch (error) {
        if (error instanceof NotStated) return error.message;
        throw error;
      } finally {
        writes = undefined;
      }
    },
  };
};

const keyOf = (change: OverlayChange): string =>
  change.type === 'register' ? change.service.ID : `${change.kind}/${change.name.toLowerCase()}`;

/** The changes to one cluster: the last of each entry and instance, as files would state them. */
export const overlayOf = (writes: readonly Write[], end: End): readonly OverlayChange[] => [
  ...new Map(
    writes
      .filter((write) => write.end === end)
      .flatMap(({ changes }) => changes)
      .map((change) => [keyOf(change), change]),
  ).values(),
];
