import { parseIsoTime } from './parse-iso-time';
import { z } from 'zod';
import { failure, type Result, success } from '../result';
import { commandNames } from './commands';
import { parseDuration } from './duration';
import { didYouMean } from './suggest-name';
import { isPattern, matchClusters } from './match-clusters';
import { isOwnerSelector, type Owners, suggestSelector } from './owner-selectors';
import { findOwnerProblems, owner, ownerDefaults } from './owner-schema';
import { resolveOwners } from './owners';
import { isExposed } from './plain-http';
import { vantagePointPattern } from './probe-queue';
import { alertmanager, receiversShape } from './receivers-schema';
import {
  anyOfLists,
  approverSet,
  asMap,
  channelId,
  clusterWord,
  filePath,
  ids,
  namesLike,
  type NameProblem,
  object,
  secret,
  together,
  usergroupIds,
  words,
} from './schema-parts';
import { isServerAddress, maxServerAddresses } from './server-addresses';
import { isCron, parseWhen } from './when';
import { parseZone } from './zone';

/**
 * Schema of `clusters.yml`. Every message says what was expected; for an unknown key, it suggests the nearest known one.
 * No message repeats a value, because any value could be a secret in the wrong field.
 */

const tenant = words('the name of a datacenter, partition or namespace', /^[A-Za-z0-9_-]{1,64}$/);

const addressHelp =
  'expected the origin of the HTTP API, such as https://consul.example:8501, without a path, a user or a query';

/** For editors; the bot parses the address. */
const originPattern = String.raw`^[hH][tT]{2}[pP][sS]?://[^/?#@\s]+/?$`;

const originOnly = (help: string) =>
  z
    .string({ error: help })
    .meta({ pattern: originPattern })
    .transform((value, context) => {
      const url = URL.canParse(value) ? new URL(value) : undefined;
      const bare =
        url !== undefined &&
        (url.protocol === 'http:' || url.protocol === 'https:') &&
        url.username === '' &&
        url.password === '' &&
        url.pathname === '/' &&
        url.search === '' &&
        url.hash === '';
      if (!bare) {
        context.addIssue({ code: 'custom', message: help });
        return z.NEVER;
      }
      return url.origin;
    });

const address = originOnly(addressHelp);

const proxy = object({
  address: originOnly(
    'expected the origin of a forward proxy, such as http://proxy.example:3128; user and password have fields of their own',
  ),
  user: words(
    'the user name at the proxy, without spaces and ":"',
    /^[\x21-\x39\x3b-\x7e]{1,256}$/,
  ).optional(),
  password: secret.optional(),
})
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    error: 'user and password go together: expected both or neither',
  })
  .meta(together('user', 'password'));

const vantagePoint = words('a name of at most 32 of a-z, 0-9 and "-"', vantagePointPattern);

const serverAddressHelp = 'expected host:port, such as consul.example:8503';

const serverAddress = z
  .string({ error: serverAddressHelp })
  .refine(isServerAddress, { error: serverAddressHelp })
  .meta({ pattern: String.raw`^[^\s/]+:[0-9]{1,5}$` });

const gatewayToken = z
  .strictObject(
    {
      gateway: words('the service name of a mesh gateway', /^\S{1,253}$/),
      accessor: words('the accessor id of a token', /^[0-9a-fA-F-]{8,36}$/).optional(),
      role: words('the name of a role', /^\S{1,256}$/).optional(),
      policy: words('the name of a policy', /^\S{1,128}$/).optional(),
    },
    { error: 'expected a map with gateway and one of accessor, role, policy' },
  )
  .refine(
    ({ accessor, role, policy }) => [accessor, role, policy].filter((one) => one !== undefined).length === 1,
    {
      error: 'expected gateway and exactly one of accessor, role, policy',
    },
  )
  .meta({ oneOf: ['accessor', 'role', 'policy'].map((field) => ({ required: [field] })) });

