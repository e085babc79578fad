import fc from 'fast-check';
import {
  afterCrash,
  applyOutcome,
  endDelivery,
  lateMs,
  nextStep,
  putContent,
  type Step,
  type StepOutcome,
} from '../../../../src/slack/api/outbox/delivery';
import type { AnswerTarget, OutboxEntry } from '../../../../src/slack/api/outbox/entry';

const start = 1_000_000_000_000;
const target: AnswerTarget = {
  name: 'run',
  since: start,
  channel: 'C1',
  user: 'U1',
  responseUrl: 'https://r',
};
const say = (text: string) => ({ text, blocks: [] });

interface Shown {
  readonly ts: string;
  readonly name: string;
  seq: number;
  text: string;
}

/** The fate of one call to Slack. */
interface Fate {
  /** `late`: takes effect up to a minute later, and its caller has given up. `lost`: the reply alone is lost. */
  readonly how: 'well' | 'dropped' | 'lost' | 'late' | 'limited';
  readonly afterMs: number;
  /** The process dies before it notes what came of it. */
  readonly dies: boolean;
}

/** Slack, as far as it matters here: messages, and calls that take effect late. */
const createSlack = () => {
  let serial = 0;
  let late: { readonly at: number; readonly apply: () => void }[] = [];
  const messages: Shown[] = [];
  const known = new Set<string>();
  const tried = new Set<string>();
  const called = (now: number, { how, afterMs }: Fate, apply: () => StepOutcome): StepOutcome => {
    const lost = { kind: 'lost', reason: how } as const;
    if (how === 'limited') return { kind: 'rate-limited', retryAfterMs: afterMs };
    if (how === 'dropped') return lost;
    if (how === 'late') {
      late.push({ at: now + afterMs, apply });
      return lost;
    }
    const outcome = apply();
    return how === 'lost' ? lost : outcome;
  };
  const postNamed = (now: number, fate: Fate, name: string, seq: number, text: string): StepOutcome => {
    const earlier = tried.has(name) ? messages.find((one) => one.name === name) : undefined;
    if (earlier !== undefined) {
      known.add(name);
      return { kind: 'took', ref: { channel: 'C1', ts: earlier.ts }, fresh: false };
    }
    tried.add(name);
    return called(now, fate, () => {
      const message = { ts: String(++serial), name, seq, text };
      messages.push(message);
      return { kind: 'took', ref: { channel: 'C1', ts: message.ts }, fresh: true };
    });
  };
  return {
    messages,
    pass: (now: number): void => {
      for (const { apply } of late.filter(({ at }) => at <= now)) apply();
      late = late.filter(({ at }) => at > now);
    },
    perform: (entry: OutboxEntry, step: Step, now: number, fate: Fate): StepOutcome => {
      const { message, thread = [] } = entry.renderings[entry.style] ?? { message: say('') };
      if (step.do === 'reserve') return { kind: 'reserved', waitMs: 0 };
      if (step.do === 'post') return postNamed(now, fate, 'run', step.seq, message.text);
      if (step.do === 'reply')
        return postNamed(now, fate, `run/0/${step.part}`, 0, thread[step.part]?.text ?? '');
      if (step.do === 'edit')
        return called(now, fate, () => {
          const shown = messages.find(({ ts }) => ts === step.ref.ts);
          if (shown) Object.assign(shown, { seq: step.seq, text: message.text });
          return { kind: 'took' };
        });
      if (step.do === 'read')
        return called(now, { ...fate, how: fate.how === 'late' ? 'dropped' : fate.how }, () => {
          const kept = new Set<string>();
          for (const one of messages.slice()) {
            const isDouble = one.name === 'run' ? one.ts !== step.ref.ts : kept.has(one.name);
            if (isDouble) messages.splice(messages.indexOf(one), 1);
            else kept.add(one.name);
          }
          return { kind: 'says', seq: messages.find(({ ts }) => ts === step.ref.ts)?.seq };
        });
      return { kind: 'alive' };
    },
  };
};

const fate: fc.Arbitrary<Fate> = fc.record({
  how: fc.constantFrom('well', 'dropped', 'lost', 'late', 'limited'),
  afterMs: fc.integer({ min: 1, max: lateMs - 20_000 }),
  dies: fc.boolean(),
});
const well: Fate = { how: 'well', afterMs: 0, dies: false };

