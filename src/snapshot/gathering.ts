import type { HealthCheck } from '../consul/wire';
import type { Answer } from '../consul/answer';
import type { Reads } from './reads';
import type { Section, Sections } from './snapshot';

/** State of one gather while it runs. */
export interface Gathering {
  readonly reads: Reads;
  /** The sections. Each is read on its first call and then kept. */
  readonly sections: { readonly [K in keyof Sections]: () => Promise<Section<Sections[K]>> };
  /** Reads the critical checks of the cluster, once. */
  readonly criticalChecks: () => Promise<Answer<readonly HealthCheck[]>>;
  /** Also look for transparent proxies and for upstreams that only a peer could serve. */
  readonly thorough: boolean;
}
