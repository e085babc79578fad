import type { ModalView } from '@slack/types';
import type { Config } from '../../../config/config';
import { encodeParts } from '../../../render/slack/button-value';
import { form, groupedSelect, input, inputAction } from '../../../render/slack/form';
import type { LatestPeers } from '../../history';
import type { ExportKind } from '../plans/plan-export';
import {
  approvalFields,
  approvalFormIds,
  type ClusterFormOptions,
  formIntro,
  reasonInput,
  selectCluster,
} from './form-parts.modal';

/** Modals to fill in a request to change a peering, or an export. */

const anotherPerson = 'Another person must approve it.';

interface FieldWords {
  readonly label: string;
  readonly hint: string;
}

const pairWords: Readonly<
  Record<
    'disconnect' | 'renew',
    { readonly title: string; readonly intro: string; readonly one: FieldWords; readonly other: FieldWords }
  >
> = {
  disconnect: {
    title: 'Disconnect clusters',
    intro: `${anotherPerson} The peering is then deleted on both sides.`,
    one: { label: 'Cluster', hint: 'One side of the peering' },
    other: { label: 'Other cluster', hint: 'The other side' },
  },
  renew: {
    title: 'Renew a peering',
    intro: `${anotherPerson} Nobody sees the token.`,
    one: { label: 'Acceptor', hint: 'Generates the new token, as it did the first one' },
    other: { label: 'Dialer', hint: 'Has established the peering, and uses the new token' },
  },
};

/** The form of `/peering disconnect` and `/peering renew`. */
export const renderPairForm = (
  kind: 'disconnect' | 'renew',
  {
    channel,
    clusters,
    acceptor,
    dialer,
  }: ClusterFormOptions & { readonly acceptor: string | undefined; readonly dialer: string | undefined },
): ModalView => {
  const { title, intro, one, other } = pairWords[kind];
  return form(approvalFormIds[kind], title, [channel], 'Request', [
    formIntro(intro, clusters),
    input({ id: approvalFields.acceptor, ...one }, selectCluster(clusters, acceptor)),
    input({ id: approvalFields.dialer, ...other }, selectCluster(clusters, dialer)),
    reasonInput('The approvers read it', true),
  ]);
};

/** A cluster with the names of its peers. */
type ExportTarget = readonly [cluster: string, peers: readonly string[]];

/**
 * Lists the peers of clusters: those that the newest checks saw, and configured ones whose cluster the person may see. Clusters
 * without any are left out.
 */
export const exportTargets = (
  clusters: readonly string[],
  { clusters: configured }: Pick<Config, 'clusters'>,
  known: { readonly seen: readonly LatestPeers[]; readonly visible: readonly string[] },
): readonly ExportTarget[] =>
  clusters.flatMap((name): ExportTarget[] => {
    const seen = known.seen.find(({ cluster }) => cluster === name)?.peers ?? [];
    const named = Object.entries(configured.get(name)?.peers ?? {}).flatMap(([peer, other]) =>
      known.visible.includes(other) ? [peer] : [],
    );
    const peers = [...new Set([...seen.map((peer) => peer.name), ...named])].sort();
    return peers.length === 0 ? [] : [[name, peers]];
  });

/** The form of `/peering export` and `/peering unexport`; undefined if there is no peer to choose. */
export const renderExportForm = (
  kind: ExportKind,
  {
    channel,
    targets,
    service,
  }: {
    readonly channel: string;
    readonly targets: readonly ExportTarget[];
    readonly service: string | undefined;
  },
): ModalView | undefined => {
  const select = groupedSelect(
    'Choose a peer',
    targets.map(([cluster, peers]) => [
      cluster,
      peers.flatMap((peer) => {
        const value = encodeParts([cluster, peer]);
        return value === undefined ? [] : [{ text: `${cluster} → ${peer}`, value }];
      }),
    ]),
  );
  const isExport = kind === 'export';
  const hint = isExport ? 'A service of the cluster' : 'A service that the cluster exports to the peer';
  return (
    select &&
    form(approvalFormIds[kind], isExport ? 'Export a service' : 'End an export', [channel], 'Request', [
      formIntro(anotherPerson, []),
      input(
        { id: approvalFields.service, label: 'Service', hint },
        {
          type: 'plain_text_input',
          action_id: inputAction,
          max_length: 255,
          ...(service !== undefined && { initial_value: service.slice(0, 255) }),
        },
      ),
      input(
        {
          id: approvalFields.peer,
          label: 'From and to',
          hint: 'The cluster and its peer. Type others after the command',
        },
        select,
      ),
      reasonInput('The approvers read it', true),
    ])
  );
};
