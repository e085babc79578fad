import fc from 'fast-check';
import { lastTime, nextTimes, parseWhen, timesBetween } from '../../src/config/when';
import { looksLikeZone, parseZone } from '../../src/config/zone';

const cronOf = (text: string): string => {
  const parsed = parseWhen(text.startsWith('"') ? [text.slice(1, -1)] : text.split(' '), 'UTC');
  return parsed.ok
    ? `${parsed.value.when.cron} | ${parsed.value.when.words} | ${parsed.value.rest.join(' ')}`
    : 'refused';
};

describe('when a digest is due', () => {
  it.each([
    ['daily 09:00', '0 9 * * * | every day at 09:00 | '],
    ['every day at 9am', '0 9 * * * | every day at 09:00 | '],
    ['weekdays 8:30 Europe/Berlin', '30 8 * * 1-5 | every weekday at 08:30 | Europe/Berlin'],
    ['mondays 09:00 only-changes', '0 9 * * 1 | every Monday at 09:00 | only-changes'],
    ['mon,thu 12pm', '0 12 * * 1,4 | every Monday and Thursday at 12:00 | '],
    ['sundays and fridays 23:59', '59 23 * * 5,0 | every Friday and Sunday at 23:59 | '],
    ['every 6h', '0 */6 * * * | every 6 hours | '],
    ['every 30 minutes', '*/30 * * * * | every 30 minutes | '],
    ['hourly', '0 * * * * | every hour | '],
    ['"0 9 * * 1-5"', '0 9 * * 1-5 | by cron 0 9 * * 1-5 | '],
    ['"0 9 * MAR THU"', '0 9 * MAR THU | by cron 0 9 * MAR THU | '],
    ['"0 0 29 2 *"', '0 0 29 2 * | by cron 0 0 29 2 * | '],
    ['weekends noon', '0 12 * * 0,6 | every Saturday and Sunday at 12:00 | '],
  ])('%s', (text, expected) => {
    expect(cronOf(text)).toBe(expected);
  });

  it.each([
    '',
    'daily',
    'daily 24:00',
    'daily 9:60',
    'daily 13pm',
    'mondays',
    'every 4m',
    'every 7h',
    'every 0h',
    'every year',
    'sometimes 09:00',
    '"* * * * *"',
    '"*/2 * * * *"',
    '"0,1 9 * * *"',
    '"0 0 31 2 *"',
    '"0 0 30 2 *"',
    '"* * * * * *"',
    '"61 * * * *"',
    '"a b c d e"',
    '"H H * * *"',
    '"H(0-10) 9 * * *"',
    '"0 h/6 * * *"',
    '"0,58 0,23 * * *"',
  ])('refuses %p', (text) => {
    expect(cronOf(text)).toBe('refused');
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.array(fc.string()), (words) => typeof parseWhen(words, 'UTC').ok === 'boolean'));
  });

  const local = (zone: string, cron: string, from: string): string[] =>
    (nextTimes({ cron, zone }, Date.parse(from), 3) ?? []).map((at) =>
      new Date(at).toISOString().slice(0, 16),
    );

  it.each([
    // Nine o'clock stays nine o'clock.
    [
      'Europe/Berlin',
      '0 9 * * *',
      '2026-03-28T00:00Z',
      ['2026-03-28T08:00', '2026-03-29T07:00', '2026-03-30T07:00'],
    ],
    [
      'America/New_York',
      '0 9 * * *',
      '2026-10-31T00:00Z',
      ['2026-10-31T13:00', '2026-11-01T14:00', '2026-11-02T14:00'],
    ],
    // Weekdays, over the Sunday of the change.
    [
      'Europe/Berlin',
      '0 9 * * 1-5',
      '2026-10-23T00:00Z',
      ['2026-10-23T07:00', '2026-10-26T08:00', '2026-10-27T08:00'],
    ],
    // 02:30 does not exist on 29 March in Berlin: it comes at 03:30.
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:30', '2026-03-30T00:30', '2026-03-31T00:30'],
    ],
    // 02:30 comes twice on 25 October: the first counts.
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-10-24T12:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30', '2026-10-27T01:30'],
    ],
  ])('keeps local time in %s over daylight saving: %s', (zone, cron, from, expected) => {
    expect(local(zone, cron, from)).toEqual(expected);
  });
});

describe('time zones', () => {
  it.each(['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires', 'Asia/Kolkata'])('knows %s', (zone) => {
    expect(looksLikeZone(zone)).toBe(true);
    expect(parseZone(zone).ok).toBe(true);
  });
  it.each([
    ['europe/berlin', 'Europe/Berlin'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['CET', 'CET'],
  ])('calls %s %s', (typed, name) => {
    expect(parseZone(typed)).toEqual({ ok: true, value: name });
  });
  it.each(['Europe/Berln', 'Mars/Olympus', '+02:00', ''])('refuses %p', (zone) => {
    expect(parseZone(zone).ok).toBe(false);
  });
  it('suggests the nearest', () => {
    expect(parseZone('Europe/Berln')).toMatchObject({ error: expect.stringContaining('Europe/Berlin') });
  });
});

describe('times around a moment', () => {
  const when = { cron: '0 9 * * *', zone: 'Europe/Berlin' };
  const ms = (iso: string): number => Date.parse(iso);
  const hour = 3_600_000;

  it.each([
    ['2026-11-20T08:00:00Z', '2026-11-20T08:00:00Z'],
    ['2026-11-20T08:59:59Z', '2026-11-20T08:00:00Z'],
    ['2026-11-20T09:00:00Z', undefined],
    ['2026-11-20T07:59:59Z', undefined],
    // The day on which the clocks go back has 25 hours.
    ['2026-10-25T08:30:00Z', '2026-10-25T08:00:00Z'],
  ])('at %s the last hour saw %s', (now, expected) => {
    expect(lastTime(when, ms(now), hour)).toBe(expected === undefined ? undefined : ms(expected));
  });

  it('counts those between two, both left out, up to the maximum', () => {
    const between = (from: string, to: string, max = 100) => timesBetween(when, ms(from), ms(to), max);
    expect(between('2026-11-20T08:00:00Z', '2026-11-21T08:00:00Z')).toBe(0);
    expect(between('2026-11-20T08:00:00Z', '2026-11-24T08:00:00Z')).toBe(3);
    expect(between('2026-11-20T08:00:00Z', '2026-11-24T08:00:00Z', 2)).toBe(2);
    expect(between('2026-11-24T08:00:00Z', '2026-11-20T08:00:00Z')).toBe(0);
  });
});
