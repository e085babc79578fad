import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { JobServices } from '../../../src/app/jobs';
import type { AnyJob, JobOutcome } from '../../../src/queue/define';
import { shownRequest } from '../../../src/features/approvals/cards/buttons';
import { decideApproval } from '../../../src/features/approvals/decisions/decide-approval';
import { revealToken } from '../../../src/features/approvals/token/reveal-token';
import { seal } from '../../../src/features/approvals/jobs/open-sealed-job';
import { voidTokenJob } from '../../../src/features/approvals/reconcile/void-token-job';
import { renderNoticeModal } from '../../../src/render/slack/notice';
import { channels, people } from '../../../sandbox/workspace/people';
import { isEnd } from '../../../src/features/approvals/requests/transitions';
import type { RequestState } from '../../../src/features/approvals/requests/request';
import { opens } from '../../e2e/approvals-stage';
import { describeWith } from '../../lab/binaries';
import { follow } from './trail';
import { peeringOf, type Scenery, setStage, type Stage, startScenery } from './stage';

/**
 * Random interleavings of everything that people, time, Slack, Consul and Redis can do to a request for a token,
 * with the real jobs, a real Redis and a real cluster. Whatever happens, at most one token is delivered, to its
 * requester, who did not approve it; nothing happens after the end; and there is an end.
 */

jest.setTimeout(240_000);

const { approver, guest, lead, requester, stranger } = people;
const clicks = {
  approve: decideApproval,
  deny: decideApproval,
  cancel: decideApproval,
  reveal: revealToken,
  void: voidTokenJob,
} as const;
const verdicts: Readonly<Record<string, string>> = {
  approve: 'approved',
  deny: 'denied',
  cancel: 'cancelled',
};

type Step =
  | { readonly do: 'click'; readonly what: keyof typeof clicks; readonly who: string }
  /** A click of before: by the same job once more, under another id, changed, or as if it had been an hour ago. */
  | { readonly do: 'replay'; readonly how: 'same' | 'other-id' | 'changed' | 'late'; readonly nth: number }
  | { readonly do: 'overdue'; readonly list: 'due' | 'cards' | 'unused' }
  | { readonly do: 'sweep' | 'restart' }
  /** Faults at the next generation, and at the next call that shows something in a modal. */
  | { readonly do: 'consul'; readonly fault: 'error-after' | 'drop-after' | 'drop-before' | 'stop' }
  | { readonly do: 'slack'; readonly fault: 'drop-reply' | 'drop-request' };

const click = (what: keyof typeof clicks, ...who: readonly string[]): fc.Arbitrary<Step> =>
  fc.constantFrom(...who).map((one) => ({ do: 'click', what, who: one }) as const);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: click('approve', approver.id, approver.id, requester.id, lead.id, stranger.id) },
  { weight: 1, arbitrary: click('deny', approver.id, requester.id) },
  { weight: 1, arbitrary: click('cancel', requester.id, approver.id) },
  { weight: 7, arbitrary: click('reveal', requester.id, requester.id, approver.id, guest.id) },
  { weight: 2, arbitrary: click('void', requester.id, approver.id, lead.id) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('replay' as const),
      how: fc.constantFrom('same', 'other-id', 'changed', 'late'),
      nth: fc.nat(9),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('overdue' as const),
      list: fc.constantFrom('due', 'cards', 'unused'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('sweep', 'restart') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('consul' as const),
      fault: fc.constantFrom('error-after', 'drop-after', 'drop-before', 'stop'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('slack' as const),
      fault: fc.constantFrom('drop-reply', 'drop-request'),
    }),
  },
);

