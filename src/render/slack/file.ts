import type { Report } from '../../report/report';
import { plain } from '../escape';
import { renderTerminal } from '../terminal';

export interface AttachedFile {
  readonly name: string;
  readonly title: string;
  readonly content: string;
}

/** Maximum characters of findings in the file; ten thousand ordinary findings need half of it. */
const room = 16_000_000;

/** Renders the full report as a text file, for when messages cannot hold it. */
export const renderFile = (
  report: Report,
  { requestId, runId }: { readonly requestId: string; readonly runId: string },
): AttachedFile => {
  const name = report.cluster.name.replace(/[^A-Za-z0-9.-]+/g, '-').slice(0, 60);
  const day = report.startedAt.replace(/[^0-9T]/g, '').slice(0, 15);
  return {
    name: `peering-${name}-${day}.txt`,
    title: `${plain(report.cluster.name, 60)}: full report`,
    content: `${renderTerminal(report, { colour: false, width: 100, verbose: true, room })}\nrun ${runId}, request ${requestId}, ${report.startedAt}\n`,
  };
};
