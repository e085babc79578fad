import type { ServiceIntentions } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { sourceNamespace } from '../../paths/intentions';
import type { Entry } from '../../snapshot/snapshot';
import { orDefault } from '../names';
import { configEntryRemediation } from '../remediation/config-entry';
import { omitUndefined } from '../../omit-undefined';

/** Changes `service-intentions` entries: everything else in an entry is kept. */

type Source = ServiceIntentions['Sources'][number];

/** Consul derives these from the source and writes them back itself. */
const withoutDerived = ({ Precedence: _, Type: __, LegacyID: ___, ...source }: Source): Source => source;

/** Renames a peer in all sources; where the new name has the same source already, the old one is removed. */
export const withSourcePeerRenamed = (
  entry: ServiceIntentions,
  from: string,
  to: string,
): ServiceIntentions => {
  const keyOf = (source: Source): string => JSON.stringify([source.Name, sourceNamespace(source, entry)]);
  const taken = new Set(entry.Sources.filter(({ Peer }) => Peer === to).map(keyOf));
  return {
    ...entry,
    Sources: entry.Sources.flatMap((source) => {
      const kept = withoutDerived(source);
      if (source.Peer !== from) return [kept];
      return taken.has(keyOf(source)) ? [] : [{ ...kept, Peer: to }];
    }),
  };
};

export interface AllowedCaller {
  readonly name: string;
  readonly namespace: string;
  /** The peering at the destination's cluster; empty for that cluster itself. */
  readonly peer: string;
}

/** Allows a service of a peer, or of the same cluster, to call a destination: in its existing entry, or in a new one. */
export const allowCaller = (
  entries: readonly Entry<ServiceIntentions>[],
  destination: { readonly name: string; readonly namespace: string },
  caller: AllowedCaller,
  options: {
    /** The cluster to change, where it is not the one that was checked. */
    readonly cluster?: string | undefined;
    /** The wrong peer in a source that was meant for this caller; it is renamed. */
    readonly misnamed?: string | undefined;
  } = {},
): readonly Remediation[] => {
  const existing = entries.find(
    ({ entry }) =>
      entry.Name === destination.name && orDefault(entry.Namespace) === orDefault(destination.namespace),
  );
  const owner = {
    ...omitUndefined({
      Namespace: orDefault(destination.namespace) === 'default' ? undefined : destination.namespace,
    }),
  };
  const isCaller = (source: Source, peer: string): boolean =>
    source.Name === caller.name &&
    sourceNamespace(source, existing?.entry ?? owner) === orDefault(caller.namespace) &&
    (source.Peer ?? '') === peer;
  const allowed = {
    Name: caller.name,
    ...omitUndefined({
      // For a caller of this cluster, one that is left out would be that of the destination.
      Namespace:
        orDefault(caller.namespace) === 'default' && (caller.peer !== '' || owner.Namespace === undefined)
          ? undefined
          : orDefault(caller.namespace),
    }),
    ...omitUndefined({ Peer: caller.peer || undefined }),
    Action: 'allow',
    Permissions: [],
  } satisfies Source;
  const kept = (existing?.entry.Sources ?? []).filter(
    (source) =>
      !isCaller(source, caller.peer) &&
      (options.misnamed === undefined || !isCaller(source, options.misnamed)),
  );
  const entry = {
    ...(existing?.entry ?? {
      Kind: 'service-intentions' as const,
      Name: destination.name,
      ...owner,
    }),
    Sources: [...kept.map(withoutDerived), allowed],
  };
  const where = options.cluster ? `In ${options.cluster}: allow` : 'Allow';
  return configEntryRemediation({
    title: `${where} ${caller.name}${caller.peer && ` of ${caller.peer}`} to call ${destination.name}`,
    entry,
    existing,
  });
};
