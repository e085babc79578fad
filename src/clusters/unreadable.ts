import type { ConsulErrorCause, ConsulErrorKind } from '../consul/answer';
import type { HiddenReason, Sections, Snapshot } from '../snapshot/snapshot';

/** The reason why a cluster has no answer: the kind of failure of its reads, or the end of its process. */
type UnreadableCause = ConsulErrorKind | 'out-of-memory' | 'deadline' | 'internal';

/** The reason why nothing of a cluster could be read. */
export interface UnreadableCluster {
  readonly cause: UnreadableCause;
  readonly message: string;
  /** The cause can pass by itself, so that a retry is worthwhile. */
  readonly temporary: boolean;
}

/** Sections of which at least one is visible if the cluster answers at all. */
const basicSections: readonly (keyof Sections)[] = [
  'agent',
  'leader',
  'servers',
  'peerings',
  'caRoots',
  'serviceNames',
];

/** Explains why nothing could be read; undefined if something could. */
export const whyUnreadable = ({ sections }: Snapshot): UnreadableCluster | undefined => {
  if (basicSections.some((name) => sections[name].visibility !== 'hidden')) return undefined;
  const { agent } = sections;
  const missing = agent.visibility === 'hidden' ? agent.reason : undefined;
  const cause = causeOf(missing?.kind);
  return {
    cause,
    message: missing?.message ?? '',
    temporary: temporaryKinds.has(cause) && !lastingCauses.has(missing?.cause),
  };
};

const causeOf = (kind: HiddenReason['kind'] | undefined): ConsulErrorKind =>
  kind === undefined || kind === 'anonymous' || kind === 'unsupported' || kind === 'not-gathered'
    ? 'forbidden'
    : kind;

/** Kinds of failure that can pass by themselves … */
const temporaryKinds: ReadonlySet<ConsulErrorKind> = new Set([
  'unreachable',
  'timeout',
  'rate-limited',
  'server',
]);

/** … except with one of these causes, which need a fix. */
const lastingCauses: ReadonlySet<ConsulErrorCause | undefined> = new Set<ConsulErrorCause | undefined>([
  'tls',
  'plain-http',
  'no-datacenter',
  'enterprise-only',
]);
