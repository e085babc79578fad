import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { ownedBy } from '../../slack/support';
import { matchClusters } from '../../../src/config/match-clusters';
import { parseDigest } from '../../../src/features/digests/parse-digest';
import { splitWords } from '../../../src/slack/split-words';

const names = ['prod-east', 'prod-west', 'staging', 'daily', 'monday'];
const read = (text: string) => parseDigest(splitWords(text), names);

/** Clusters, expression, zone and `only-changes`. */
const added = (text: string): string => {
  const parsed = read(text);
  if (!parsed.ok || parsed.value.kind !== 'add') return 'refused';
  const { clusters, when, zone, onlyChanges } = parsed.value;
  return `${clusters.join(' ')} | ${when.cron} | ${zone ?? 'own'}${onlyChanges ? ' | only changes' : ''}`;
};

describe('what people say about digests', () => {
  it.each([
    ['add prod-east daily 09:00', 'prod-east | 0 9 * * * | own'],
    ['ADD prod-east prod-west Weekdays 8:30', 'prod-east prod-west | 30 8 * * 1-5 | own'],
    ['add all every 6h UTC', 'all | 0 */6 * * * | UTC'],
    ['add prod-* staging mondays 09:00 europe/berlin', 'prod-* staging | 0 9 * * 1 | Europe/Berlin'],
    ['add all “0 9 * * 1-5” Asia/Tokyo only-changes', 'all | 0 9 * * 1-5 | Asia/Tokyo | only changes'],
    ['add all daily 9am only changes America/New_York', 'all | 0 9 * * * | America/New_York | only changes'],
    ['add prod-east prod-east daily 09:00', 'prod-east | 0 9 * * * | own'],
    // Clusters that are called like times.
    ['add daily daily 09:00', 'daily | 0 9 * * * | own'],
    // The time begins as early as it can: this is Mondays, not the cluster.
    ['add daily monday 09:00', 'daily | 0 9 * * 1 | own'],
  ])('%s', (text, expected) => {
    expect(added(text)).toBe(expected);
  });

  it.each([
    ['', 'missing'],
    ['ad all daily 09:00', '"add"'],
    ['add', 'missing'],
    ['add prod-east', 'the schedule is missing'],
    ['add daily 09:00', 'clusters are missing'],
    ['add prod-esat daily 09:00', '"prod-east"'],
    ['add prod-east x-* daily 09:00', '"x-*"'],
    ['add prod-east dayli 09:00', 'the schedule is missing'],
    ['add prod-east weekdays 25:00', '25:00'],
    ['add prod-east every 4m', '5m'],
    ['add prod-east "* * * * *"', '5 minutes'],
    ['add prod-east "0 0 30 2 *"', 'ever fires'],
    ['add prod-east daily 09:00 Europe/Berln', 'Europe/Berlin'],
    ['add prod-east daily 09:00 UTC UTC', '"UTC"'],
    ['add prod-east daily 09:00 UTC Europe/Berlin', 'second time zone'],
    ['add prod-east every monday', 'such as monday 09:00'],
    ['add "0 9 * * *"', 'clusters are missing'],
    ['add prod-east daily 09:00 only-chnges', '"only-changes"'],
    ['add prod-east daily 09:00 and more', '"and"'],
    ['list all', '"all"'],
    ['pause', 'digest list'],
    ['remove a b', '"b"'],
  ])('refuses %p and says what was expected', (text, hint) => {
    const parsed = read(text);
    expect(parsed.ok ? 'taken' : parsed.error).toContain(hint);
  });

  it.each(['pause', 'resume', 'remove', 'run'] as const)('%s takes an id as it is typed', (kind) => {
    expect(read(`${kind} K7D2`)).toEqual({ ok: true, value: { kind, id: 'k7d2' } });
    expect(read('list')).toEqual({ ok: true, value: { kind: 'list' } });
  });

  it('names nothing that the person may not know of', () => {
    const parsed = parseDigest(['add', 'prod-esat', 'daily', '09:00'], ['staging']);
    expect(parsed.ok ? 'taken' : parsed.error).not.toContain('prod-east');
  });

  it('reads one cron expression, however many there are', () => {
    const parse = jest.spyOn(CronExpressionParser, 'parse');
    expect(parseDigest(['add', 'prod-east', ...Array<string>(90).fill('0 9 31 4,6 *')], names).ok).toBe(
      false,
    );
    expect(parse.mock.calls.length).toBeLessThan(5);
    parse.mockRestore();
  });

  it('never throws, and takes only what stands for a cluster', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 8 }), (words) => {
        const parsed = parseDigest(['add', ...words, 'daily', '09:00'], names);
        if (parsed.ok && parsed.value.kind === 'add')
          expect(matchClusters(parsed.value.clusters, names, undefined).clusters.length).toBeGreaterThan(0);
      }),
    );
  });

  it('tells what words stand for, and which stand for nothing any more', () => {
    expect(matchClusters(['prod-*', 'prod-east', 'gone', 'eu-?'], names, undefined)).toEqual({
      clusters: ['prod-east', 'prod-west'],
      gone: ['gone', 'eu-?'],
    });
    expect(matchClusters(['all'], names, undefined)).toEqual({ clusters: names, gone: [] });
    // A cluster may be called so.
    expect(matchClusters(['all'], ['all', 'other'], undefined).clusters).toEqual(['all']);
  });
});

it('takes selectors of visible clusters, and suggests one of them', () => {
  const owners = ownedBy({ 'prod-east': { name: 'payments' }, hidden: { name: 'secret' } });
  const add = (word: string) => parseDigest(['add', word, 'daily', '09:00'], ['prod-east'], owners);
  expect(add('owner:payments')).toMatchObject({ ok: true, value: { clusters: ['owner:payments'] } });
  for (const word of ['owner:paymens', 'onwer:payments'])
    expect(add(word)).toMatchObject({ ok: false, error: expect.stringContaining('"owner:payments"') });
  expect(add('owner:secret')).toMatchObject({ ok: false, error: expect.not.stringContaining('hidden') });
});
