import type { FormOption } from '../../../render/slack/form';
import { visibleOrNone } from '../../../access/visible-clusters';
import type { ClusterConfig, Config } from '../../../config/config';
import { findPeerNameProblem } from '../../../consul/peer-name';
import { requestApproval } from './request-approval';
import type { RequestFailure } from '../../../render/failure';
import { isServerAddress, maxServerAddresses } from '../../../config/server-addresses';
import { omitUndefined } from '../../../omit-undefined';
import { renderFailure } from '../../../render/slack/failure';
import type { approvalFields } from './form-parts.modal';
import type { Message } from '../../../render/slack/limits';
import type { SlackContext } from '../../../slack/define';
import { type ExportKind, findServiceProblem } from '../plans/plan-export';
import { queueSealed, type SealServices } from '../jobs/seal-job';
import { isApprovalSetUp, yesesNeededBy } from '../approvers/yeses';

type Context = SlackContext<SealServices>;
type Setup = SealServices & { readonly config: Config };

/** Kinds of requests about two clusters. */
export type PairKind = 'connect' | 'disconnect' | 'renew';

/** A request before it is planned. The clusters are configured ones. */
export type NewRequest =
  | {
      readonly kind: 'token';
      readonly acceptor: string;
      readonly peer: string;
      readonly replace: boolean;
      readonly reason: string;
      readonly externalAddresses?: readonly string[] | undefined;
    }
  | {
      readonly kind: ExportKind;
      readonly acceptor: string;
      readonly peer: string;
      readonly service: string;
      readonly reason: string;
    }
  | {
      readonly kind: PairKind;
      readonly acceptor: string;
      readonly dialer: string;
      readonly peer: string;
      readonly dialerPeer: string;
      readonly reason: string;
      readonly externalAddresses?: readonly string[] | undefined;
    };

/** A problem with a request, and the field that it is about. */
interface Problem {
  /** Null: about no single field. */
  readonly field: keyof typeof approvalFields | null;
  readonly failure: RequestFailure;
}

export const usages = {
  token: 'token CLUSTER PEER [replace] [REASON]',
  connect: 'connect ACCEPTOR DIALER [REASON]',
  disconnect: 'disconnect CLUSTER CLUSTER [REASON]',
  renew: 'renew ACCEPTOR DIALER [REASON]',
  export: 'export SERVICE from CLUSTER to PEER [REASON]',
  unexport: 'unexport SERVICE from CLUSTER to PEER [REASON]',
} as const;

const badName = (kind: NewRequest['kind'], name: string, hint = ''): RequestFailure | undefined => {
  const problem = findPeerNameProblem(name);
  return problem === undefined
    ? undefined
    : { kind: 'usage', problem: `${problem}${hint}`, usage: `/peering ${usages[kind]}` };
};

const badAddresses = (
  kind: NewRequest['kind'],
  addresses: readonly string[] | undefined = [],
): RequestFailure | undefined => {
  const wrong = addresses.find((address) => !isServerAddress(address));
  const usage = `/peering ${usages[kind]}`;
  if (wrong !== undefined)
    return {
      kind: 'usage',
      problem: `"${wrong.slice(0, 300)}" is no address of a server: expected host:port, such as consul.example:8503`,
      usage,
    };
  return addresses.length > maxServerAddresses
    ? { kind: 'usage', problem: `expected at most ${maxServerAddresses} server addresses`, usage }
    : undefined;
};

/** Lists the problems that are known without asking a cluster. */
export const problemsOf = (request: NewRequest, { config, signer }: Setup): readonly Problem[] => {
  if (yesesNeededBy({ dialer: null, ...request }, config) === undefined || signer === undefined)
    return [{ field: null, failure: { kind: 'not-set-up', cluster: null } }];
  const found: Problem[] = [];
  const look = (field: keyof typeof approvalFields, failure: RequestFailure | undefined): void => {
    if (failure) found.push({ field, failure });
  };
  const { kind, acceptor, peer } = request;
  const unwritable = (name: string): RequestFailure | undefined =>
    config.clusters.get(name)?.peeringToken === undefined ? { kind: 'not-set-up', cluster: name } : undefined;
  look('acceptor', unwritable(acceptor));
  if (!('service' in request)) look('externalAddresses', badAddresses(kind, request.externalAddresses));
  if ('service' in request) {
    const problem = findServiceProblem(request.service);
    look(
      'service',
      problem === undefined ? undefined : { kind: 'usage', problem, usage: `/peering ${usages[kind]}` },
    );
  }
  if (!('dialer' in request)) {
    look('peer', badName(kind, peer));
    return found;
  }
  const { dialer, dialerPeer } = request;
  if (acceptor === dialer)
    look('dialer', {
      kind: 'usage',
      problem: `"${dialer}" cannot peer with itself: choose two clusters`,
      usage: `/peering ${usages[kind]}`,
    });
  else look('dialer', unwritable(dialer));
  look('peer', badName(kind, peer, `; set its name under "peers" of ${acceptor}`));
  look('dialerPeer', badName(kind, dialerPeer, `; set its name under "peers" of ${dialer}`));
  return found;
};

/** Queues the request for the approvers, or returns at once why not. */
export const submitRequest = async (request: NewRequest, context: Context): Promise<Message | undefined> => {
  const [problem] = problemsOf(request, context);
  if (problem) return renderFailure(problem.failure);
  const none = { dialer: null, dialerPeer: null, replace: false };
  return queueSealed(requestApproval, { ...none, ...omitUndefined(request) }, context);
};

/** Makes a request about two clusters, each under its name on the other. */
export const pairRequest = (
  kind: PairKind,
  { acceptor, dialer, reason = '' }: { acceptor: string; dialer: string; reason?: string | undefined },
  { config: { clusters } }: { readonly config: Config },
): NewRequest => ({
  kind,
  acceptor,
  dialer,
  peer: nameFor(clusters.get(acceptor), dialer),
  dialerPeer: nameFor(clusters.get(dialer), acceptor),
  reason,
});

/** Returns a cluster's name for another one: the one in its `peers`, or else the other's own name. */
export const nameFor = (cluster: ClusterConfig | undefined, other: string): string =>
  Object.entries(cluster?.peers ?? {}).find(([, target]) => target === other)?.[0] ?? other;

/** Returns the clusters to choose from: those with a token to write with, for which the person has access. */
export const clustersFor = async (
  command: NewRequest['kind'],
  context: Context,
): Promise<readonly string[]> => {
  const { actor, config } = context;
  const visible = await visibleOrNone(actor, command, context);
  return visible.filter((name) => config.clusters.get(name)?.peeringToken !== undefined);
};

/** Lists the same clusters for a search of them in the form. */
export const suggestClusters = async (
  ...given: Parameters<typeof clustersFor>
): Promise<readonly FormOption[]> =>
  (await clustersFor(...given)).map((name) => ({ text: name, value: name }));

/** Explains why there is nothing to fill in; undefined if there is. */
export const noForm = (clusters: readonly string[], { config, signer }: Setup): Message | undefined =>
  !isApprovalSetUp(config) || signer === undefined || clusters.length === 0
    ? renderFailure({ kind: 'not-set-up', cluster: null })
    : undefined;
