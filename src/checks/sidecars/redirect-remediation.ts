import type { ServiceResolver } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import type { Entry } from '../../snapshot/snapshot';
import { configEntryRemediation } from '../remediation/config-entry';

/** A service of a peer. */
interface ServiceAtPeer {
  readonly peer: string;
  readonly service: string;
}

type Target = ServiceResolver['Failover'][string]['Targets'][number];

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Tells whether a redirect or target of a resolver is to a service of a peer. A name left out is the resolver's own. */
const isTo =
  (name: string, { peer, service }: ServiceAtPeer) =>
  (target: Pick<Target, 'Peer' | 'Service'>): boolean =>
    same(target.Peer, peer) && same(target.Service || name, service);

/** Points redirects and failover targets of a resolver from one service of a peer to another one. */
const changed = (
  entry: ServiceResolver,
  from: ServiceAtPeer,
  to: ServiceAtPeer,
): ServiceResolver | undefined => {
  const matches = isTo(entry.Name, from);
  const next = { Peer: to.peer, Service: to.service };
  const { Redirect } = entry;
  if (Redirect && matches(Redirect)) return { ...entry, Redirect: { ...Redirect, ...next } };
  const rules = Object.entries(entry.Failover);
  if (!rules.some(([, rule]) => rule.Targets.some(matches))) return undefined;
  return {
    ...entry,
    Failover: Object.fromEntries(
      rules.map(([subset, rule]) => [
        subset,
        {
          ...rule,
          Targets: rule.Targets.map((target) => (matches(target) ? { ...target, ...next } : target)),
        },
      ]),
    ),
  };
};

/** Points every resolver that names one service of a peer to another one. */
export const redirectRemediation = (
  resolvers: readonly Entry<ServiceResolver>[],
  from: ServiceAtPeer,
  to: ServiceAtPeer,
): readonly Remediation[] =>
  resolvers.flatMap((existing) => {
    const entry = changed(existing.entry, from, to);
    return entry
      ? configEntryRemediation({
          title: `Point ${existing.entry.Name} to ${to.service} at ${to.peer}`,
          entry,
          existing,
        })
      : [];
  });
