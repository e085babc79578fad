import type { ClusterConfig, Config } from '../../config/config';

/** A page of Consul's UI of a configured cluster. Its names come from outside. */
export interface UiLink {
  readonly cluster: ClusterConfig;
  /** Absent if the address does not say. */
  readonly datacenter?: string | undefined;
  readonly peer?: string | undefined;
  readonly service?: string | undefined;
}

const maxAddress = 2000;

const webAddressOf = (text: string): URL | undefined => {
  if (text.length > maxAddress || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '';
  return isPlain && (url.protocol === 'https:' || url.protocol === 'http:') ? url : undefined;
};

/** Splits before decoding: an encoded slash is part of a name. */
const segmentsOf = ({ pathname }: URL): readonly string[] =>
  pathname.split('/').filter((part) => part !== '');

const decodeName = (segment: string | undefined): string | undefined => {
  if (segment === undefined) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
};

/** A cluster with the part of an address that is below its UI. */
interface Candidate {
  readonly cluster: ClusterConfig;
  readonly depth: number;
  readonly below: readonly string[];
}

const candidateFor = (url: URL, cluster: ClusterConfig, ui: string | undefined): Candidate | undefined => {
  const base = ui === undefined ? undefined : webAddressOf(ui);
  if (base === undefined || base.protocol !== url.protocol || base.host !== url.host) return undefined;
  const parts = segmentsOf(url);
  const known = segmentsOf(base);
  if (!known.every((part, at) => part === parts[at])) return undefined;
  const below = parts.slice(known.length);
  return {
    cluster,
    depth: known.length,
    below: known.length === 0 && below[0] === 'ui' ? below.slice(1) : below,
  };
};

const pages = new Set(['services', 'peers']);

interface Page {
  readonly partition?: string | undefined;
  readonly datacenter?: string | undefined;
  readonly peer?: string | undefined;
  readonly service?: string | undefined;
}

/**
 * Reads the path as Consul's UI does: `_partition`, `~namespace` and `:peer`, each optional, then the datacenter, a page and
 * a name. The datacenter may be a part of the configured address.
 */
const readPage = (below: readonly string[]): Page => {
  const isOption = (part: string): boolean => /^[_~:]/.test(part);
  const end = below.findIndex((part) => !isOption(part));
  const options = end === -1 ? below : below.slice(0, end);
  const [first, second = '', third] = end === -1 ? [] : below.slice(end);
  const option = (sign: string): string | undefined =>
    decodeName(options.find((part) => part.startsWith(sign))?.slice(1));
  const isInBase = first !== undefined && pages.has(first) && !pages.has(second);
  const [page, name] = isInBase ? [first, second === '' ? undefined : second] : [second, third];
  return {
    partition: option('_'),
    datacenter: isInBase ? undefined : decodeName(first),
    peer: page === 'peers' ? decodeName(name) : option(':'),
    service: page === 'services' ? decodeName(name) : undefined,
  };
};

const agrees = (configured: string | undefined, found: string | undefined): boolean =>
  configured === undefined || found === undefined || configured.toLowerCase() === found.toLowerCase();

/**
 * Finds the cluster that an address in a message belongs to. The scheme, the host and the beginning of the path must be those
 * of its `ui`, and nothing else counts as similar. Undefined if there is none, or if several clusters have that address and
 * the datacenter does not tell them apart.
 */
export const readLink = (
  text: string,
  { clusters, owners }: Pick<Config, 'clusters' | 'owners'>,
): UiLink | undefined => {
  const url = webAddressOf(text);
  if (url === undefined) return undefined;
  const all = [...clusters.values()].flatMap(
    (cluster) => candidateFor(url, cluster, owners?.get(cluster.name)?.ui) ?? [],
  );
  const depth = Math.max(...all.map((one) => one.depth));
  const found = all
    .filter((one) => one.depth === depth)
    .map(({ cluster, below }) => ({ cluster, page: readPage(below) }))
    .filter(
      ({ cluster, page }) =>
        agrees(cluster.datacenter, page.datacenter) && agrees(cluster.partition, page.partition),
    );
  const [one] = found;
  if (one === undefined || found.length > 1) return undefined;
  const { datacenter, peer, service } = one.page;
  return { cluster: one.cluster, datacenter, peer, service };
};
