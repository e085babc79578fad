import { z } from 'zod';
import type { ReceiverConfig, SecretRef } from './config';
import { isExposed } from './plain-http';
import { channelId, clusterWord, namesLike, object, secret, words } from './schema-parts';
import { omitUndefined } from '../omit-undefined';

/** Receivers of events in `clusters.yml`: webhooks and PagerDuty services. */

const urlHelp = 'expected an https address without a user, such as https://events.example/peering';

const url = z
  .string({ error: urlHelp })
  .refine(
    (text) => {
      if (!URL.canParse(text)) return false;
      const { protocol, username, password, hash } = new URL(text);
      return /^https?:$/.test(protocol) && `${username}${password}${hash}` === '' && !isExposed(text);
    },
    { error: urlHelp },
  )
  .meta({ pattern: String.raw`^[hH][tT]{2}[pP][sS]?://[^/?#@\s]+(?:[/?][^#]*)?$` });

const shared = {
  clusters: z
    .array(clusterWord, { error: 'expected a list of clusters' })
    .min(1, { error: 'expected a cluster, or no clusters for all' })
    .optional(),
  severity: z.enum(['error', 'warning'], { error: 'expected error or warning' }).optional(),
};

const webhook = object({ url, secret, ...shared });
const pagerDutyService = object({ routing_key: secret, url: url.optional(), ...shared });

const receiverName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;

/** Maximum receivers of each kind. */
const maxReceivers = 50;

const named = <T extends z.ZodType>(receiver: T, kind: string) =>
  z
    .record(z.string(), receiver, { error: `expected a map of ${kind} name to its settings` })
    .refine((all) => Object.keys(all).every((name) => receiverName.test(name)), {
      error: `expected names of letters, digits, "_" and "-", at most 40 of them`,
    })
    .refine((all) => Object.keys(all).length <= maxReceivers, {
      error: `expected at most ${maxReceivers} of them`,
    })
    .meta({ ...namesLike(receiverName), maxProperties: maxReceivers });

export const receiversShape = {
  webhooks: named(webhook, 'webhook').optional(),
  pagerduty: named(pagerDutyService, 'service').optional(),
};

type Receivers = {
  readonly [K in keyof typeof receiversShape]?: z.infer<(typeof receiversShape)[K]>;
};

/** The incoming webhook of Alertmanager. */
export const alertmanager = object({
  token: secret,
  channel: channelId,
  owner: words('a Slack user id, such as U012AB3CD', /^[UW][A-Z0-9]{2,}$/),
  label: words('the name of a label', /^[A-Za-z_][A-Za-z0-9_]{0,99}$/).optional(),
});

/** The address of Events API v2. */
const pagerDutyUrl = 'https://events.pagerduty.com/v2/enqueue';

/** Returns the receivers of a valid file. `at` makes the files of secrets absolute. */
export const toReceivers = (
  { webhooks = {}, pagerduty = {} }: Receivers,
  at: (ref: SecretRef) => SecretRef,
): readonly ReceiverConfig[] => [
  ...Object.entries(webhooks).map(([name, { url: to, secret: key, clusters, severity = 'warning' }]) => ({
    kind: 'webhook' as const,
    name,
    url: to,
    secret: at(key),
    severity,
    ...omitUndefined({ clusters }),
  })),
  ...Object.entries(pagerduty).map(
    ([name, { url: to = pagerDutyUrl, routing_key: key, clusters, severity = 'error' }]) => ({
      kind: 'pagerduty' as const,
      name,
      url: to,
      secret: at(key),
      severity,
      ...omitUndefined({ clusters }),
    }),
  ),
];