const clusterShape = object({
  address,
  token: secret.optional(),
  tls: object({
    ca_file: filePath.optional(),
    cert_file: filePath.optional(),
    key_file: filePath.optional(),
    server_name: words('a host name', /^[A-Za-z0-9.-]{1,253}$/).optional(),
  })
    .refine((tls) => (tls.cert_file === undefined) === (tls.key_file === undefined), {
      error: 'cert_file and key_file go together: expected both or neither',
    })
    .meta(together('cert_file', 'key_file'))
    .optional(),
  proxy: proxy.optional(),
  allow_plain_http: z.boolean({ error: 'expected true or false' }).optional(),
  datacenter: tenant.optional(),
  partition: tenant.optional(),
  namespace: tenant.optional(),
  gateway_tokens: z
    .array(gatewayToken, { error: 'expected a list of { gateway: NAME, accessor: … }' })
    .optional(),
  peers: z
    .record(z.string(), words('the name of a configured cluster', /^\S+$/), {
      error: 'expected a map of peer name to configured cluster',
    })
    .optional(),
  peering_token: secret.optional(),
  server_external_addresses: z
    .array(serverAddress, { error: 'expected a list of host:port' })
    .refine((list) => list.length > 0 && list.length <= maxServerAddresses, {
      error: `expected 1 to ${maxServerAddresses} addresses`,
    })
    .meta({ minItems: 1, maxItems: maxServerAddresses })
    .optional(),
  probe: z
    .union([z.boolean(), object({ from: vantagePoint })], {
      error: 'expected true, false or { from: NAME }',
    })
    .optional(),
  owner: owner.optional(),
});
export type Cluster = z.infer<typeof clusterShape>;

const cluster = clusterShape.refine(
  ({ address: origin, token, peering_token, allow_plain_http, proxy: through }) =>
    (token ?? peering_token) === undefined ||
    allow_plain_http === true ||
    !isExposed(origin, through?.address),
  {
    path: ['address'],
    error:
      'the token would be sent over plain HTTP, where others can read it: expected https://, or allow_plain_http: true if you accept that',
  },
);

const userIds = ids(
  'Slack user ids, such as U012AB3CD (or "*" for every full member)',
  /^(?:[UW][A-Z0-9]{2,}|\*)$/,
);

const allowed = z.enum(['*', ...commandNames], {
  error: ({ input }) =>
    typeof input === 'string'
      ? `unknown command${didYouMean(input, commandNames) || `; commands are ${commandNames.join(', ')}`}`
      : 'expected a command',
});

const grant = object({
  allow: z
    .array(allowed, { error: 'expected a list of commands, or ["*"]' })
    .min(1, { error: 'expected a command' }),
  clusters: z
    .array(words('a cluster name or glob', /^\S+$/), { error: 'expected a list of clusters' })
    .optional(),
  users: userIds.optional(),
  usergroups: usergroupIds.optional(),
  channels: z.array(channelId, { error: 'expected a list of channel ids' }).optional(),
})
  .refine(({ users = [], usergroups = [] }) => users.length + usergroups.length > 0, {
    error: 'a grant names people: expected users or usergroups (channels and clusters only narrow it)',
  })
  .meta(anyOfLists('users', 'usergroups'));

/** An item of `access` that restricts the commands which are open by default. */
const restriction = z.strictObject({ restrict: z.boolean({ error: 'expected true or false' }) });

/** Both kinds of items of `access`, for the JSON Schema. As a parser, it would not say what is wrong with an item. */
export const AccessItem = z.union([restriction, grant]);

const accessItem = z.unknown().transform((value, context) => {
  const isRestriction = typeof value === 'object' && value !== null && 'restrict' in value;
  const parsed = (isRestriction ? restriction : grant).safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { message, path } of parsed.error.issues)
    context.addIssue({ code: 'custom', message, path: [...path] });
  return z.NEVER;
});

const count = (expected: string, max: number) =>
  z
    .number({ error: `expected ${expected}` })
    .int({ error: `expected ${expected}` })
    .min(1, { error: `expected ${expected}` })
    .max(max, { error: `expected ${expected}` });

const duration = z
  .string({ error: 'expected a duration, such as 30m' })
  .meta({ pattern: String.raw`^\s*\d{1,6}\s*[smhdwSMHDW]\s*$` })
  .transform((value, context) => {
    const ms = parseDuration(value);
    if (ms === undefined || ms < 60_000 || ms > 604_800_000) {
      context.addIssue({ code: 'custom', message: 'expected a duration from 1m to 7d, such as 30m' });
      return z.NEVER;
    }
    return ms;
  });

const scheduleHelp =
  'expected a schedule, such as "daily 09:00", "weekdays 8:30", "mondays 09:00", "every 6h" or five fields of cron';

/** A schedule of which a message may say more, since it holds nothing but times. */
const isPlainSchedule = (text: string): boolean => isCron(text) || /^every \d{1,4} ?[a-z]{1,7}$/i.test(text);

