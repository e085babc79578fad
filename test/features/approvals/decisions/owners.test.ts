import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { channels, people } from '../../../../sandbox/workspace/people';
import { shownRequest } from '../../../../src/features/approvals/cards/buttons';
import { decideApproval } from '../../../../src/features/approvals/decisions/decide-approval';
import type { RequestState } from '../../../../src/features/approvals/requests/request';
import { isEnd } from '../../../../src/features/approvals/requests/transitions';
import { describeWith } from '../../../lab/binaries';
import { ownerChannels, ownerGroups, setMembers, twoOwners } from '../owner-stage';
import { type Scenery, setStage, type Stage, startScenery } from '../stage';
import { follow } from '../trail';

jest.setTimeout(240_000);

const { approver, lead, requester } = people;
const as = (word: string) => ({ kind: 'done', as: word });

describeWith(['redis', 'consul'], 'a request about clusters of two owners', () => {
  let scenery: Scenery;
  let stage: Stage;
  beforeAll(async () => {
    scenery = await startScenery();
  });
  afterAll(() => scenery.stop());
  beforeEach(async () => {
    await scenery.clear();
    stage = await setStage(scenery, { owners: twoOwners() });
    setMembers(stage, { east: [approver.id], west: [lead.id] });
  });
  afterEach(() => stage.stop());

  const cardsIn = (side: 'east' | 'west') =>
    stage.slack.messages(ownerChannels[side]).filter(({ fromBot }) => fromBot);
  const cardOf = (side: 'east' | 'west'): string => JSON.stringify(cardsIn(side).at(-1)?.blocks ?? []);
  const yeses = async () => (await stage.record()).yeses.map(({ by }) => by);

  it('is put before both, in the channel of each, and not in that of the default', async () => {
    expect(await stage.ask(stage.connect)).toEqual(as('asked'));
    expect([cardsIn('east').length, cardsIn('west').length, stage.cards().length]).toEqual([1, 1, 0]);
    for (const side of ['east', 'west'] as const) {
      expect(cardOf(side)).toContain(`<!subteam^${ownerGroups.east}>`);
      expect(cardOf(side)).toContain(`<!subteam^${ownerGroups.west}>`);
    }
  });

  it('has one card where both ask in one channel', async () => {
    stage.reconfigure({ owners: twoOwners({ west: { channel: ownerChannels.east } }) });
    await stage.ask(stage.connect);
    expect([cardsIn('east').length, cardsIn('west').length]).toEqual([1, 0]);
  });

  it.each([
    ['east', 'west'],
    ['west', 'east'],
  ] as const)('needs a yes of each side: first %s, then %s', async (first, second) => {
    const person = { east: approver.id, west: lead.id };
    await stage.ask(stage.connect);
    expect(await stage.decide('approved', person[first])).toEqual(as('consented'));
    expect([await stage.state(), await yeses()]).toEqual(['pending', [person[first]]]);
    for (const side of ['east', 'west'] as const) {
      expect(cardOf(side)).toContain(`<@${person[first]}>`);
      expect(cardOf(side)).toContain(`<!subteam^${ownerGroups[second]}>`);
      expect(cardOf(side)).not.toContain(`<!subteam^${ownerGroups[first]}>`);
    }
    expect(await stage.decide('approved', person[second])).toEqual(as('approved'));
    expect(await stage.actions()).toEqual(['request', 'consent', 'approve']);
    const { decision } = await stage.record();
    expect(decision?.yeses?.map(({ by, clusters }) => [by, ...clusters])).toEqual([
      [person[first], `prod-${first}`],
      [person[second], `prod-${second}`],
    ]);
    expect(await stage.runQueued()).toEqual([as('connected')]);
    for (const side of ['east', 'west'] as const) expect(cardOf(side)).toContain('connected');
    expect(await stage.audit.verify()).toMatchObject({ ok: true });
  });

  it('tells its requester of the first yes once, of which side it is, and of the end as ever', async () => {
    await stage.ask(stage.connect);
    const before = stage.told().length;
    const told = () => stage.told().slice(before);
    expect(await stage.decide('approved', lead.id)).toEqual(as('consented'));
    expect(await stage.decide('approved', lead.id)).toEqual(as('no-need'));
    expect(told()).toEqual([expect.stringMatching(/`prod-west`[^`]*`prod-east`$/)]);
    expect(await stage.decide('approved', approver.id)).toEqual(as('approved'));
    expect(told()).toHaveLength(1);
    expect(await stage.runQueued()).toEqual([as('connected')]);
    expect(told()).toHaveLength(2);
  });

  it('is put before one owner where it is about one cluster', async () => {
    await stage.ask();
    expect([cardsIn('east').length, cardsIn('west').length]).toEqual([1, 0]);
    expect(await stage.decide('approved', lead.id)).toEqual(as('refused'));
    expect(await stage.decide('approved', approver.id)).toEqual(as('approved'));
  });

  it('is put before the default where a cluster has no owner', async () => {
    const { 'prod-west': _, ...owners } = twoOwners();
    stage.reconfigure({ owners, approvers: [lead.id] });
    await stage.ask(stage.connect);
    expect([cardsIn('east').length, stage.cards().length]).toEqual([1, 1]);
    expect(await stage.decide('approved', lead.id)).toEqual(as('consented'));
    expect(await stage.decide('approved', approver.id)).toEqual(as('approved'));
  });

  it.each([
    ['approver', approver.id],
    ['lead', lead.id],
  ])('ends if either denies it: %s', async (_, who) => {
    await stage.ask(stage.connect);
    await stage.decide('approved', approver.id);
    expect(await stage.decide('denied', who, {}, 'not today')).toEqual(as('denied'));
    for (const side of ['east', 'west'] as const) expect(cardOf(side)).toContain('not today');
    expect(await stage.decide('approved', lead.id)).toEqual(as('late'));
  });

  it('expires with one yes, and can be cancelled with one', async () => {
    await stage.ask(stage.connect);
    await stage.decide('approved', approver.id);
    await stage.overdue();
    expect(await stage.decide('approved', lead.id)).toEqual(as('late'));
    await stage.sweep();
    expect(await stage.state()).toBe('expired');
    await stage.redis.flushall();
    await stage.ask(stage.connect);
    await stage.decide('approved', approver.id);
    expect(await stage.decide('cancelled', requester.id)).toEqual(as('cancelled'));
  });

  it('keeps its end while yeses come', async () => {
    await stage.ask(stage.connect);
    const due = () => stage.redis.zrange('peering-bot:{approvals}:due', '0', '-1', 'WITHSCORES');
    const before = await due();
    await stage.decide('approved', approver.id);
    expect(await due()).toEqual(before);
  });

  describe('of whom one person approves for both', () => {
    it('counts that person once, for the side that nobody else can approve', async () => {
      setMembers(stage, { east: [approver.id, lead.id], west: [approver.id] });
      await stage.ask(stage.connect);
      expect(await stage.decide('approved', approver.id)).toEqual(as('consented'));
      expect(await stage.decide('approved', approver.id)).toEqual(as('no-need'));
      expect(await stage.decide('approved', lead.id)).toEqual(as('approved'));
    });

    it('counts that person twice only where both owners allow it', async () => {
      setMembers(stage, { east: [approver.id], west: [approver.id, lead.id] });
      stage.reconfigure({ owners: twoOwners({ east: { samePerson: true } }) });
      await stage.ask(stage.connect);
      expect(await stage.decide('approved', approver.id)).toEqual(as('consented'));
      await stage.redis.flushall();
      stage.reconfigure({ owners: twoOwners({ east: { samePerson: true }, west: { samePerson: true } }) });
      await stage.ask(stage.connect);
      expect(await stage.decide('approved', approver.id)).toEqual(as('approved'));
    });

    it.each<[string, Record<'east' | 'west', readonly string[] | undefined>]>([
      ['a user group is gone', { east: undefined, west: [lead.id] }],
      ['a user group is empty', { east: [approver.id], west: [] }],
      ['its requester is alone on one side', { east: [approver.id], west: [requester.id] }],
      ['one person is alone on both sides', { east: [approver.id], west: [approver.id] }],
      ['one person beside its requester', { east: [approver.id], west: [approver.id, requester.id] }],
    ])('is refused at once where %s', async (_, members) => {
      setMembers(stage, members);
      expect(await stage.ask(stage.connect)).toEqual(as('refused'));
      expect([cardsIn('east').length, cardsIn('west').length]).toEqual([0, 0]);
      expect(await stage.actions()).toEqual([]);
    });
  });

  describe('of which one side has its yes', () => {
    beforeEach(async () => {
      await stage.ask(stage.connect);
      await stage.decide('approved', approver.id);
    });

    it('drops that yes where its person has left the group', async () => {
      setMembers(stage, { east: [requester.id], west: [lead.id] });
      expect(await stage.decide('approved', lead.id)).toEqual(as('consented'));
      expect([await stage.state(), await yeses()]).toEqual(['pending', [lead.id]]);
      setMembers(stage, { east: [approver.id], west: [lead.id] });
      expect(await stage.decide('approved', approver.id)).toEqual(as('approved'));
    });

    it('drops that yes where another team owns the cluster now, and asks there', async () => {
      setMembers(stage, { east: [approver.id], west: [requester.id] });
      const approvers = { users: [lead.id], usergroups: [] };
      stage.reconfigure({ owners: twoOwners({ east: { approvers, channel: channels.approvals } }) });
      expect(await stage.decide('approved', lead.id)).toEqual(as('consented'));
      expect([await stage.state(), await yeses()]).toEqual(['pending', [lead.id]]);
      expect(stage.buttons()).toContain('approval:approve');
      expect([stage.cards().length, cardsIn('east').length, cardsIn('west').length]).toEqual([1, 1, 1]);
      expect(cardOf('east')).not.toContain('approval:approve');
      expect(cardOf('west')).toContain('approval:approve');
    });

    it('needs two people also where one owner has taken over both sides', async () => {
      const approvers = { users: [approver.id, lead.id], usergroups: [] };
      stage.reconfigure({ owners: twoOwners({ east: { approvers }, west: { approvers } }) });
      expect(await stage.decide('approved', approver.id)).toEqual(as('no-need'));
      expect(await stage.decide('approved', lead.id)).toEqual(as('approved'));
    });

    it('is not approved where a group is gone', async () => {
      setMembers(stage, { east: undefined, west: [lead.id] });
      expect(await stage.decide('approved', lead.id)).toEqual(as('consented'));
      setMembers(stage, { east: undefined, west: undefined });
      expect(await stage.decide('approved', lead.id)).toEqual(as('refused'));
      expect(await stage.state()).toBe('pending');
    });

    it('ends where the clusters have changed', async () => {
      stage.reconfigure({ clusters: () => undefined });
      expect(await stage.decide('approved', lead.id)).toEqual(as('changed'));
      expect(await stage.state()).toBe('failed');
    });
  });

  it('says that it cannot be posted where the bot is missing in one channel, on the other card too', async () => {
    stage.slack.state.channels.get(ownerChannels.west)?.members.delete(people.bot.id);
    expect(await stage.ask(stage.connect)).toEqual(as('undelivered'));
    expect(await stage.state()).toBe('failed');
    expect(cardOf('east')).not.toContain('approval:approve');
  });

  it('posts the card that was deleted again, and not the other', async () => {
    await stage.ask(stage.connect);
    stage.slack.state.messages.set(ownerChannels.west, []);
    await stage.overdue('cards');
    await stage.sweep();
    expect([cardsIn('east').length, cardsIn('west').length]).toEqual([1, 1]);
  });

  type Members = Readonly<Record<'east' | 'west', readonly string[]>>;
  const teams: readonly Members[] = [
    { east: [approver.id], west: [lead.id] },
    { east: [lead.id], west: [approver.id] },
    { east: [approver.id, lead.id], west: [approver.id] },
    { east: [approver.id, lead.id], west: [approver.id, lead.id] },
    { east: [approver.id], west: [approver.id] },
    { east: [requester.id, approver.id], west: [requester.id, lead.id] },
    { east: [], west: [lead.id] },
  ];

  type Step =
    | { readonly do: 'click'; readonly what: 'approved' | 'denied' | 'cancelled'; readonly who: string }
    | { readonly do: 'replay'; readonly nth: number }
    | { readonly do: 'members'; readonly team: number }
    | { readonly do: 'takeover'; readonly side: 'east' | 'west' | 'none' }
    | { readonly do: 'overdue' | 'sweep' | 'restart' };

  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('click' as const),
        what: fc.constant('approved' as const),
        who: fc.constantFrom(approver.id, lead.id, approver.id, lead.id, requester.id),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('click' as const),
        what: fc.constantFrom('denied' as const, 'cancelled' as const),
        who: fc.constantFrom(approver.id, lead.id, requester.id),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('replay' as const), nth: fc.nat(9) }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('members' as const), team: fc.nat(teams.length - 1) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('takeover' as const),
        side: fc.constantFrom('east' as const, 'west' as const, 'none' as const),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom('overdue' as const, 'sweep' as const, 'restart' as const) }),
    },
  );

  const click = (what: 'approved' | 'denied' | 'cancelled', who: string): Step => ({
    do: 'click',
    what,
    who,
  });

  it('is approved by two people, each of whom may approve one side, whatever happens in between', async () => {
    const endings: Partial<Record<RequestState, number>> = {};
    const live = async (rounds: readonly (readonly Step[])[]): Promise<void> => {
      await stage.redis.flushall();
      let members: Members = { east: [approver.id], west: [lead.id] };
      let owners = twoOwners();
      setMembers(stage, members);
      stage.reconfigure({ owners });
      await stage.ask(stage.connect);
      const { request } = await stage.record();
      const past: { readonly what: object; readonly id: string }[] = [];
      const saidYes = new Set<string>();
      /** Who may approve each side, by the configuration and the members that were there in this round. */
      let rights: { readonly east: readonly string[]; readonly west: readonly string[] }[] = [];
      const noteRights = (): void => {
        const groupOf = (side: 'east' | 'west') =>
          owners[`prod-${side}`]?.usergroup === ownerGroups.east ? 'east' : 'west';
        // A step of the round may read the configuration before the members change, or after.
        rights.push({ east: members[groupOf('east')], west: members[groupOf('west')] });
      };

      const deeds: { readonly [D in Step['do']]: (given: Extract<Step, { do: D }>) => Promise<unknown> } = {
        click: async ({ what: verdict, who }) => {
          const what = {
            ...shownRequest(request),
            ...(await stage.actorOf(who)),
            verdict,
            reason: '',
          };
          const id = randomUUID();
          past.push({ what, id });
          if (verdict === 'approved') saidYes.add(who);
          return stage.run(decideApproval, what, { id });
        },
        replay: async ({ nth }) => {
          const one = past[nth % Math.max(1, past.length)];
          return one && stage.run(decideApproval, one.what, { id: one.id });
        },
        members: async ({ team }) => {
          members = teams[team] ?? members;
          setMembers(stage, members);
          noteRights();
        },
        takeover: async ({ side }) => {
          const taken = side === 'none' ? undefined : side === 'east' ? 'west' : 'east';
          const by = taken && {
            usergroup: ownerGroups[taken],
            approvers: { users: [], usergroups: [ownerGroups[taken]] },
          };
          owners = twoOwners(by && side !== 'none' ? { [side]: by } : {});
          stage.reconfigure({ owners });
          noteRights();
        },
        overdue: () => stage.overdue(),
        sweep: () => stage.sweep(),
        restart: async () => stage.reconfigure({ owners }),
      };

      for (const round of rounds) {
        rights = [];
        noteRights();
        const before = await stage.state();
        await Promise.all(round.map((one) => (deeds[one.do] as (given: Step) => Promise<unknown>)(one)));
        const state = await stage.state();
        expect(follow(await stage.audit.read(0), request.id, requester.id)).toBe(state);
        if (before !== 'pending' || state !== 'approved') continue;
        const { decision } = await stage.record();
        const given = new Set(decision?.yeses?.map(({ by }) => by));
        const [one = '', other = ''] = given;
        expect([given.size, given.has(requester.id)]).toEqual([2, false]);
        expect([saidYes.has(one), saidYes.has(other)]).toEqual([true, true]);
        const mayBe = (side: 'east' | 'west', person: string) =>
          rights.some((right) => right[side].includes(person));
        expect(
          (mayBe('east', one) && mayBe('west', other)) || (mayBe('east', other) && mayBe('west', one)),
        ).toBe(true);
        const consents = (await stage.audit.read(0)).filter(({ action }) => action === 'consent');
        expect(consents.length).toBeGreaterThan(0);
      }
      for (let round = 0; round < 3 && !isEnd(await stage.state()); round += 1) {
        await stage.overdue();
        await stage.sweep();
      }
      const actions = await stage.actions();
      const state = await stage.state();
      expect([isEnd(state), await stage.audit.verify()]).toMatchObject([true, { ok: true }]);
      const ending = actions.includes('approve') ? 'approved' : state;
      endings[ending] = (endings[ending] ?? 0) + 1;
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 5 }),
        live,
      ),
      {
        numRuns: 80,
        // Each ending at least once, whatever the seed.
        examples: [
          [[[click('approved', approver.id)], [click('approved', lead.id)]]],
          [[[click('approved', approver.id)], [click('denied', lead.id)]]],
          [[[click('approved', approver.id)], [click('cancelled', requester.id)]]],
          [[[click('approved', approver.id)], [{ do: 'overdue' }, { do: 'sweep' }]]],
        ],
      },
    );
    // A test that never gets far shows nothing.
    expect(Object.keys(endings)).toEqual(
      expect.arrayContaining(['approved', 'expired', 'denied', 'cancelled']),
    );
  });
});
