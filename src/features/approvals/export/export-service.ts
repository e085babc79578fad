import { entryData } from '../../../checks/remediation/entry-data';
import type { Approvals } from '../store/approvals';
import type { ExportedServices } from '../../../consul/wire';
import { failure, type Result, success } from '../../../result';
import { digestOf } from '../../../signing/sign';
import { checkPaths } from '../runs/check-paths';
import { defineRunJob, type RunEnd, type Run } from '../runs/define-run-job';
import { readEntry } from '../plans/facts';
import { changedEntry, exportedWords, type ExportKind, isExported, undoneBy } from '../plans/plan-export';
import { isTrailProblem, trailWords } from '../store/trail-problems';
import type { LostRun } from '../runs/lost-run';
import { type ApprovalRecord, type EntryMark, undoWindowMs, type Work } from '../requests/request';
import type { Sides } from '../runs/sides';
import { writeEntry } from '../runs/write-peering';

/** A compare-and-set of the exported-services entry: Consul writes it only at the index that was approved. */

type EntryState =
  /** It is as the run was to write it, or the run's change is in it. */
  | { readonly kind: 'changed'; readonly message: string; readonly mark: EntryMark }
  | { readonly kind: 'unchanged' }
  /** Changed by another writer, without the run's change in it. */
  | { readonly kind: 'other' };

const exportOf = ({ service, peer }: ApprovalRecord['request']) => ({ service: service ?? '', peer });

const read = async (
  { acceptor }: Pick<Sides, 'acceptor'>,
  partition: string,
  signal?: AbortSignal,
): Promise<Result<{ readonly entry: ExportedServices; readonly index: number } | null>> => {
  const answer = await readEntry(acceptor.client, partition, signal);
  return answer.ok
    ? success(answer.value)
    : failure(`"${acceptor.cluster}" could not be read: ${answer.error.message}`);
};

const entryState = async (
  { request }: ApprovalRecord,
  mark: EntryMark,
  sides: Pick<Sides, 'acceptor'>,
): Promise<Result<EntryState>> => {
  const now = await read(sides, mark.partition);
  if (!now.ok) return now;
  const index = now.value?.index ?? 0;
  if (index === mark.index) return success({ kind: 'unchanged' });
  const there = isExported(now.value?.entry, exportOf(request)) === (request.kind === 'export');
  if (!there) return success({ kind: 'other' });
  const same = now.value !== null && digestOf(entryData(now.value.entry)['Services'] ?? []) === mark.planned;
  const message = same
    ? exportedWords(request)
    : `${exportedWords(request)}; the entry was changed again since`;
  return success({ kind: 'changed', message, mark: same ? { ...mark, written: index } : mark });
};

/** The work of a run that has written the entry: only at the index of that write may it be undone. */
const workWith = (entry: EntryMark): Work => ({ before: null, after: null, entry });

const writeExport = async ({ record, sides, context, before, mayWrite }: Run): Promise<RunEnd> => {
  const { request } = record;
  const { approvals } = context.tokens;
  const { partition, entry } = before.acceptor;
  const kind = request.kind as ExportKind;
  const planned = changedEntry(kind, before.acceptor, exportOf(request));
  const index = entry?.index ?? 0;
  const services = 'Services' in planned ? planned.Services : [];
  const mark: EntryMark = { partition, index, planned: digestOf(services) };
  if (!(await mayWrite(workWith(mark))))
    return { event: 'fail', message: 'stopped before anything was written' };
  const writer = { client: sides.acceptor.client, request, approvals };
  const written = await writeEntry(writer, { kind, entry: planned, index }, () => mayWrite());
  if (written.ok && written.value) {
    const now = await entryState(record, mark, sides);
    const newMark = now.ok && now.value.kind === 'changed' ? now.value.mark : mark;
    return {
      event: 'finish',
      message: exportedWords(request),
      facts: await checkPaths(request, context, context),
      work: workWith(newMark),
    };
  }
  if (written.ok)
    return { event: 'fail', message: 'nothing was written: the entry was changed after the approval' };
  if (!written.error.open) return { event: 'fail', message: `nothing was written: ${written.error.message}` };
  const state = await entryState(record, mark, sides);
  if (!state.ok) return { event: 'lose', message: `${written.error.message}; ${state.error}` };
  if (state.value.kind === 'changed')
    return { event: 'finish', message: state.value.message, work: workWith(state.value.mark) };
  return { event: 'fail', message: `nothing was written: ${written.error.message}` };
};

const undoWords = (reason: string): string => {
  if (isTrailProblem(reason)) return trailWords[reason];
  return reason === 'late'
    ? `the time to undo is over, ${undoWindowMs / 3_600_000} h after the change: submit a new request`
    : 'the request is not as the audit trail says';
};

/** The reason why nothing was undone, or may not be, and the end of the job. */
interface NotUndone {
  readonly as: string;
  readonly message: string;
}

const refused = (message: string) => failure<NotUndone>({ as: 'refused', message });

/** Undoes a change while the entry is as the change has left it. The value says what is done. */
export const undoExport = async (
  record: ApprovalRecord,
  sides: Sides,
  approvals: Approvals,
  by: Parameters<Approvals['beginUndo']>[1],
): Promise<Result<string, NotUndone>> => {
  const { request, work } = record;
  const { person } = by;
  const mark = work?.entry;
  const now = await read(sides, mark?.partition ?? '');
  if (!now.ok) return refused(now.error);
  // The index, not the contents: another approval may have changed the entry and put it back.
  if (mark?.written === undefined || now.value?.index !== mark.written)
    return refused('the entry was changed since');
  const begun = await approvals.beginUndo(record, by);
  if (!begun.ok) return failure({ as: begun.error, message: undoWords(begun.error) });
  const kind = undoneBy(request.kind as ExportKind);
  const { index } = now.value;
  const planned = changedEntry(kind, { entry: now.value, partition: mark.partition }, exportOf(request));
  const writer = { client: sides.acceptor.client, request, approvals, person };
  const written = await writeEntry(writer, { kind, entry: planned, index }, async () => true);
  if (!written.ok) {
    const after = await read(sides, mark.partition);
    const done = after.ok && isExported(after.value?.entry, exportOf(request)) === (kind === 'export');
    if (!done) return refused(written.error.message);
  } else if (!written.value) return refused('the entry was changed at the same time');
  return success(`undone: ${exportedWords({ ...request, kind })}`);
};

/** Finds out how a change of the entry that was cut off ended. */
export const reconcileExport = async (record: ApprovalRecord, sides: Sides): Promise<LostRun> => {
  const mark = record.work?.entry;
  if (mark === undefined)
    return { event: 'reconcile-undone', message: 'interrupted, and nothing was written' };
  const state = await entryState(record, mark, sides);
  if (!state.ok) return { wait: state.error };
  if (state.value.kind === 'changed')
    return {
      event: 'reconcile-done',
      message: state.value.message,
      work: workWith(state.value.mark),
    };
  const message =
    state.value.kind === 'unchanged'
      ? 'interrupted, and nothing was written: submit a new request'
      : 'interrupted; the entry was changed since, and the requested change is not in it: submit a new request';
  return { event: 'reconcile-undone', message };
};

export const exportService = defineRunJob({ name: 'export-service', kind: 'export', run: writeExport });
export const unexportService = defineRunJob({ name: 'unexport-service', kind: 'unexport', run: writeExport });
