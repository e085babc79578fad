import fc from 'fast-check';
import type { people } from './attack-stage';
import { type Area, areas } from './attacker';

/** Steps of a history: what people and workers do, and moves of the attacker. */

/** The approver approves these, and never the third. */
const peers = ['orders', 'billing', 'unwanted'] as const;

/** Fields that lead a message to another channel, or put words into one. */
const evil = {
  card: '{"channel":"CEVIL","ts":"1.1"}',
  outcome: '{"message":"EVIL","facts":["EVIL"]}',
};

const kinds = ['token', 'connect', 'disconnect', 'renew', 'export', 'unexport'] as const;

/** A step without what it needs to know. */
interface Plain<Do extends string> {
  readonly do: Do;
}

export type Step =
  | { readonly do: 'ask'; readonly peer: string; readonly kind: (typeof kinds)[number] }
  /** The approver reads one card, whose button may be that of another request. */
  | { readonly do: 'approve'; readonly card: number; readonly button: number | null }
  | { readonly do: 'reveal'; readonly card: number }
  /** Somebody reads a card, whose button may be that of another request, and undoes it. */
  | {
      readonly do: 'undo';
      readonly card: number;
      readonly button: number | null;
      readonly who: keyof typeof people;
    }
  /** Jobs and schedules of two channels. */
  | { readonly do: 'tell'; readonly nth: number }
  | { readonly do: 'schedule'; readonly nth: number }
  /** Records of all kinds. */
  | { readonly do: 'store'; readonly round: number }
  | Plain<'work' | 'tick' | 'sweep' | 'deletePeerings' | 'editEntry' | 'dayPasses'>
  | { readonly do: 'copy'; readonly area: Area; readonly from: number; readonly to: number }
  | { readonly do: 'replace'; readonly area: Area; readonly key: number; readonly keepsSeal: boolean }
  | {
      readonly do: 'replay';
      readonly area: Area;
      readonly key: number;
      readonly how: 'same' | 'other-id' | 'other-queue';
    }
  | { readonly do: 'remove'; readonly area: Area; readonly key: number }
  | { readonly do: 'add'; readonly area: Area; readonly nth: number }
  | Plain<'keep'>
  | { readonly do: 'putBack'; readonly kept: number; readonly key: number }
  | { readonly do: 'putAllBack'; readonly kept: number }
  | {
      readonly do: 'change';
      readonly key: number;
      readonly field: string;
      readonly other: number;
      readonly value: string | null;
    }
  | { readonly do: 'cut'; readonly entries: number };

const nth = fc.nat(30);
const area = fc.constantFrom(...areas);
const plain = (weight: number, name: Extract<Step, Plain<string>>['do']) => ({
  weight,
  arbitrary: fc.record({ do: fc.constant(name) }) as fc.Arbitrary<Step>,
});
const step = <Do extends Step['do']>(
  weight: number,
  name: Do,
  rest: { [K in Exclude<keyof Extract<Step, { do: Do }>, 'do'>]: fc.Arbitrary<Extract<Step, { do: Do }>[K]> },
) => ({
  weight,
  arbitrary: fc.record({ do: fc.constant(name), ...rest }) as unknown as fc.Arbitrary<Step>,
});

const fields = ['state', 'since', 'fence', 'job', 'decision', 'request', 'work', 'card', 'outcome'];
const signed = ['decisionSig', 'requestSig', 'workSig', 'cardSig', 'outcomeSig'];
const values = ['approved', 'pending', 'unknown', 'running', '0', '9', evil.card, evil.outcome];

export const randomStep: fc.Arbitrary<Step> = fc.oneof(
  step(4, 'ask', {
    peer: fc.constantFrom(...peers, 'orders', 'billing'),
    kind: fc.constantFrom(...kinds, 'token', 'connect', 'export'),
  }),
  step(8, 'approve', { card: nth, button: fc.option(nth, { freq: 3 }) }),
  step(8, 'reveal', { card: nth }),
  step(5, 'undo', {
    card: nth,
    button: fc.option(nth, { freq: 3 }),
    who: fc.constantFrom('requester', 'approver', 'requester', 'approver', 'stranger'),
  }),
  step(2, 'tell', { nth }),
  step(1, 'schedule', { nth }),
  step(1, 'store', { round: fc.nat(3) }),
  plain(5, 'work'),
  plain(1, 'tick'),
  plain(1, 'sweep'),
  plain(1, 'deletePeerings'),
  plain(1, 'editEntry'),
  plain(1, 'dayPasses'),
  step(4, 'copy', { area, from: nth, to: nth }),
  step(3, 'replace', { area, key: nth, keepsSeal: fc.boolean() }),
  step(6, 'replay', { area, key: nth, how: fc.constantFrom('same', 'same', 'other-id', 'other-queue') }),
  step(2, 'remove', { area, key: nth }),
  step(2, 'add', { area, nth }),
  plain(2, 'keep'),
  step(4, 'putBack', { kept: nth, key: nth }),
  step(1, 'putAllBack', { kept: nth }),
  step(3, 'change', {
    key: nth,
    field: fc.constantFrom(...fields, ...signed),
    other: nth,
    value: fc.option(fc.constantFrom(...values)),
  }),
  step(2, 'cut', { entries: fc.integer({ min: 1, max: 5 }) }),
);

