import type { Report } from '../../report/report';
import { plain } from '../escape';
import { terminalLines } from '../terminal';

export interface AttachedFile {
  readonly name: string;
  readonly title: string;
  readonly content: string;
}

/** Maximum characters of findings in the file; ten thousand ordinary findings need half of it. */
const room = 16_000_000;

/** A file of many lines, which are rendered one by one as they are read. */
export interface FileInLines extends Omit<AttachedFile, 'content'> {
  readonly lines: Iterable<string>;
}

/** Renders the full report as a text file, for when messages cannot hold it. */
export const renderFile = (
  report: Report,
  { requestId, runId }: { readonly requestId: string; readonly runId: string },
): FileInLines => {
  const name = report.cluster.name.replace(/[^A-Za-z0-9.-]+/g, '-').slice(0, 60);
  const day = report.startedAt.replace(/[^0-9T]/g, '').slice(0, 15);
  return {
    name: `peering-${name}-${day}.txt`,
    title: `${plain(report.cluster.name, 64)}: full report`,
    lines: linesOf(report, `run ${runId}, request ${requestId}, ${report.startedAt}`),
  };
};

function* linesOf(report: Report, last: string): Generator<string> {
  yield* terminalLines(report, { colour: false, width: 100, verbose: true, room });
  yield '';
  yield last;
}
