import type { LostRun } from '../runs/lost-run';
import type { ApprovalRecord, Work } from '../requests/request';
import { readSide, type Side, type Sides } from '../runs/sides';

type DisconnectState =
  | { readonly kind: 'gone'; readonly facts: readonly string[] }
  /** At least one of the peerings exists. `facts` has a sentence for each side, `terminated` the sides that are TERMINATED. */
  | {
      readonly kind: 'left';
      readonly facts: readonly string[];
      readonly deleted: boolean;
      readonly terminated: readonly Side[];
    }
  /** Consul is still deleting, or a cluster does not answer. */
  | { readonly kind: 'waiting'; readonly message: string };

/** Reads which of the peerings that a disconnect was approved for still exist. Another one of the same name is none of them. */
export const disconnectState = async (
  { before, dialer: beforeOnDialer = null }: Work,
  { acceptor, dialer }: Sides,
  signal?: AbortSignal,
): Promise<DisconnectState> => {
  const approved = [
    { side: acceptor, mark: before },
    { side: dialer, mark: beforeOnDialer },
  ].flatMap(({ side, mark }) => (side && mark ? [{ side, mark }] : []));
  const facts: string[] = [];
  const terminated: Side[] = [];
  let left = 0;
  for (const { side, mark } of approved) {
    const read = await readSide(side, signal);
    if (!read.ok) return { kind: 'waiting', message: read.error };
    const { value: now } = read;
    if (now?.id !== mark.id) {
      facts.push(`the peering ${side.name} on ${side.cluster} is deleted`);
      if (now !== null) facts.push(remadeFact(side));
    } else if (now.state === 'DELETING') {
      return { kind: 'waiting', message: `${side.cluster} is deleting the peering ${side.name}` };
    } else {
      left += 1;
      if (now.state === 'TERMINATED') terminated.push(side);
      facts.push(`the peering ${side.name} on ${side.cluster} is ${now.state} and was not deleted`);
    }
  }
  return left === 0
    ? { kind: 'gone', facts }
    : { kind: 'left', facts, deleted: left < approved.length, terminated };
};

const remadeFact = ({ cluster, name }: Side): string =>
  `warning: ${cluster} has a new peering ${name}: something made it again, such as a resource in Kubernetes`;

/** Describes the peerings that are left, and how to delete them. */
export const leftWords = (deleted: boolean): string =>
  deleted ? 'one side is deleted and the other is left: run disconnect again' : 'nothing was deleted';

/** Finds out how a disconnect that was cut off ended. It repeats no deletion: people approve the rest again. */
export const reconcileDisconnect = async ({ work }: ApprovalRecord, sides: Sides): Promise<LostRun> => {
  if (work === null) return { event: 'reconcile-undone', message: 'interrupted, and nothing was deleted' };
  const state = await disconnectState(work, sides);
  if (state.kind === 'waiting') return { wait: state.message };
  if (state.kind === 'gone')
    return { event: 'reconcile-done', message: 'the peering is deleted on both sides', facts: state.facts };
  const message = `interrupted: ${leftWords(state.deleted)}`;
  return { event: 'reconcile-undone', message, facts: state.facts };
};
