import { declaredFor } from '../../snapshot/replication';
import { rowsOf } from '../../snapshot/section';
import type { Evidence } from '../../report/report';
import { evidence } from '../evidence';
import { parseServiceName, serviceKey } from '../names';
import { defineView } from '../view';
import { exportsView } from './exports';
import { counterpartOf } from './remote-upstreams';

/** An entry of a configured other side that exports a service to this cluster. */
interface RemoteDeclaration {
  /** The name of the other side in the clusters file. */
  readonly cluster: string;
  /** The peering, under its name there. */
  readonly consumer: string;
  readonly evidence: Evidence;
}

/** Finds the entry that exports a service of a peer to this cluster; undefined where none is visible. */
export type FindDeclaration = (
  peer: string,
  service: string,
  namespace: string,
) => RemoteDeclaration | undefined;

/** Declared exports: a stream that hangs does not carry them, so they may not have arrived here. */
export const remoteExportsView = defineView({
  name: 'remoteExports',
  description:
    'what configured other sides declare to export to this cluster: `exported-services`, and `/v1/exported-services` for wildcards',
  needs: ['otherSides', 'peerings'],
  compute: ({ otherSides, peerings }, { open }): FindDeclaration => {
    const found = new Map<string, RemoteDeclaration>();
    for (const { peer, cluster, snapshot } of otherSides) {
      const peering = peerings.list.find(({ Name }) => Name === peer);
      if (!peering || snapshot.visibility === 'hidden') continue;
      const { read } = open(snapshot.value);
      const there = read('peerings');
      const consumer =
        there.visibility === 'hidden' ? undefined : counterpartOf(peering, there.value.list)?.Name;
      if (consumer === undefined) continue;
      const add = (service: string, namespace: string | undefined, shown: Evidence): void => {
        found.set(`${peer}/${serviceKey(service, namespace)}`, { cluster, consumer, evidence: shown });
      };
      for (const text of declaredFor(consumer, rowsOf(read('resolvedExports')))) {
        const { name, namespace } = parseServiceName(text);
        add(name, namespace, evidence({ endpoint: '/v1/exported-services', path: '' }, '[*].Service', text));
      }
      for (const { service, namespace, wildcard, consumers, at } of rowsOf(read(exportsView))) {
        const isTo = consumers.some((one) => one.peer === consumer);
        if (isTo && !wildcard && service !== 'consul') add(service, namespace, evidence(at, 'Name', service));
      }
    }
    return (peer, service, namespace) => found.get(`${peer}/${serviceKey(service, namespace)}`);
  },
});
