import type { ConsulError } from '../../../consul/answer';
import type { ConsulClient } from '../../../consul/client';
import { mayHaveSucceeded } from '../../../consul/endpoints/peerings';
import { type Failure, failure, type Result, success } from '../../../result';
import type { ApprovalRequest } from '../requests/request';
import { botActor } from '../store/approvals';
import { metaKey } from '../plans/facts';
import type { Side } from './sides';
import type { TokenServices } from '../jobs/services';

/**
 * Every write to Consul, each sent once. The audit trail records it before it is sent: an entry without its effect shows
 * in the entries after it, but nobody would notice an effect without its entry.
 */

interface WriteFailure {
  /** True if it may have been done nevertheless. */
  readonly open: boolean;
  /** True if Consul answered, so that it does nothing more for this call. */
  readonly answered: boolean;
  readonly message: string;
}

export type Written<T> = Result<T, WriteFailure>;

const failed = (error: ConsulError): Failure<WriteFailure> =>
  failure({
    open: mayHaveSucceeded(error),
    answered: error.status !== undefined,
    message: error.message,
  });

interface Writer {
  readonly client: ConsulClient;
  readonly request: ApprovalRequest;
  readonly approvals: Pick<TokenServices['approvals'], 'remark'>;
  /** User id; the bot itself if nobody requested this write. */
  readonly person?: string | undefined;
}

/** Generates a token on the acceptor. The value is the secret itself, only for its reader. */
export const generate = async ({
  client,
  request,
  approvals,
  person,
}: Writer): Promise<Written<{ readonly token: string }>> => {
  const { id, peer, requester, externalAddresses } = request;
  const detail = `generates a token for ${peer}`;
  await approvals.remark(request, { action: 'generate', person: person ?? requester, detail });
  const answer = await client.generatePeeringToken(peer, {
    meta: { [metaKey]: id },
    serverExternalAddresses: externalAddresses,
  });
  return answer.ok ? success({ token: answer.value.PeeringToken }) : failed(answer.error);
};

/** Generates a token again and throws it away, which voids the one before it. */
export const voidByGenerating = async ({
  client,
  request,
  approvals,
  person = botActor,
}: Writer): Promise<Written<undefined>> => {
  const detail = `voids the token for ${request.peer} by generating another that nobody sees`;
  await approvals.remark(request, { action: 'void', person, detail });
  const answer = await client.generatePeeringToken(request.peer, { meta: { [metaKey]: request.id } });
  return answer.ok ? success(undefined) : failed(answer.error);
};

/** Establishes on the dialer with a token of the acceptor. Consul replaces the `Meta` of a peering that exists. */
export const establish = async (
  { client, request, approvals, person }: Writer,
  token: string,
  meta: Readonly<Record<string, string>> = {},
): Promise<Written<undefined>> => {
  const { id, dialer, dialerPeer, requester } = request;
  const name = dialerPeer ?? '';
  await approvals.remark(request, {
    action: 'establish',
    person: person ?? requester,
    detail: `establishes ${name}`,
    cluster: dialer ?? undefined,
  });
  const answer = await client.establishPeering(name, token, { meta: { ...meta, [metaKey]: id } });
  return answer.ok ? success(undefined) : failed(answer.error);
};

/**
 * Deletes a peering that was approved for deletion. `mayWrite` is asked last, so that a run that was suspended while the trail
 * was written deletes nothing.
 */
export const deleteApproved = async (
  { client, request, approvals }: Writer,
  { cluster, name }: Pick<Side, 'cluster' | 'name'>,
  mayWrite: () => Promise<boolean>,
): Promise<Written<undefined>> => {
  const detail = `deletes the peering ${name}`;
  await approvals.remark(request, { action: 'delete', person: request.requester, detail, cluster });
  if (!(await mayWrite())) return failure({ open: false, answered: false, message: 'the run was stopped' });
  const answer = await client.deletePeering(name);
  return answer.ok ? success(undefined) : failed(answer.error);
};

/** Writes the exported-services entry if it still has the approved index; false: it was written meanwhile. */
export const writeEntry = async (
  { client, request, approvals, person }: Writer,
  { kind, entry, index }: { readonly kind: string; readonly entry: object; readonly index: number },
  mayWrite: () => Promise<boolean>,
): Promise<Written<boolean>> => {
  const { service, peer, requester } = request;
  const detail = `${kind}s ${service ?? ''} to ${peer} at index ${index}`;
  await approvals.remark(request, { action: 'write-entry', person: person ?? requester, detail });
  if (!(await mayWrite())) return failure({ open: false, answered: false, message: 'the run was stopped' });
  const answer = await client.writeConfigEntry(entry, index);
  return answer.ok ? success(answer.value) : failed(answer.error);
};

/** Deletes a peering that the caller has just seen to be made by this request, and not in use. */
export const deleteOwn = async (
  { client, request, approvals, person = botActor }: Writer,
  cluster: string,
  name: string,
): Promise<Written<undefined>> => {
  const detail = `deletes the peering ${name} that this request made`;
  await approvals.remark(request, { action: 'delete', person, detail, cluster });
  const answer = await client.deletePeering(name);
  return answer.ok ? success(undefined) : failed(answer.error);
};
