import { isObject, textOf } from '../../workspace/blocks/schema';
import { answerWith, bodyOf, type RecordedCluster, rowsIn } from './recorded-cluster';
import { setGatewayModes } from './service-writes';

/** Writes of config entries, with compare-and-set as Consul has it. */

interface Outcome {
  readonly status: number;
  readonly body: unknown;
}

const path = (kind: string): string => `/v1/config/${kind}`;

export const entriesOf = (cluster: RecordedCluster, kind: string) => rowsIn(bodyOf(cluster, path(kind)));

/** False where the entry is not at the index that the writer saw. An index of 0 means that there is no entry. */
const isUnchanged = (existing: { readonly ModifyIndex?: unknown } | undefined, cas: string | null): boolean =>
  cas === null || Number(cas) === Number(existing?.ModifyIndex ?? 0);

/** Writes an entry. Fields that Consul would derive, such as the precedence of intentions, are left as they were sent. */
export const writeConfigEntry = (cluster: RecordedCluster, entry: unknown, cas: string | null): Outcome => {
  const kind = isObject(entry) ? textOf(entry['Kind']) : '';
  if (!isObject(entry) || bodyOf(cluster, path(kind)) === undefined)
    return {
      status: 400,
      body: `this cluster is a recording, whose model has no config entries of kind "${kind}"`,
    };
  const name = textOf(entry['Name']) || (kind === 'mesh' ? 'mesh' : '');
  const all = entriesOf(cluster, kind);
  const existing = all.find((one) => one['Name'] === name);
  if (!isUnchanged(existing, cas)) return { status: 200, body: false };
  cluster.index += 1;
  const { Hash: _hash, ...sent } = entry;
  const written = {
    ...sent,
    Name: name,
    CreateIndex: existing?.['CreateIndex'] ?? cluster.index,
    ModifyIndex: cluster.index,
  };
  answerWith(cluster, path(kind), [...all.filter((one) => one !== existing), written]);
  if (kind === 'proxy-defaults' && isObject(written)) setGatewayModes(cluster, existing, written);
  return { status: 200, body: true };
};

export const deleteConfigEntry = (
  cluster: RecordedCluster,
  kind: string,
  name: string,
  cas: string | null,
): Outcome => {
  const all = entriesOf(cluster, kind);
  const existing = all.find((one) => one['Name'] === name);
  if (!isUnchanged(existing, cas)) return { status: 200, body: false };
  cluster.index += 1;
  answerWith(
    cluster,
    path(kind),
    all.filter((one) => one !== existing),
  );
  return { status: 200, body: true };
};
