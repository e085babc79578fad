import type { ClusterConfig, Config } from '../../config/config';
import { findPeerNameProblem } from '../../consul/peer-name';
import { askApproval } from './ask-approval';
import type { RequestFailure } from '../../render/failure';
import { renderFailure } from '../../render/slack/failure';
import type { approvalFields } from './request-forms.modal';
import type { Message } from '../../render/slack/limits';
import type { SlackContext } from '../../slack/define';
import { queueSealed, type SealServices } from './seal-job';

type Context = SlackContext<SealServices>;
type Setup = SealServices & { readonly config: Config };

/** What somebody asks for. The clusters are configured ones. */
export type Wanted =
  | {
      readonly kind: 'token';
      readonly acceptor: string;
      readonly peer: string;
      readonly replace: boolean;
      readonly reason: string;
    }
  | {
      readonly kind: 'connect';
      readonly acceptor: string;
      readonly dialer: string;
      readonly peer: string;
      readonly dialerPeer: string;
      readonly reason: string;
    };

/** What is wrong with a request, and which of its parts it is about. */
interface Problem {
  /** Null: about none of them. */
  readonly field: keyof typeof approvalFields | null;
  readonly failure: RequestFailure;
}

export const usages = {
  token: 'token CLUSTER PEER [replace] [REASON]',
  connect: 'connect ACCEPTOR DIALER [REASON]',
} as const;

const badName = (kind: Wanted['kind'], name: string, hint = ''): RequestFailure | undefined => {
  const problem = findPeerNameProblem(name);
  return problem === undefined
    ? undefined
    : { kind: 'usage', problem: `${problem}${hint}`, usage: `/peering ${usages[kind]}` };
};

/** What can be refused before a cluster is asked. */
export const problemsOf = (wanted: Wanted, { config, signer }: Setup): readonly Problem[] => {
  if (config.approvals === undefined || signer === undefined)
    return [{ field: null, failure: { kind: 'not-set-up', cluster: null } }];
  const found: Problem[] = [];
  const look = (field: keyof typeof approvalFields, failure: RequestFailure | undefined): void => {
    if (failure) found.push({ field, failure });
  };
  const { kind, acceptor, peer } = wanted;
  const unwritable = (name: string): RequestFailure | undefined =>
    config.clusters.get(name)?.peeringToken === undefined ? { kind: 'not-set-up', cluster: name } : undefined;
  look('acceptor', unwritable(acceptor));
  if (wanted.kind === 'token') {
    look('peer', badName(kind, peer));
    return found;
  }
  const { dialer, dialerPeer } = wanted;
  if (acceptor === dialer)
    look('dialer', {
      kind: 'usage',
      problem: `"${dialer}" cannot peer with itself: choose two clusters`,
      usage: `/peering ${usages.connect}`,
    });
  else look('dialer', unwritable(dialer));
  look('peer', badName(kind, peer, `; set its name under "peers" of ${acceptor}`));
  look('dialerPeer', badName(kind, dialerPeer, `; set its name under "peers" of ${dialer}`));
  return found;
};

/** Puts the request before the approvers, or says at once why not. */
export const askFor = async (wanted: Wanted, context: Context): Promise<Message | undefined> => {
  const [problem] = problemsOf(wanted, context);
  if (problem) return renderFailure(problem.failure);
  const { kind, acceptor, peer, reason } = wanted;
  const rest =
    kind === 'token'
      ? { dialer: null, dialerPeer: null, replace: wanted.replace }
      : { dialer: wanted.dialer, dialerPeer: wanted.dialerPeer, replace: false };
  return queueSealed(askApproval, { kind, acceptor, peer, reason, ...rest }, context);
};

/** What a cluster calls another one: as its `peers` say, else by the other's own name. */
export const nameFor = (cluster: ClusterConfig | undefined, other: string): string =>
  Object.entries(cluster?.peers ?? {}).find(([, target]) => target === other)?.[0] ?? other;

/** The clusters that a form may offer: those with a token to write with that the person may hear of. */
export const clustersFor = (
  command: Wanted['kind'],
  { actor, config, authorizer }: Context,
): readonly string[] =>
  [...config.clusters.values()]
    .filter(({ peeringToken }) => peeringToken !== undefined)
    .map(({ name }) => name)
    .filter((name) => authorizer.decide(actor, { command, clusters: [name] }).kind !== 'denied');

/** Why there is nothing to fill in, where that is so. */
export const noForm = (clusters: readonly string[], { config, signer }: Setup): Message | undefined =>
  config.approvals === undefined || signer === undefined || clusters.length === 0
    ? renderFailure({ kind: 'not-set-up', cluster: null })
    : undefined;