const zoneHelp = 'expected a time zone, such as Europe/Berlin';

const digest = object({
  channel: channelId,
  owner: words('a Slack user id, such as U012AB3CD', /^[UW][A-Z0-9]{2,}$/),
  clusters: z
    .array(clusterWord, { error: 'expected a list of clusters' })
    .min(1, { error: 'expected a cluster' })
    .max(100, { error: 'expected at most 100 names, globs and selectors' }),
  schedule: z.string({ error: scheduleHelp }),
  timezone: z
    .string({ error: zoneHelp })
    .transform((text, context) => {
      const zone = parseZone(text);
      if (zone.ok) return zone.value;
      const message = `${zoneHelp}${didYouMean(text, Intl.supportedValuesOf('timeZone'))}`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .optional(),
  only_changes: z.boolean({ error: 'expected true or false' }).optional(),
}).transform(({ schedule, timezone = 'UTC', ...given }, context) => {
  const parsed = isCron(schedule)
    ? parseWhen([schedule], timezone)
    : parseWhen(schedule.split(/\s+/), timezone);
  if (parsed.ok && parsed.value.rest.length === 0) return { ...given, when: parsed.value.when };
  const message = !parsed.ok && isPlainSchedule(schedule) ? `${scheduleHelp}: ${parsed.error}` : scheduleHelp;
  context.addIssue({ code: 'custom', path: ['schedule'], message });
  return z.NEVER;
});

const untilHelp = 'expected a date, such as 2026-12-31, or a time, such as 2026-12-31T18:00:00Z';

const isoDate = String.raw`\d{4}-\d{2}-\d{2}`;
const isoTime = String.raw`T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})`;

/** The end of a mute or of a severity, as ISO 8601; a date ends with its day, in UTC. */
const until = z
  .string({ error: untilHelp })
  .meta({ pattern: `^${isoDate}(?:${isoTime})?$` })
  .transform((text, context) => {
    const isDate = new RegExp(`^${isoDate}$`).test(text);
    const isTime = new RegExp(`^${isoDate}${isoTime}$`).test(text);
    const ms = parseIsoTime(isDate ? `${text}T00:00:00Z` : text);
    if ((isDate || isTime) && ms !== undefined) return isDate ? ms + 86_400_000 : ms;
    context.addIssue({ code: 'custom', message: untilHelp });
    return z.NEVER;
  });

/** Fields that mutes and severities have in common. */
const ruleShape = {
  clusters: z
    .array(clusterWord, { error: 'expected a list of clusters' })
    .min(1, { error: 'expected a cluster, or no clusters for all' })
    .optional(),
  check: words('the id of a check or a glob', /^[a-z0-9*?-]{1,80}$/),
  subject: words('the name of a subject, as findings show it', /^[^\n]{1,300}$/).optional(),
  owner: words('the owner: a Slack user id or a name', /^[^\n]{1,80}$/),
  reason: words('the reason, of at most 300 characters', /^[^\n]{1,300}$/),
};

const mute = object({ ...ruleShape, until });

const severity = object({
  ...ruleShape,
  severity: z.enum(['error', 'warning', 'info'], { error: 'expected error, warning or info' }),
  until: until.optional(),
});

/** A name that `/peering check NAME` accepts without quotes; `all` is a word of the digest command. */
const clusterName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const reservedNames = ['all'];

/** The name of a digest, which commands take as its id. Ids of digests that people add have four letters. */
const digestName = /^[a-z][a-z0-9-]{4,39}$/;

/** Maximum mutes, and maximum severities, of a file. */
const maxRules = 500;

/** Maximum digests of a file. */
const maxDigests = 100;

export const ClustersFile = object({
  clusters: z
    .record(z.string(), cluster, { error: 'expected a map of cluster name to its settings' })
    .meta(namesLike(clusterName, reservedNames)),
  owners: ownerDefaults.optional(),
  access: z.array(accessItem, { error: 'expected a list of grants' }).optional(),
  approvals: object({
    channel: channelId,
    approvers: approverSet,
    expires: duration.optional(),
  }).optional(),
  history: object({
    reports: count('a number of reports from 1 to 1000', 1000).optional(),
    days: count('a number of days from 1 to 365', 365).optional(),
  }).optional(),
  ...receiversShape,
  alertmanager: alertmanager.optional(),
  digests: z
    .record(z.string(), digest, { error: 'expected a map of digest name to its settings' })
    .refine((digests) => Object.keys(digests).length <= maxDigests, {
      error: `expected at most ${maxDigests} digests`,
    })
    .meta({ ...namesLike(digestName), maxProperties: maxDigests })
    .optional(),
  mutes: z
    .array(mute, { error: 'expected a list of mutes' })
    .max(maxRules, { error: `expected at most ${maxRules} mutes` })
    .optional(),
  severity: z
    .array(severity, { error: 'expected a list of { check: …, severity: … }' })
    .max(maxRules, { error: `expected at most ${maxRules} severities` })
    .optional(),
});
export type ClustersFile = z.infer<typeof ClustersFile>;

/** Finds the clusters of a raw document that have no mistakes, even if other parts have some. */
export const findSoundClusters = (data: unknown): readonly (readonly [name: string, given: Cluster])[] =>
  Object.entries(asMap(asMap(data)['clusters'])).flatMap(([name, given]) => {
    const parsed = clusterShape.safeParse(given);
    return parsed.success ? [[name, parsed.data] as const] : [];
  });

const ownedFile = z.object({
  clusters: z.record(z.string(), z.object({ owner: owner.optional() })),
  owners: ownerDefaults.optional(),
});

/** Reads the owners of a raw document. A failure means mistakes, which the schema reports. */
const readOwners = (data: unknown): Result<Owners> => {
  const parsed = ownedFile.safeParse(data);
  return parsed.success
    ? success(resolveOwners(parsed.data.clusters, parsed.data.owners))
    : failure('the owners have mistakes');
};

const unmatchedHelp = (word: string, names: readonly string[], owners: Owners): string => {
  if (!isPattern(word)) return `no cluster of that name is configured${didYouMean(word, names)}`;
  if (!isOwnerSelector(word)) return 'no configured cluster matches: expected a glob that matches one';
  const suggestion = suggestSelector(word, names, owners);
  return `no configured cluster has that owner or label${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`;
};

/** Finds mistakes in names of digests, and words that match no configured cluster. */
const findDigestProblems = (data: unknown): readonly NameProblem[] => {
  const names = Object.keys(asMap(asMap(data)['clusters']));
  const owners = readOwners(data);
  const isMatched = (word: string): boolean =>
    isOwnerSelector(word) && !owners.ok
      ? true
      : matchClusters([word], names, owners.ok ? owners.value : undefined).gone.length === 0;
  return Object.entries(asMap(asMap(data)['digests'])).flatMap(([name, given]) => {
    const words: unknown = asMap(given)['clusters'];
    return [
      ...(digestName.test(name)
        ? []
        : [
            {
              path: ['digests', name],
              message: 'expected a digest name of 5 to 40 lower-case letters, digits and "-", a letter first',
            },
          ]),
      ...(Array.isArray(words) ? words : []).flatMap((word: unknown, index) =>
        typeof word !== 'string' || isMatched(word)
          ? []
          : [
              {
                path: ['digests', name, 'clusters', String(index)],
                message: unmatchedHelp(word, names, owners.ok ? owners.value : undefined),
              },
            ],
      ),
    ];
  });
};

/**
 * Finds mistakes in names of clusters and digests, and references to unknown clusters. Reads the raw document, so that
 * these are reported together with other mistakes.
 */
export const findNameProblems = (data: unknown): readonly NameProblem[] => [
  ...findClusterProblems(data),
  ...findDigestProblems(data),
  ...findOwnerProblems(data),
];

const findClusterProblems = (data: unknown): readonly NameProblem[] => {
  const clusters = asMap(asMap(data)['clusters']);
  const names = Object.keys(clusters);
  return names.flatMap((name) => [
    ...(clusterName.test(name) && !reservedNames.includes(name)
      ? []
      : [
          {
            path: ['clusters', name],
            message:
              'expected a cluster name of letters, digits, ".", "_" and "-", at most 64 of them, and not "all"',
          },
        ]),
    ...Object.entries(asMap(asMap(clusters[name])['peers'])).flatMap(([peer, target]) =>
      typeof target !== 'string' || names.includes(target)
        ? []
        : [
            {
              path: ['clusters', name, 'peers', peer],
              message: `no cluster of that name is configured${didYouMean(
                target,
                names.filter((other) => other !== name),
              )}`,
            },
          ],
    ),
  ]);
};
