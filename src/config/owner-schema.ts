import { z } from 'zod';
import { isPattern, matchClusters } from './match-clusters';
import { onCall } from './on-call-schema';
import { approverSet, asMap, channelId, type NameProblem, object, usergroupId, words } from './schema-parts';
import { didYouMean } from './suggest-name';

/** The schema of owners in `clusters.yml`. */

const webAddressHelp =
  'expected an address of a web page, such as https://wiki.example/consul, without a user';

const webAddress = z
  .string({ error: webAddressHelp })
  .refine(
    (text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      return (
        url !== undefined &&
        (url.protocol === 'https:' || url.protocol === 'http:') &&
        url.username === '' &&
        url.password === '' &&
        !/[\s|<>]/.test(text) &&
        text.length <= 2000
      );
    },
    { error: webAddressHelp },
  )
  .meta({ pattern: String.raw`^[hH][tT]{2}[pP][sS]?://[^/?#@\s|<>]+(?:[/?#][^\s|<>]*)?$`, maxLength: 2000 });

const labelHelp =
  'expected a map of label to value, such as { env: prod }, of letters, digits, ".", "_", "/" and "-"';
const labelWord = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/;

const labels = z.record(z.string().regex(labelWord, { error: labelHelp }), words('a value', labelWord), {
  error: labelHelp,
});

const ownerShape = {
  /** Selects its clusters in commands, as `owner:NAME`. */
  name: words('a name of letters, digits, ".", "_" and "-"', /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/).optional(),
  usergroup: usergroupId.optional(),
  channel: channelId.optional(),
  /** Default: the members of the user group. */
  approvers: approverSet.optional(),
  oncall: onCall.optional(),
  runbook: webAddress.optional(),
  ui: webAddress.optional(),
  labels: labels.optional(),
  same_person: z.boolean({ error: 'expected true or false' }).optional(),
};

/** The owner of one cluster. What it leaves out comes from `owners`. */
export const owner = object(ownerShape);
export type GivenOwner = z.infer<typeof owner>;

/** Maximum entries of `owners`. */
const maxOwners = 500;

/** Owners of the clusters that match. */
export const ownerDefaults = z
  .array(
    object({
      clusters: z
        .array(words('a cluster name or glob', /^\S{1,64}$/), { error: 'expected a list of clusters' })
        .min(1, { error: 'expected a cluster' }),
      ...ownerShape,
      usergroup: usergroupId,
      channel: channelId,
    }),
    { error: 'expected a list of { clusters: […], usergroup: …, channel: … }' },
  )
  .max(maxOwners, { error: `expected at most ${maxOwners} owners` });
export type OwnerDefaults = z.infer<typeof ownerDefaults>;

const matches = (row: unknown, cluster: string): boolean => {
  const given: unknown = asMap(row)['clusters'];
  const patterns = Array.isArray(given) ? given.filter((word) => typeof word === 'string') : [];
  return matchClusters(patterns, [cluster], undefined).clusters.length > 0;
};

/** Finds owners of clusters without a group or a channel, and words of `owners` that match no configured cluster. */
export const findOwnerProblems = (data: unknown): readonly NameProblem[] => {
  const clusters = asMap(asMap(data)['clusters']);
  const names = Object.keys(clusters);
  const given: unknown = asMap(data)['owners'];
  const rows: readonly unknown[] = Array.isArray(given) ? given : [];
  const incomplete = names.flatMap((name): NameProblem[] => {
    const own = asMap(clusters[name])['owner'];
    if (own === undefined || own === null) return [];
    const { usergroup, channel } = asMap(own);
    const path = ['clusters', name, 'owner'];
    if (usergroup === undefined)
      return rows.some((row) => matches(row, name))
        ? []
        : [
            {
              path,
              message: 'has no group: expected usergroup, or an entry of owners that matches the cluster',
            },
          ];
    return channel === undefined
      ? [{ path, message: 'has no channel: expected one, because a usergroup of its own takes no default' }]
      : [];
  });
  const unmatched = rows.flatMap((row, index) => {
    const patterns: unknown = asMap(row)['clusters'];
    return (Array.isArray(patterns) ? patterns : []).flatMap((word: unknown, at): NameProblem[] =>
      typeof word !== 'string' || matchClusters([word], names, undefined).gone.length === 0
        ? []
        : [
            {
              path: ['owners', String(index), 'clusters', String(at)],
              message: isPattern(word)
                ? 'no configured cluster matches: expected a glob that matches one'
                : `no cluster of that name is configured${didYouMean(word, names)}`,
            },
          ],
    );
  });
  return [...incomplete, ...unmatched];
};
