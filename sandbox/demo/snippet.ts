import type { DemoCluster } from './clusters';

/**
 * Runs the fixes of findings against recorded clusters: the two forms of commands that the bot writes, as the HTTP request that
 * the `consul` command makes of them. No shell is started, and nothing else is run.
 */

type Data = string | number | boolean | readonly Data[] | { readonly [key: string]: Data };

interface Parsed {
  readonly method: 'PUT';
  readonly path: string;
  readonly body: Data;
  /** First line, without its input. */
  readonly command: string;
}

const tokens = /\s*(?:"((?:[^"\\]|\\.)*)"|([A-Za-z_]\w*)|(-?\d+(?:\.\d+)?)|([={}[\],]))/y;

/** Reads the HCL that the bot writes: `key = value` with strings, numbers, booleans, lists and maps. @throws on any other. */
export const parseHcl = (text: string): { readonly [key: string]: Data } => {
  tokens.lastIndex = 0;
  const all: {
    readonly text?: string;
    readonly word?: string;
    readonly sign?: string;
    readonly number?: string;
  }[] = [];
  const end = text.trimEnd().length;
  while (tokens.lastIndex < end) {
    const match = tokens.exec(text);
    if (!match) throw new Error('not the HCL that a fix has');
    const [, quoted, word, number, sign] = match;
    if (quoted !== undefined) all.push({ text: String(JSON.parse(`"${quoted}"`)) });
    else if (word !== undefined) all.push({ word });
    else if (number !== undefined) all.push({ number });
    else if (sign !== undefined) all.push({ sign });
  }
  let at = 0;
  const isNext = (sign: string): boolean => {
    if (all[at]?.sign !== sign) return false;
    at += 1;
    return true;
  };
  const value = (): Data => {
    if (isNext('{')) return members('}');
    if (isNext('[')) {
      const items: Data[] = [];
      while (!isNext(']')) {
        items.push(value());
        isNext(',');
      }
      return items;
    }
    const token = all[at];
    at += 1;
    if (token?.text !== undefined) return token.text;
    if (token?.number !== undefined) return Number(token.number);
    if (token?.word === 'true' || token?.word === 'false') return token.word === 'true';
    throw new Error('not the HCL that a fix has');
  };
  const members = (close: string | undefined): { readonly [key: string]: Data } => {
    const entries: [string, Data][] = [];
    while (close === undefined ? at < all.length : !isNext(close)) {
      const token = all[at];
      at += 1;
      const key = token?.word ?? token?.text;
      if (key === undefined || !isNext('=')) throw new Error('not the HCL that a fix has');
      entries.push([key, value()]);
    }
    return Object.fromEntries(entries);
  };
  return members(undefined);
};

/** Words that the HTTP API spells in capitals. */
const capitals: Readonly<Record<string, string>> = { id: 'ID', tcp: 'TCP', http: 'HTTP', grpc: 'GRPC' };

/** Spells keys of a service definition as the HTTP API does: `local_bind_port` is `LocalBindPort`. Names of addresses stay. */
const apiNames = (data: Data, parent = ''): Data => {
  if (Array.isArray(data)) return data.map((item: Data) => apiNames(item));
  if (typeof data !== 'object') return data;
  const spelled = (key: string): string =>
    key
      .split('_')
      .map((word) => capitals[word] ?? word.charAt(0).toUpperCase() + word.slice(1))
      .join('');
  const kept = parent === 'tagged_addresses' || parent === 'meta' || parent === 'config';
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [kept ? key : spelled(key), apiNames(value, key)]),
  );
};

const entryCommand = /^(consul config write(?: -cas -modify-index (\d+))? -) <<'(\w+)'\n([\s\S]*)\n\3\s*$/;
const serviceCommand = /^tee (\S+) <<'(\w+)'\n([\s\S]*)\n\2\n(consul services register \1)\s*$/;

/** Reads a fix; undefined if it is of another form. @throws if its HCL is not that of a fix */
export const parseSnippet = (text: string): Parsed | undefined => {
  const entry = entryCommand.exec(text);
  if (entry) {
    const [, command = '', index, , code = ''] = entry;
    const path = index === undefined ? '/v1/config' : `/v1/config?cas=${index}`;
    return { method: 'PUT', path, body: parseHcl(code), command };
  }
  const [, , , code, command = ''] = serviceCommand.exec(text) ?? [];
  if (code === undefined) return undefined;
  const { service } = parseHcl(code);
  if (service === undefined) return undefined;
  return { method: 'PUT', path: '/v1/agent/service/register', body: apiNames(service), command };
};

/** Runs a fix on a recorded cluster; resolves to a sentence with the outcome. */
export const runSnippet = async (
  clusters: readonly DemoCluster[],
  name: string,
  text: string,
): Promise<string> => {
  const cluster = clusters.find((one) => one.name === name);
  const parsed = cluster?.manageToken === undefined ? undefined : parseSnippet(text);
  if (!cluster || !parsed)
    return 'The demo cannot run this: run it yourself, with the address and token of the terminal.';
  const answer = await fetch(`${cluster.address}${parsed.path}`, {
    method: parsed.method,
    headers: { 'x-consul-token': cluster.manageToken ?? '' },
    body: JSON.stringify(parsed.body),
  });
  const said = (await answer.text()).trim();
  const outcome =
    said === 'false'
      ? 'refused, because the entry changed meanwhile: check the cluster again, and use the new fix'
      : answer.ok
        ? 'done'
        : said;
  return `\`${parsed.command}\` on the recording of *${name}*: ${outcome}. A model of the demo answered, not a Consul.`;
};