const work: Step = { do: 'work' };
const ask = (peer: (typeof peers)[number], kind: (typeof kinds)[number] = 'token'): Step => ({
  do: 'ask',
  peer,
  kind,
});
const approve = (card: number): Step => ({ do: 'approve', card, button: null });
const reveal: Step = { do: 'reveal', card: 0 };
/** A job of each of two channels, and a schedule of each. */
const twoJobs: readonly Step[] = [{ do: 'tell', nth: 0 }, { do: 'tell', nth: 1 }, work];
const twoSchedules: readonly Step[] = [
  { do: 'schedule', nth: 0 },
  { do: 'schedule', nth: 1 },
];
const twoRounds: readonly Step[] = [
  { do: 'store', round: 0 },
  { do: 'store', round: 1 },
];
const opened: readonly Step[] = [ask('orders'), work, approve(0), work];
/** The move on every value of an area, however many there are. */
const onAll = (move: (at: number) => Step, count = 30): readonly Step[] =>
  Array.from({ length: count }, (_, at) => move(at));

/** An export that was carried out. */
const exported: readonly Step[] = [ask('orders', 'export'), work, approve(0), work];
const undo = (card: number, who: keyof typeof people = 'requester'): Step => ({
  do: 'undo',
  card,
  button: null,
  who,
});

const keep: Step = { do: 'keep' };
const putAllBack: Step = { do: 'putAllBack', kept: 0 };

/**
 * The beginning of a history for each class of move and each kind of thing, so that a few runs make all of them: the
 * random steps come after it.
 */
