import { addressKind, isHostname } from '../../paths/addresses';
import type { PathEnd, TlsRange } from '../../paths/model';
import type { Evidence } from '../../report/report';
import { criticalCheckNames, criticalCheckNamesForPeers } from '../../snapshot/health';
import { rowsOf } from '../../snapshot/section';
import type { GatewayInstance, Section } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import type { Inputs } from '../inputs';
import { noGatewayEvidence } from '../mesh-gateways/mode-evidence';
import type { Views } from '../view';
import { addressForPeers, formatAddressForPeers } from '../../snapshot/gateway-address';
import { countInstances, missingWords, visibleFact, hiddenFact } from './facts';
import { omitUndefined } from '../../omit-undefined';

/** A cluster at one end of paths, as it was read. */
export interface PathSide {
  readonly cluster: Inputs['cluster'];
  readonly takenAt: string;
  readonly read: Views['read'];
}

/** Maximum gateways in evidence. */
const maxShown = 5;

/**
 * Counts the mesh gateways of a cluster. Where rows are hidden, only healthy ones that are visible count. One in
 * maintenance is healthy for calls of peers, and is not for calls that leave its own cluster.
 */
export const gatewaysOf = ({ read }: PathSide, end: PathEnd) => {
  const failingOf = end === 'destination' ? criticalCheckNamesForPeers : criticalCheckNames;
  const section = read('gateways');
  const missing = missingWords(section);
  const rows = rowsOf(section);
  const count = countInstances(rows.map(({ Checks }) => ({ failing: failingOf(Checks) })));
  if (missing !== undefined && !count?.healthy) return hiddenFact(missing);
  const inMaintenance = rows.filter(
    ({ Checks }) => failingOf(Checks).length === 0 && criticalCheckNames(Checks).length > 0,
  ).length;
  return visibleFact(
    {
      ...(count ?? { total: 0, healthy: 0, failing: [] }),
      ...omitUndefined({ inMaintenance: inMaintenance > 0 ? inMaintenance : undefined }),
    },
    rows.length === 0
      ? [noGatewayEvidence]
      : rows.slice(0, maxShown).map(({ at, Checks }) =>
          evidence(
            at,
            'Checks',
            Checks.map(({ Name, CheckID, Status }) => ({ Name: Name || CheckID, Status })),
          ),
        ),
  );
};

/**
 * The addresses that a cluster hands out to peers for its healthy mesh gateways. Those of failing ones matter where they are
 * hostnames: Consul leaves out all IP addresses beside them (seen with real traffic on 1.20.1).
 */
export const addressesOf = ({ read }: PathSide) => {
  const section = read('gateways');
  const missing = missingWords(section);
  if (section.visibility === 'hidden') return hiddenFact(missing ?? '');
  const healthy = section.value.filter(({ Checks }) => criticalCheckNamesForPeers(Checks).length === 0);
  const isUsable = (gateway: GatewayInstance): boolean =>
    addressKind(addressForPeers(gateway).host) !== 'link-local';
  // A gateway that is not visible may hand out a better address.
  if (missing !== undefined && !healthy.some(isUsable)) return hiddenFact(missing);
  const failing = section.value.filter(
    (gateway) => !healthy.includes(gateway) && isHostname(addressForPeers(gateway).host),
  );
  return visibleFact(
    {
      addresses: [...new Set(healthy.map(formatAddressForPeers))],
      ...omitUndefined({
        failing: failing.length > 0 ? [...new Set(failing.map(formatAddressForPeers))] : undefined,
      }),
    },
    healthy
      .slice(0, maxShown)
      .map(({ at, Service }) => evidence(at, 'Service.TaggedAddresses', Service.TaggedAddresses)),
  );
};

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** Returns the TLS versions that the mesh entry of a cluster allows in one direction. */
export const tlsOf = ({ read }: Pick<PathSide, 'read'>, direction: 'Incoming' | 'Outgoing') => {
  const section: Section<Inputs['mesh']> = read('mesh');
  const missing = missingWords(section);
  if (missing !== undefined) return hiddenFact(missing);
  const [mesh] = rowsOf(section);
  const settings = field(field(mesh?.entry, 'TLS'), direction);
  const version = (name: string): string => {
    const text = field(settings, name);
    return typeof text === 'string' && text !== 'TLS_AUTO' ? text : '';
  };
  const range: TlsRange = { min: version('TLSMinVersion'), max: version('TLSMaxVersion') };
  const shown: readonly Evidence[] =
    mesh && settings ? [evidence(mesh.at, `TLS.${direction}`, settings)] : [];
  return visibleFact(range, shown);
};
