import type { Reads } from './reads';
import type { Section, Sections } from './snapshot';

/** A gather under way. */
export interface Gathering {
  readonly reads: Reads;
  /** The sections, each read when first asked for and then kept. */
  readonly sections: { readonly [K in keyof Sections]: () => Promise<Section<Sections[K]>> };
  /** Also look for transparent proxies and for upstreams that only a peer could serve. */
  readonly thorough: boolean;
}
