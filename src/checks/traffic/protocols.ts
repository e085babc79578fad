import type { ServiceDefaults } from '../../consul/wire';
import { rowsOf } from '../../snapshot/section';
import type { Entry, Section, Sections } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import { orDefault, serviceKey } from '../names';
import { missingWords, visibleFact, hiddenFact } from './facts';

interface ProtocolSections {
  readonly serviceDefaults: Section<Sections['serviceDefaults']>;
  readonly proxyDefaults: Section<Sections['proxyDefaults']>;
}

type Rows = readonly Entry<ServiceDefaults>[];

const indexes = new WeakMap<Rows, ReadonlyMap<string, Entry<ServiceDefaults>>>();

/** Indexes entries by service, once for a snapshot: there may be thousands. */
const indexOf = (rows: Rows): ReadonlyMap<string, Entry<ServiceDefaults>> => {
  const known =
    indexes.get(rows) ?? new Map(rows.map((row) => [serviceKey(row.entry.Name, row.entry.Namespace), row]));
  indexes.set(rows, known);
  return known;
};

/** Returns the protocols that a cluster sets for services by their name; empty where it sets none. */
export const protocolsOf = ({ serviceDefaults, proxyDefaults }: ProtocolSections) => {
  const missing = missingWords(serviceDefaults) ?? missingWords(proxyDefaults);
  const byService = indexOf(rowsOf(serviceDefaults));
  // A snapshot of another partition has the entry of that partition alone.
  const [first, ...others] = rowsOf(proxyDefaults);
  const global =
    others.length === 0
      ? first
      : rowsOf(proxyDefaults).find(({ entry }) => orDefault(entry.Partition) === 'default');
  return (service: string, namespace: string) => {
    if (missing !== undefined) return hiddenFact(missing);
    const own = byService.get(serviceKey(service, namespace));
    const all = global?.entry.Config['protocol'];
    if (own?.entry.Protocol)
      return visibleFact(own.entry.Protocol, [evidence(own.at, 'Protocol', own.entry.Protocol)]);
    return typeof all === 'string' && all !== '' && global
      ? visibleFact(all, [evidence(global.at, 'Config.protocol', all)])
      : visibleFact('');
  };
};
