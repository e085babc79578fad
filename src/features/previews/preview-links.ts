import type { LinkUnfurls } from '@slack/types';
import { z } from 'zod';
import { visibleOrNone, visibleToAll } from '../../access/visible-clusters';
import { showsOnly, sidesShownBy } from '../../config/other-sides';
import { ownerOf } from '../../config/owners';
import { within } from '../../queue/within';
import type { RunReport } from '../../report/cluster-state';
import type { SlackContext } from '../../slack/define';
import { defineLinks, type SharedLinks } from '../../slack/define-event';
import type { Latest, Reports } from '../history';
import { type Preview, renderPreview } from './preview.message';
import { readLink, type UiLink } from './read-link';

export interface PreviewServices {
  readonly reports: Pick<Reports, 'latest' | 'find'>;
}

type Context = SlackContext<PreviewServices>;

/** Maximum links of a message that are read, and previews that it gets. */
const maxLinks = 50;
const maxPreviews = 5;

/** Redis answers in milliseconds, or not at all. */
const patienceMs = 3000;

/**
 * A message with links. While a person still writes it, Slack sends the event too, with `source: composer`: it is then not known
 * who will read it, and Slack sends another event once it is posted.
 */
const LinkShared = z.object({
  user: z.string(),
  channel: z.string().regex(/^[CGD][A-Z0-9]+$/),
  message_ts: z.string().regex(/^\d+\.\d+$/),
  source: z.literal('conversations_history').optional(),
  links: z.array(z.object({ url: z.string() })),
});

/** A link that is shown, with its address as Slack gave it. */
interface Linked {
  readonly url: string;
  readonly link: UiLink;
}

const findLinks = ({ urls }: SharedLinks, { config }: Context): readonly Linked[] =>
  [...new Set(urls)].slice(0, maxLinks).flatMap((url) => {
    const link = readLink(url, config);
    return link === undefined ? [] : [{ url, link }];
  });

/**
 * Lists the clusters of links and of the other sides of their peerings that every reader of the channel may see, and the person
 * too: a guest who posts a link learns nothing from it.
 */
const visibleIn = (links: readonly Linked[], context: Context): Promise<readonly string[]> => {
  const about = links.flatMap(({ link: { cluster } }) => [cluster.name, ...sidesShownBy({}, cluster)]);
  const shared = visibleToAll(context.actor.channel, 'check', context.config, [...new Set(about)]);
  return visibleOrNone(context.actor, 'check', context, shared);
};

/** Stored results of a cluster. */
interface Stored {
  readonly last: Latest | undefined;
  readonly report: RunReport | undefined;
}

const readStored = async (
  clusters: readonly string[],
  { reports }: Context,
): Promise<ReadonlyMap<string, Stored>> => {
  const latest = await reports.latest(clusters);
  return new Map(
    await Promise.all(
      clusters.map(async (cluster) => {
        const last = latest.get(cluster);
        return [cluster, { last, report: last && (await reports.find(last.run)) }] as const;
      }),
    ),
  );
};

const findingsAbout = (service: string, report: RunReport): number =>
  report.results
    .flatMap(({ findings }) => findings)
    .filter(({ muted, subject }) => muted === undefined && subject.name.split(/[\s,→]+/u).includes(service))
    .length;

/** Makes the preview of a link; undefined if it leads to another datacenter than that of its cluster. */
const previewOf = (
  { cluster, datacenter, peer, service }: UiLink,
  { last, report }: Stored,
  visible: readonly string[],
  { config }: Context,
): Preview | undefined => {
  const { name } = cluster;
  const found = report?.cluster.datacenter ?? '';
  if (datacenter !== undefined && found !== '' && found !== datacenter.toLowerCase()) return undefined;
  const { ui } = ownerOf(config, name) ?? {};
  const base = { cluster: name, links: { ui } };
  if (last === undefined) return { ...base, last: 'none' };
  if (!showsOnly(report ?? {}, cluster, visible)) return { ...base, last: 'hidden' };
  const known = last.peers?.find((one) => one.name === peer);
  return {
    ...base,
    last,
    peer: peer === undefined ? undefined : { ...known, name: peer },
    service:
      service === undefined || report === undefined
        ? undefined
        : { name: service, findings: findingsAbout(service, report) },
  };
};

const readPreviews = async (links: readonly Linked[], context: Context): Promise<LinkUnfurls> => {
  const visible = await visibleIn(links, context);
  const shown = links.filter(({ link }) => visible.includes(link.cluster.name)).slice(0, maxPreviews);
  if (shown.length === 0) return {};
  const stored = await readStored([...new Set(shown.map(({ link }) => link.cluster.name))], context);
  return Object.fromEntries(
    shown.flatMap(({ url, link }) => {
      const read = stored.get(link.cluster.name);
      const preview = read && previewOf(link, read, visible, context);
      return preview === undefined ? [] : [[url, { blocks: [...renderPreview(preview)] }] as const];
    }),
  );
};

/** Shows previews of links to Consul's UI, from stored results; it asks no cluster. */
export const previewLinks = defineLinks<PreviewServices>()({
  decode: (event) => {
    const { data } = LinkShared.safeParse(event);
    return (
      data && {
        user: data.user,
        channel: data.channel,
        ts: data.message_ts,
        urls: data.links.map(({ url }) => url),
      }
    );
  },
  previews: async (shared, context) => {
    const links = findLinks(shared, context);
    if (links.length === 0) return {};
    try {
      return await within(patienceMs, readPreviews(links, context));
    } catch (error) {
      context.log.error({ reason: String(error) }, 'previews of links could not be read');
      return {};
    }
  },
});
