import type { Peering } from '../../consul/wire';
import type { Evidence, Remediation } from '../../report/report';
import type { Section } from '../../snapshot/snapshot';
import { reconnectRemediation } from '../remediation/peering';
import type { FindDeclaration } from '../views/remote-exports';

interface NotReceived {
  /** Continues the name of the service. */
  readonly why: string;
  readonly evidence: readonly Evidence[];
  readonly remediation: readonly Remediation[];
}

/**
 * Describes a service that a configured peer declares to export and that this cluster has not received; undefined where
 * no entry of the peer is known to export it. The entry is right then, and the stream is not.
 */
export const notReceived = (
  find: Section<FindDeclaration>,
  { Name, PeerServerAddresses }: Peering,
  { service, namespace }: { readonly service: string; readonly namespace: string },
): NotReceived | undefined => {
  const declared = find.visibility === 'hidden' ? undefined : find.value(Name, service, namespace);
  return (
    declared && {
      why: `${declared.cluster} exports it to ${declared.consumer}, but this cluster has not received it`,
      evidence: [declared.evidence],
      remediation: reconnectRemediation({
        name: Name,
        side: PeerServerAddresses.length > 0 ? 'dialer' : 'acceptor',
      }),
    }
  );
};
