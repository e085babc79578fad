import { z } from 'zod';
import { hoursHelp, parseWeekHours } from './on-call';
import { usergroupId } from './schema-parts';
import { parseZone } from './zone';

/** The schema of `oncall` of an owner in `clusters.yml`. */

const weekHours = z.string({ error: hoursHelp }).transform((text, context) => {
  const parsed = parseWeekHours(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.error });
  return z.NEVER;
});

const zoneHelp = 'expected a time zone, such as Europe/Berlin';

const zone = z.string({ error: zoneHelp }).transform((text, context) => {
  const parsed = parseZone(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: zoneHelp });
  return z.NEVER;
});

const onCallHelp =
  'expected the id of a user group, or { usergroup: S012AB3CD, severity: error or warning, hours: "mon-fri 08:00-18:00", zone: Europe/Berlin }';

/** A user group, or a user group with its limits. */
export const onCall = z.union(
  [
    usergroupId,
    z.strictObject({
      usergroup: usergroupId,
      severity: z.enum(['error', 'warning']).optional(),
      hours: z.union([weekHours, z.array(weekHours).min(1).max(20)]).optional(),
      zone: zone.optional(),
    }),
  ],
  { error: onCallHelp },
);
export type GivenOnCall = z.infer<typeof onCall>;