export const beginnings: Readonly<Record<string, readonly Step[]>> = {
  'copy a request': [
    ask('orders'),
    ask('unwanted'),
    work,
    approve(0),
    { do: 'copy', area: 'requests', from: 1, to: 0 },
    { do: 'copy', area: 'requests', from: 0, to: 1 },
    approve(0),
    work,
    reveal,
    work,
  ],
  'replace the card of a request': [
    ask('orders'),
    work,
    { do: 'change', key: 0, field: 'card', other: 0, value: evil.card },
    approve(0),
    work,
    { do: 'sweep' },
  ],
  'replace the outcome of a request': [
    ...opened,
    reveal,
    work,
    { do: 'change', key: 0, field: 'outcome', other: 0, value: evil.outcome },
    { do: 'add', area: 'requests', nth: 0 },
    { do: 'sweep' },
  ],
  'replay a click': [
    ...opened,
    reveal,
    work,
    ...onAll((key) => ({ do: 'replay', area: 'jobs', key, how: 'same' }), 4),
    work,
  ],
  'replay a renewal': [
    ask('orders', 'connect'),
    work,
    approve(0),
    work,
    ask('orders', 'renew'),
    work,
    approve(1),
    work,
    ...onAll((key) => ({ do: 'replay', area: 'jobs', key, how: 'same' }), 6),
    work,
  ],
  'replay a disconnect': [
    ask('orders', 'connect'),
    work,
    approve(0),
    work,
    ask('orders', 'disconnect'),
    work,
    approve(1),
    work,
    ask('orders', 'connect'),
    work,
    approve(2),
    work,
    ...onAll((key) => ({ do: 'replay', area: 'jobs', key, how: 'same' }), 8),
    work,
  ],
  'replay an export': [
    ask('orders', 'export'),
    work,
    approve(0),
    work,
    ask('orders', 'unexport'),
    work,
    approve(1),
    work,
    ...onAll((key) => ({ do: 'replay', area: 'jobs', key, how: 'same' }), 6),
    work,
  ],
  'replay an undo': [
    ...exported,
    undo(0),
    work,
    ask('orders', 'export'),
    work,
    approve(1),
    work,
    ...onAll((key) => ({ do: 'replay', area: 'jobs', key, how: 'same' }), 8),
    ...onAll((key) => ({ do: 'replay', area: 'jobs', key, how: 'other-id' }), 8),
    work,
  ],
  'undo for somebody else': [...exported, undo(0, 'stranger'), work, undo(0, 'approver'), work],
  'undo with the button of another card': [
    ...exported,
    ask('billing', 'export'),
    work,
    approve(1),
    work,
    { do: 'undo', card: 0, button: 1, who: 'requester' },
    work,
    { do: 'undo', card: 1, button: 0, who: 'approver' },
    work,
  ],
  'put back what an undo has used': [
    ...exported,
    keep,
    undo(0),
    work,
    ask('orders', 'export'),
    work,
    approve(1),
    work,
    ...onAll((key) => ({ do: 'putBack', kept: 0, key }), 30),
    undo(0),
    work,
  ],
  'roll everything back to before an undo': [...exported, keep, undo(0), work, putAllBack, undo(0), work],
  'move an export to another request': [
    ...exported,
    ask('billing', 'unexport'),
    work,
    ask('billing', 'export'),
    work,
    ...['state', 'since', 'fence', 'work', 'workSig', 'outcome', 'outcomeSig', 'decision', 'decisionSig'].map(
      (field): Step => ({ do: 'change', key: 1, field, other: 0, value: null }),
    ),
    undo(1),
    work,
  ],
  'undo after a change by somebody else': [...exported, { do: 'editEntry' }, undo(0), work],
  'delete a request': [...opened, { do: 'remove', area: 'requests', key: 1 }, reveal, work],
  'add a request again': [
    ...opened,
    keep,
    reveal,
    work,
    ...onAll((key) => ({ do: 'remove', area: 'requests', key }), 4),
    ...onAll((key) => ({ do: 'putBack', kept: 0, key }), 12),
    work,
    reveal,
    work,
  ],
  'roll requests back': [...opened, keep, reveal, work, putAllBack, { do: 'deletePeerings' }, reveal, work],
  'copy records': [
    ...twoRounds,
    ...onAll((at) => ({ do: 'copy', area: 'records', from: at, to: at + 1 })),
    ...onAll((at) => ({ do: 'copy', area: 'records', from: at + 1, to: at })),
  ],
  'replace records': [
    ...twoRounds,
    ...onAll((key) => ({ do: 'replace', area: 'records', key, keepsSeal: true })),
  ],
  'replace records, unsigned': [
    ...twoRounds,
    ...onAll((key) => ({ do: 'replace', area: 'records', key, keepsSeal: false })),
  ],
  'delete records': [...twoRounds, ...onAll((key) => ({ do: 'remove', area: 'records', key: key * 2 }), 12)],
  'add records': [...twoRounds, { do: 'add', area: 'records', nth: 0 }],
  'roll records back': [{ do: 'store', round: 0 }, keep, { do: 'store', round: 1 }, putAllBack],
  'copy jobs': [...twoJobs, ...onAll((at) => ({ do: 'copy', area: 'jobs', from: at, to: at + 1 }), 2), work],
  'replace jobs': [
    ...twoJobs,
    ...onAll((key) => ({ do: 'replace', area: 'jobs', key, keepsSeal: true }), 2),
    work,
  ],
  'replace jobs, unsigned': [
    ...twoJobs,
    ...onAll((key) => ({ do: 'replace', area: 'jobs', key, keepsSeal: false }), 2),
    work,
  ],
  'replay jobs': [
    ...twoJobs,
    { do: 'replay', area: 'jobs', key: 0, how: 'same' },
    { do: 'replay', area: 'jobs', key: 0, how: 'other-id' },
    { do: 'replay', area: 'jobs', key: 0, how: 'other-queue' },
    work,
  ],
  'delete jobs': [...twoJobs, { do: 'remove', area: 'jobs', key: 0 }, work],
  'add jobs': [{ do: 'add', area: 'jobs', nth: 0 }, { do: 'add', area: 'jobs', nth: 1 }, work],
  'add jobs again a day later': [
    ...twoJobs,
    keep,
    { do: 'remove', area: 'jobs', key: 0 },
    { do: 'dayPasses' },
    ...onAll((key) => ({ do: 'putBack', kept: 0, key }), 3),
    work,
  ],
  'roll jobs back': [...twoJobs, keep, ...twoJobs, putAllBack, work],
  'copy schedules': [
    ...twoSchedules,
    { do: 'copy', area: 'schedules', from: 0, to: 1 },
    { do: 'tick' },
    work,
  ],
  'replace schedules': [
    ...twoSchedules,
    { do: 'replace', area: 'schedules', key: 0, keepsSeal: true },
    { do: 'replace', area: 'schedules', key: 1, keepsSeal: false },
    { do: 'tick' },
    work,
  ],
  'replay schedules before their time': [
    ...twoSchedules,
    { do: 'replay', area: 'schedules', key: 0, how: 'same' },
    { do: 'replay', area: 'schedules', key: 1, how: 'other-id' },
    { do: 'replay', area: 'schedules', key: 1, how: 'other-queue' },
    work,
  ],
  'delete, add and roll back schedules': [
    ...twoSchedules,
    keep,
    { do: 'remove', area: 'schedules', key: 0 },
    { do: 'add', area: 'schedules', nth: 0 },
    { do: 'add', area: 'schedules', nth: 1 },
    { do: 'tick' },
    work,
    putAllBack,
    { do: 'tick' },
    work,
  ],
};
