import type { Report } from '../../report/report';
import { plain } from '../escape';
import { renderTerminal } from '../terminal';

export interface AttachedFile {
  readonly name: string;
  readonly title: string;
  readonly content: string;
}

/** Characters of findings in the file. Ten thousand ordinary findings take half of it. */
const room = 16_000_000;

/** The whole report as readable text, for what messages cannot hold. */
export const renderFile = (
  report: Report,
  { requestId, runId }: { readonly requestId: string; readonly runId: string },
): AttachedFile => {
  const name = report.cluster.name.replace(/[^A-Za-z0-9.-]+/g, '-').slice(0, 60);
  const day = report.startedAt.replace(/[^0-9T]/g, '').slice(0, 15);
  return {
    name: `peering-${name}-${day}.txt`,
    title: `${plain(report.cluster.name, 60)}: the whole report`,
    content: `${renderTerminal(report, { colour: false, width: 100, verbose: true, room })}\nrun ${runId}, request ${requestId}, ${report.startedAt}\n`,
  };
};