type Act =
  | { readonly kind: 'show'; readonly text: string }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'step'; readonly fate: Fate };

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('show' as const), text: fc.constantFrom('a', 'b') }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
  fc.record({ kind: fc.constant('step' as const), fate }),
  fc.record({ kind: fc.constant('step' as const), fate }),
);

describe('the delivery of an answer', () => {
  it('ends in the last content, once, whatever is lost, late, repeated or killed', () => {
    fc.assert(
      fc.property(
        fc.array(act, { maxLength: 40 }),
        fc.array(fate, { maxLength: 12 }),
        fc.integer({ min: 0, max: 3 }),
        (before, after, replies) => {
          const slack = createSlack();
          let now = start;
          let entry = putContent(
            undefined,
            target,
            { renderings: [{ message: say('reading') }], final: false },
            now,
          );
          const step = (how: Fate): void => {
            slack.pass(now);
            const next = nextStep(entry, now);
            if (next.do === 'wait') {
              now = Math.max(now, Math.min(next.until, now + 30_000));
              return;
            }
            if (next.do === 'end') {
              entry = endDelivery(entry);
              return;
            }
            const outcome = slack.perform(entry, next, now, how);
            // A call takes time, and its process may die; another one takes over when its lease has ended.
            now += how.dies ? 45_000 : 50;
            entry = how.dies
              ? afterCrash(entry, now)
              : applyOutcome(entry, next, outcome, { now, random: 0.5 });
          };
          for (const one of before) {
            if (one.kind === 'wait') now += one.ms;
            else if (one.kind === 'step') step(one.fate);
            else {
              const renderings = [{ message: say(one.text) }];
              entry = putContent(entry, target, { renderings, final: false }, now);
            }
          }
          const thread = Array.from({ length: replies }, (_, part) => say(`reply ${part}`));
          const last = [{ message: say('last'), thread }];
          entry = putContent(entry, target, { renderings: last, final: true, unsure: true }, now);
          for (const how of after) step(how);
          for (let steps = 0; entry.ended === null && steps < 500; steps++) step(well);
          now += lateMs;
          slack.pass(now);
          expect(entry.ended).toBe('delivered');
          expect(slack.messages.map(({ text }) => text).toSorted()).toEqual(
            ['last', ...thread.map(({ text }) => text)].toSorted(),
          );
        },
      ),
      { numRuns: 3000 },
    );
  });

  describe('of a message that shows something running', () => {
    const minute = 60_000;
    /** Posts the progress, gives the answer, and delivers it while Slack is away for this long. */
    const deliver = (awayMs: number) => {
      const slack = createSlack();
      let now = start;
      let entry = putContent(
        undefined,
        target,
        { renderings: [{ message: say('reading') }], final: false },
        now,
      );
      const run = (isOver: () => boolean, fateNow: () => Fate): void => {
        for (let steps = 0; !isOver() && steps < 20_000; steps++) {
          const next = nextStep(entry, now);
          if (next.do === 'wait') now = next.until;
          else if (next.do === 'end') entry = endDelivery(entry);
          else {
            const outcome = slack.perform(entry, next, now, fateNow());
            now += 50;
            entry = applyOutcome(entry, next, outcome, { now, random: 0.5 });
          }
        }
      };
      run(
        () => entry.shown > 0,
        () => well,
      );
      const renderings = [{ message: say('answer'), thread: [say('reply')] }];
      entry = putContent(entry, target, { renderings, final: true }, now);
      run(
        () => entry.ended !== null,
        () => (now < start + awayMs ? { ...well, how: 'dropped' } : well),
      );
      return { ended: entry.ended, texts: slack.messages.map(({ text }) => text), tookMs: now - start };
    };

    it('goes on after the time of other answers, so that the message does not stay as it is', () => {
      for (const awayMs of [59 * minute, 61 * minute, 20 * 60 * minute])
        expect(deliver(awayMs)).toMatchObject({ ended: 'delivered', texts: ['answer', 'reply'] });
    });

    it('ends after a day', () => {
      const { ended, tookMs } = deliver(48 * 60 * minute);
      expect(ended).toBe('undelivered');
      expect(tookMs).toBeLessThan(25 * 60 * minute);
    });
  });
});
