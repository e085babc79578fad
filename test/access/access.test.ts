import fc from 'fast-check';
import { commandNames, openCommands } from '../../src/config/commands';
import type { AccessConfig, Grant } from '../../src/config/config';
import { type KnownActor, may } from '../../src/access/access';

const home = { team: 'T1' };
const ann: KnownActor = { user: 'UANN', team: 'T1', channel: 'C1', member: true, usergroups: new Set() };
const access = (...grants: Grant[]): AccessConfig => ({ restrict: false, grants });
const kind = (...args: Parameters<typeof may>): string => {
  const decision = may(...args);
  return decision.kind === 'denied' ? decision.because : decision.kind;
};

describe('may', () => {
  it('lets full members use what is open, and nothing else', () => {
    for (const command of commandNames) {
      expect(kind(access(), home, ann, command, 'prod')).toBe(
        openCommands.has(command) ? 'allowed' : 'not-granted',
      );
    }
  });

  it('lets nobody use anything that is not granted where access is restricted', () => {
    const closed: AccessConfig = { restrict: true, grants: [] };
    for (const command of commandNames) expect(kind(closed, home, ann, command, 'prod')).toBe('not-granted');
  });

  it.each([
    ['by user', { allow: ['token'], users: ['UANN'] }, 'allowed'],
    ['by another user', { allow: ['token'], users: ['UBOB'] }, 'not-granted'],
    ['to every full member', { allow: ['token'], users: ['*'] }, 'allowed'],
    ['by group', { allow: ['token'], usergroups: ['S1'] }, 'allowed'],
    ['by another group', { allow: ['token'], usergroups: ['S2'] }, 'not-granted'],
    ['by user or group', { allow: ['token'], users: ['UBOB'], usergroups: ['S1'] }, 'allowed'],
    ['of everything', { allow: ['*'], users: ['UANN'] }, 'allowed'],
    ['of another command', { allow: ['connect'], users: ['UANN'] }, 'not-granted'],
    ['for this cluster', { allow: ['token'], users: ['UANN'], clusters: ['prod-*'] }, 'allowed'],
    ['for another cluster', { allow: ['token'], users: ['UANN'], clusters: ['lab'] }, 'not-granted'],
    ['in this channel', { allow: ['token'], users: ['UANN'], channels: ['C1'] }, 'allowed'],
    ['in another channel', { allow: ['token'], users: ['UANN'], channels: ['C2'] }, 'not-granted'],
  ] as const)('heeds a grant %s', (_, grant, expected) => {
    const inGroup = { ...ann, usergroups: new Set(['S1']) };
    expect(kind(access(grant), home, inGroup, 'token', 'prod-east')).toBe(expected);
  });

  it('gives guests and other teams nothing of what every full member may', () => {
    const everyone = access({ allow: ['*'], users: ['*'] });
    expect(kind(everyone, home, { ...ann, member: false }, 'token', 'prod')).toBe('not-a-member');
    expect(kind(everyone, home, { ...ann, team: 'T2' }, 'token', 'prod')).toBe('other-team');
    const { member: _, ...unknown } = ann;
    expect(kind(everyone, home, unknown, 'token', 'prod')).toBe('unsure');
  });

  it('does not join the halves of two grants', () => {
    const halves = access(
      { allow: ['token'], users: ['UANN'], clusters: ['lab'] },
      { allow: ['token'], users: ['UBOB'], clusters: ['prod'] },
    );
    expect(kind(halves, home, ann, 'token', 'prod')).toBe('not-granted');
  });

  it('says that it is unsure where facts are missing that decide', () => {
    const { member: _, ...unknown } = ann;
    const { usergroups: __, ...groupless } = ann;
    expect(kind(access(), home, unknown, 'check', 'prod')).toBe('unsure');
    expect(kind(access({ allow: ['token'], usergroups: ['S1'] }), home, groupless, 'token', 'prod')).toBe(
      'unsure',
    );
    expect(kind(access(), home, unknown, 'token', 'prod')).toBe('not-granted');
    expect(kind(access({ allow: ['token'], users: ['UANN'] }), home, groupless, 'token', 'prod')).toBe(
      'allowed',
    );
  });

  it('lets people of the organisation act where the bot is installed for all of it', () => {
    const colleague: KnownActor = { ...ann, team: 'T2', organisation: 'E1' };
    expect(kind(access(), home, colleague, 'check', 'prod')).toBe('other-team');
    expect(kind(access(), { team: 'E1', organisation: 'E1' }, colleague, 'check', 'prod')).toBe('allowed');
    expect(kind(access(), { team: 'E1', organisation: 'E2' }, colleague, 'check', 'prod')).toBe('other-team');
  });

  describe('whatever is granted', () => {
    const id = fc.constantFrom('UANN', 'UBOB');
    const grant: fc.Arbitrary<Grant> = fc.record(
      {
        allow: fc.array(fc.constantFrom(...commandNames, '*'), { minLength: 1, maxLength: 3 }),
        users: fc.array(id),
        usergroups: fc.array(fc.constantFrom('S1', 'S2')),
        clusters: fc.array(fc.constantFrom('*', 'prod-*', 'lab')),
        channels: fc.array(fc.constantFrom('C1', 'C2')),
      },
      { requiredKeys: ['allow'] },
    );
    const setting = fc.record({ restrict: fc.boolean(), grants: fc.array(grant, { maxLength: 5 }) });
    const actor = fc.record({
      user: id,
      team: fc.constant('T1'),
      channel: fc.constantFrom('C1', 'C2', 'C3'),
      member: fc.constant(true),
      usergroups: fc.subarray(['S1', 'S2']).map((groups) => new Set(groups)),
    });
    const command = fc.constantFrom(...commandNames);
    const cluster = fc.constantFrom('prod-east', 'lab', undefined);

    it('guests and people of other teams may nothing', () => {
      fc.assert(
        fc.property(setting, actor, command, cluster, (given, who, what, where) => {
          expect(kind(given, home, { ...who, member: false }, what, where)).toBe('not-a-member');
          expect(kind(given, home, { ...who, team: 'T2' }, what, where)).toBe('other-team');
        }),
      );
    });

    it('knowing less never allows more, and never denies what knowing more allows', () => {
      fc.assert(
        fc.property(
          setting,
          actor,
          command,
          cluster,
          (given, { usergroups, member, ...who }, what, where) => {
            const whole = kind(given, home, { ...who, member, usergroups }, what, where);
            for (const less of [who, { ...who, member }, { ...who, usergroups }]) {
              const known = kind(given, home, less, what, where);
              if (known !== 'unsure') expect(known).toBe(whole);
            }
          },
        ),
      );
    });

    it('a channel only narrows', () => {
      fc.assert(
        fc.property(setting, actor, command, cluster, (given, who, what, where) => {
          const anywhere = {
            ...given,
            grants: given.grants.map(({ channels: _, ...rest }) => rest),
          };
          if (kind(given, home, who, what, where) === 'allowed') {
            expect(kind(anywhere, home, who, what, where)).toBe('allowed');
          }
        }),
      );
    });
  });
});
