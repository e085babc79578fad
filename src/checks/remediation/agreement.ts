import type { ServiceDefaults } from '../../consul/wire';
import { agreedVersion, rangeThatConnects } from '../../paths/tls-versions';
import { consumerLabel, destinationLabel } from '../../paths/words';
import type { Remediation } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import { serviceKey } from '../names';
import type { PathProblem } from '../path-findings';
import { type PathSide, tlsOf } from '../traffic/path-side';
import { protocolsOf } from '../traffic/protocols';
import { configEntryRemediation } from './config-entry';
import { omitUndefined } from '../../omit-undefined';

/** The fixes for two sides whose protocols or TLS versions do not meet. */

/** A cluster at one end of a path, with its name in a title where it is not the one that is checked. */
interface AgreementSide extends Pick<PathSide, 'read'> {
  readonly prefix: string;
}

const protocolsIn = ({ read }: Pick<PathSide, 'read'>) =>
  protocolsOf({ serviceDefaults: read('serviceDefaults'), proxyDefaults: read('proxyDefaults') });

interface Ends {
  readonly consumer: AgreementSide;
  readonly destination: AgreementSide;
}

const rangeIn = (side: AgreementSide, direction: 'Incoming' | 'Outgoing') => {
  const fact = tlsOf(side, direction);
  return fact.visible ? fact.value : undefined;
};

const tlsRemediation = ({ consumer, destination }: Ends): readonly Remediation[] => {
  const [outgoing, incoming] = [rangeIn(consumer, 'Outgoing'), rangeIn(destination, 'Incoming')];
  if (!outgoing || !incoming) return [];
  const [caller, range] = agreedVersion(outgoing, incoming)
    ? [destination, rangeIn(destination, 'Outgoing')]
    : [consumer, outgoing];
  if (!range || agreedVersion(range, incoming)) return [];
  const { min, max } = rangeThatConnects(range, incoming);
  const [existing] = rowsOf(caller.read('mesh'));
  const entry = existing?.entry as Readonly<Record<string, Readonly<Record<string, object>>>> | undefined;
  return configEntryRemediation({
    title: `${caller.prefix}let proxies call with a TLS version that the other end accepts`,
    entry: {
      ...(existing?.entry ?? { Kind: 'mesh' as const }),
      TLS: {
        ...entry?.['TLS'],
        Outgoing: {
          ...entry?.['TLS']?.['Outgoing'],
          TLSMinVersion: min || undefined,
          TLSMaxVersion: max || undefined,
        },
      },
    } as { readonly Kind: string },
    existing,
  });
};

/** Sets the protocol of a service in one cluster. */
const withProtocol = (
  { read }: AgreementSide,
  { service, namespace }: { readonly service: string; readonly namespace: string },
  Protocol: string,
) => {
  const existing = rowsOf(read('serviceDefaults')).find(
    ({ entry }) => serviceKey(entry.Name, entry.Namespace) === serviceKey(service, namespace),
  );
  const fresh = {
    Kind: 'service-defaults' as const,
    Name: service,
    ...omitUndefined({ Namespace: namespace === 'default' ? undefined : namespace }),
  };
  const entry: Pick<ServiceDefaults, 'Kind'> = Object.assign({}, existing?.entry ?? fresh, { Protocol });
  return { entry, existing };
};

const protocolRemediation = (
  [path]: PathProblem['paths'],
  { consumer, destination }: Ends,
): readonly Remediation[] => {
  if (!path) return [];
  const there = protocolsIn(destination)(path.destination.service, path.destination.namespace);
  if (!there.visible) return [];
  const [caller, service] = [consumerLabel(path), destinationLabel(path)];
  const own = path.upstream.upstream.Config['protocol'];
  const { namespace } = path.upstream;
  const called = { service: path.called, namespace };
  if (there.value === '' || there.value === 'tcp') {
    const here = protocolsIn(consumer)(path.called, namespace);
    // Agents merge the protocol of service-defaults in; one of the registration itself would take precedence.
    return [
      ...(own === undefined || (here.visible && own === here.value)
        ? configEntryRemediation({
            title: `${consumer.prefix}if ${service} speaks HTTP/1: declare http for ${path.called}`,
            ...withProtocol(consumer, called, 'http'),
          })
        : []),
      ...(here.visible && here.value !== ''
        ? configEntryRemediation({
            title: `${destination.prefix}if ${service} speaks HTTP/2: serve ${here.value}`,
            ...withProtocol(destination, path.destination, here.value),
          })
        : []),
    ];
  }
  return [
    // A protocol of the upstream itself would take precedence.
    ...(own === undefined
      ? configEntryRemediation({
          title: `${consumer.prefix}if ${caller} speaks ${there.value} to ${service}: declare that protocol`,
          ...withProtocol(consumer, called, there.value),
        })
      : []),
    ...configEntryRemediation({
      title: `${destination.prefix}if ${caller} and ${service} speak HTTP/1: serve http`,
      ...withProtocol(destination, path.destination, 'http'),
    }),
  ];
};

/** Returns the fixes for a path whose ends differ in protocol or TLS versions; none for other hops. */
export const agreementRemediation = ({ hop, paths }: PathProblem, ends: Ends): readonly Remediation[] => {
  if (hop.name === 'tls') return tlsRemediation(ends);
  return hop.name === 'protocol' ? protocolRemediation(paths, ends) : [];
};