describeWith(['redis', 'consul'], 'whatever happens to a request for a token', () => {
  let scenery: Scenery;
  let stage: Stage;
  beforeAll(async () => {
    scenery = await startScenery();
    stage = await setStage(scenery);
  });
  afterAll(async () => {
    await stage.stop();
    await scenery.stop();
  });

  const generation = 'POST /v1/peering/token';
  const endings: Partial<Record<RequestState, number>> = {};
  let runs = 0;

  /** A click as it is queued: Reveal opens an empty modal first. */
  const clicked = async (what: keyof typeof clicks, who: string): Promise<object> => {
    const { request } = await stage.record();
    const actor = await stage.actorOf(who);
    if (what !== 'reveal')
      return {
        ...shownRequest(request),
        ...actor,
        ...(what === 'void' ? {} : { verdict: verdicts[what], reason: '' }),
      };
    const { payload } = await stage.slack.typeCommand(who, channels.approvals, '/peering help');
    const opened = await fetch(`${stage.slack.apiUrl}views.open`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stage.slack.botToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        trigger_id: payload['trigger_id'],
        view: renderNoticeModal('Peering token', { blocks: [{ type: 'divider' }] }),
      }),
    });
    const { view } = (await opened.json()) as { view?: { id: string } };
    return { request: request.id, view: view?.id ?? 'V0', ...actor };
  };

  /** The tokens that anybody was shown since the traffic was so long, and by which calls. */
  const shown = (since: number): ReadonlyMap<string, readonly string[]> => {
    const found = new Map<string, readonly string[]>();
    for (const { what, request, response } of stage.slack.traffic.all.slice(since)) {
      const text = `${request}\n${response}`.replaceAll(/%([0-9A-F]{2})/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      );
      // Base64 of `{"CA":`. Slack's answer shows the view as it is.
      const tokens = new Set([...text.matchAll(/eyJDQSI6[\w+/=]{200,}/g)].map(([token]) => token));
      for (const token of tokens) found.set(token, [...(found.get(token) ?? []), what]);
    }
    return found;
  };

  const live = async (rounds: readonly (readonly Step[])[]): Promise<void> => {
    await stage.redis.flushall();
    scenery.east.proxy.reset();
    stage.slack.faults.clear();
    stage.reconfigure({});
    const peer = `run-${(runs += 1)}`;
    const since = stage.slack.traffic.all.length;
    await stage.ask({ peer });
    const { request } = await stage.record();
    const past: {
      readonly job: AnyJob<JobServices>;
      readonly what: object;
      readonly id: string;
      readonly by: string;
    }[] = [];

    const deeds: { readonly [D in Step['do']]: (step: Extract<Step, { do: D }>) => Promise<unknown> } = {
      click: async ({ what, who }) => {
        const one = {
          job: clicks[what] as AnyJob<JobServices>,
          what: await clicked(what, who),
          id: randomUUID(),
          by: who,
        };
        past.push(one);
        return stage.run(one.job, one.what, { id: one.id });
      },
      replay: async ({ how, nth }) => {
        const one = past[nth % Math.max(1, past.length)];
        if (one === undefined) return;
        const { job, what, id } = one;
        const at = Date.now() - (how === 'late' ? 3_600_000 : 0);
        const payload = seal(stage.signer, { id, job: job.name, at }, what) as { claim: object };
        const changed =
          how === 'changed'
            ? { ...payload, claim: { ...payload.claim, user: approver.id, verdict: 'approved' } }
            : payload;
        const outcome: JobOutcome = await job.handle({
          ...stage.tools(),
          ...stage.runOf(how === 'other-id' ? randomUUID() : id),
          payload: changed as never,
        });
        const same = JSON.stringify(changed) === JSON.stringify(payload);
        if (how !== 'same' && !(how === 'changed' && same))
          expect(outcome).toEqual({ kind: 'done', as: 'not-genuine' });
      },
      overdue: ({ list }) => stage.overdue(list),
      sweep: () => stage.sweep(),
      restart: async () => stage.reconfigure({}),
      consul: async ({ fault }) => {
        // A lease that ran out while the token was made: to others its worker is dead.
        if (fault === 'stop') scenery.east.proxy.before(generation, () => stage.overdue());
        else scenery.east.proxy.next(generation, fault);
      },
      slack: async ({ fault }) => stage.slack.faults.next('views.update', { kind: fault }),
    };
    for (const round of rounds) {
      await Promise.all(round.map((one) => (deeds[one.do] as (given: Step) => Promise<unknown>)(one)));
      expect(follow(await stage.audit.read(0), request.id, requester.id)).toBe(await stage.state());
      expect(shown(since).size).toBeLessThanOrEqual(1);
    }

    // Nothing stands in the way any more: time ends it.
    scenery.east.proxy.reset();
    stage.slack.faults.clear();
    for (let round = 0; round < 4 && !isEnd(await stage.state()); round += 1) {
      await stage.overdue();
      await stage.sweep();
    }
    const state = await stage.state();
    const trail = await stage.audit.read(0);
    expect([isEnd(state), follow(trail, request.id, requester.id)]).toEqual([true, state]);
    expect(await stage.audit.verify()).toMatchObject({ ok: true });
    expect(stage.buttons().filter((id) => id !== '')).toEqual([]);
    const tokens = [...shown(since)];
    for (const [token, calls] of tokens) {
      expect(calls).toEqual(['views.update']);
      for (const other of [approver, lead, guest, stranger])
        expect(stage.view(other.id)).not.toContain(token.slice(0, 60));
      const voided = trail.some(({ action }) => action === 'void');
      const good = await opens(token, scenery.west);
      // A token of a request that did not end as done cannot be used, nor one that was voided after an hour.
      expect([state, voided, good]).toEqual([state, voided, state === 'done' && !voided]);
    }
    if (state === 'done') expect(tokens).toHaveLength(1);
    if (state !== 'done' && state !== 'failed') expect(await peeringOf(scenery.east, peer)).toBeUndefined();
    endings[state] = (endings[state] ?? 0) + 1;
  };

  it('delivers at most one token, to its requester alone, and ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 6 }),
        live,
      ),
      { numRuns: 120 },
    );
    // A test that never gets far shows nothing.
    expect(Object.keys(endings)).toEqual(expect.arrayContaining(['done', 'failed', 'expired']));
  });
});
