import { isOnCall, parseWeekHours } from '../../src/config/on-call';
import { ownerOf } from '../../src/config/owners';
import { parseClustersFile } from '../../src/config/parse-clusters-file';

const hoursOf = (text: string) => {
  const parsed = parseWeekHours(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return [parsed.value];
};

describe('hours on call', () => {
  it.each([
    ['mon-fri 08:00-18:00', 'Europe/Berlin', '2026-11-23T07:00:00Z', true],
    ['mon-fri 08:00-18:00', 'Europe/Berlin', '2026-11-23T06:59:59Z', false],
    ['mon-fri 08:00-18:00', 'Europe/Berlin', '2026-11-27T16:59:59Z', true],
    ['mon-fri 08:00-18:00', 'Europe/Berlin', '2026-11-27T17:00:00Z', false],
    ['mon-fri 08:00-18:00', 'Europe/Berlin', '2026-11-28T12:00:00Z', false],
    // The clock was changed on 25 October 2026.
    ['daily 8:00-9:00', 'Europe/Berlin', '2026-10-24T06:30:00Z', true],
    ['daily 8:00-9:00', 'Europe/Berlin', '2026-10-26T06:30:00Z', false],
    // Over midnight: the hours belong to the day on which they begin.
    ['sat 20:00-06:00', 'UTC', '2026-11-28T20:00:00Z', true],
    ['sat 20:00-06:00', 'UTC', '2026-11-29T05:59:00Z', true],
    ['sat 20:00-06:00', 'UTC', '2026-11-28T05:59:00Z', false],
    ['fri-mon 00:00-24:00', 'UTC', '2026-11-30T23:59:00Z', true],
    ['fri-mon 00:00-24:00', 'UTC', '2026-12-01T00:00:00Z', false],
    ['weekends 10:00-16:00', 'UTC', '2026-11-29T10:00:00Z', true],
    ['tue,thu 10:00-16:00', 'UTC', '2026-11-26T10:00:00Z', true],
    ['tue,thu 10:00-16:00', 'UTC', '2026-11-25T10:00:00Z', false],
  ])('%s in %s at %s: %s', (text, zone, iso, expected) => {
    expect(isOnCall({ hours: hoursOf(text), zone }, Date.parse(iso))).toBe(expected);
  });

  it('are always, without any', () => {
    expect(isOnCall({ hours: [], zone: 'UTC' }, 0)).toBe(true);
  });

  it.each([
    '',
    'mon-fri',
    '08:00-18:00',
    'mon-fry 08:00-18:00',
    'mon-tue-wed 08:00-18:00',
    'mon 18',
    'mon 08:00-25:00',
    'mon 08:60-18:00',
    'mon 08:00-08:00',
    'mon 24:00-08:00',
    'mon 08:00-18:00 UTC',
    '__proto__ 08:00-18:00',
    'constructor 08:00-18:00',
  ])('are not %j', (text) => {
    expect(parseWeekHours(text).ok).toBe(false);
  });
});

const parse = (oncall: string) =>
  parseClustersFile(
    `clusters:
  east: { address: "https://x:8501", owner: { usergroup: S0TEAM, channel: C0TEAM, oncall: ${oncall} } }
`,
    'clusters.yml',
  );

describe('oncall', () => {
  it.each([
    ['S0CALL', { usergroup: 'S0CALL', severity: 'error', hours: [], zone: 'UTC' }],
    [
      '{ usergroup: S0CALL, severity: warning, hours: [mon 8:00-9:00, tue 8:00-9:00], zone: Europe/Berlin }',
      {
        usergroup: 'S0CALL',
        severity: 'warning',
        hours: [
          { days: [1], from: 480, to: 540 },
          { days: [2], from: 480, to: 540 },
        ],
        zone: 'Europe/Berlin',
      },
    ],
  ])('takes %s', (text, expected) => {
    const parsed = parse(text);
    expect(parsed.ok && ownerOf(parsed.value, 'east')?.oncall).toEqual(expected);
  });

  it.each([
    'nobody',
    '{ usergroup: nobody }',
    '{ severity: error }',
    '{ usergroup: S0CALL, severity: info }',
    '{ usergroup: S0CALL, hours: always }',
    '{ usergroup: S0CALL, zone: Berlin }',
    '{ usergroup: S0CALL, when: now }',
  ])('refuses %s, and says where', (text) => {
    const parsed = parse(text);
    const paths = parsed.ok ? [] : parsed.error.map(({ path }) => path);
    expect(paths).toEqual([expect.stringMatching(/^clusters\.east\.owner\.oncall(?:\.|$)/)]);
  });
});
