import { managedByKubernetes } from '../../../checks/remediation/entry-data';
import { customResource, yaml } from '../../../checks/remediation/kubernetes';
import { codeBlock, sentence } from '../../../render/escape';
import { section } from '../../../render/slack/blocks';
import { limits, type Message } from '../../../render/slack/limits';
import type { ReadSides } from '../runs/examine';
import { renderApprovalNotice } from '../cards/notice.message';
import type { ClusterFacts } from '../plans/plan';
import { changedEntry } from '../plans/plan-export';
import type { PlannedRequest } from '../requests/request';

const instructions: Partial<Record<PlannedRequest['kind'], string>> = {
  disconnect: 'Delete this resource in Kubernetes instead',
  export: 'Apply this resource in Kubernetes instead',
  unexport: 'Apply this resource in Kubernetes instead',
  renew: 'Increase this annotation in Kubernetes instead, so that a new token is generated',
};

const isManaged = ({ peering, entry }: ClusterFacts): boolean =>
  peering?.managed === true || (entry ? managedByKubernetes(entry.entry) : false);

const manifestOf = (
  { kind, service = '', peer }: PlannedRequest,
  facts: ClusterFacts,
  name: string,
): string =>
  kind === 'export' || kind === 'unexport'
    ? (customResource(changedEntry(kind, facts, { service, peer })) ?? '')
    : peeringManifest(kind, facts, name);

const peeringManifest = (kind: PlannedRequest['kind'], { peering }: ClusterFacts, name: string): string =>
  yaml({
    apiVersion: 'consul.hashicorp.com/v1alpha1',
    kind: peering?.dialer === true ? 'PeeringDialer' : 'PeeringAcceptor',
    metadata: {
      name,
      ...(kind === 'renew' && { annotations: { 'consul.hashicorp.com/peering-version': '2' } }),
    },
  });

/**
 * Shows the resources to change in place of peerings that Kubernetes manages, which the bot does not write to. Undefined if
 * it manages none.
 */
export const renderManaged = (
  request: PlannedRequest,
  { acceptor, dialer }: ReadSides,
): Message | undefined => {
  const { kind, peer, dialerPeer } = request;
  const managed = [
    { facts: acceptor, name: peer },
    ...(dialer === undefined ? [] : [{ facts: dialer, name: dialerPeer ?? '' }]),
  ].filter(({ facts }) => isManaged(facts));
  const instruction = instructions[kind];
  if (managed.length === 0 || instruction === undefined) return undefined;
  const notice = renderApprovalNotice(
    'refused',
    'nothing was requested: Kubernetes manages this, and would undo the change',
  );
  return {
    ...notice,
    blocks: [
      ...notice.blocks,
      ...managed.map(({ facts, name }) => {
        const title = `${instruction}, for ${sentence(facts.name, 100)}:`;
        return section(`${title}\n${codeBlock(manifestOf(request, facts, name), limits.text - 300) ?? ''}`);
      }),
    ],
  };
};
