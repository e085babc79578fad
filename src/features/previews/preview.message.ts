import type { KnownBlock } from '@slack/types';
import { code, prose } from '../../render/escape';
import { buttonRow, moment, section } from '../../render/slack/blocks';
import { consulButton, type OwnerLinks } from '../../render/slack/owner-links';
import { count, verdictIcon, verdictPhrase } from '../../render/words';
import { type Latest, runAgainButton, runWords } from '../history';

/** The state of a peering in the newest run. */
interface PreviewedPeer {
  readonly name: string;
  /** Absent if the run did not find it. */
  readonly state?: string | undefined;
  /** ISO 8601. */
  readonly lastHeardAt?: string | undefined;
}

export interface Preview {
  readonly cluster: string;
  /** Newest whole check; `none` if there was none, `hidden` if it may be about more than the channel may see. */
  readonly last: Pick<Latest, 'verdict' | 'at' | 'findings'> | 'none' | 'hidden';
  readonly peer?: PreviewedPeer | undefined;
  /** The service that the link is about, and the number of findings that name it. */
  readonly service?: { readonly name: string; readonly findings: number } | undefined;
  readonly links: OwnerLinks;
}

const summaryOf = (cluster: string, last: Preview['last']): string => {
  const name = prose(cluster, 64);
  if (last === 'none') return `▫️ *${name}* · not checked yet`;
  if (last === 'hidden') return `▫️ *${name}* · the last check is not shown in this channel`;
  const { verdict, findings, at } = last;
  const facts = [
    `${verdictIcon[verdict]} *${verdictPhrase(verdict, name, null)}*`,
    findings === undefined ? '' : runWords({ verdict, findings }),
    moment(at, 'checked {ago}'),
  ];
  return facts.filter((fact) => fact !== '').join(' · ');
};

const peerLine = ({ name, state, lastHeardAt }: PreviewedPeer): string => {
  const called = `peering ${code(name, 64)}`;
  if (state === undefined) return `${called}: not found by the last check`;
  const heard = lastHeardAt === undefined ? '' : moment(lastHeardAt, ', last heard {ago}');
  return `${called}: ${prose(state, 20)}${heard}`;
};

/** Renders the preview of a link to Consul's UI. */
export const renderPreview = ({ cluster, last, peer, service, links }: Preview): readonly KnownBlock[] => [
  section(
    [
      summaryOf(cluster, last),
      peer === undefined ? '' : peerLine(peer),
      service === undefined
        ? ''
        : `service ${code(service.name, 64)}: named in ${count(service.findings, 'finding')}`,
    ]
      .filter((line) => line !== '')
      .join('\n'),
  ),
  ...buttonRow([consulButton(links), runAgainButton({ cluster, peer: null }, 'Check')]),
];
