import type { Fact, Hop, HopName, HopStatus, PathEnd, PathFacts, PathRoute } from './model';

type Value<K extends keyof PathFacts> = PathFacts[K] extends Fact<infer T> ? T : never;

/** The decision of a hop whose fact is visible. */
export interface HopOutcome {
  readonly status: HopStatus;
  readonly detail: string;
  readonly caution?: string;
  /** Instead of the check of the definition. */
  readonly check?: Partial<Record<PathEnd, string>>;
}

interface HopDefinition<K extends keyof PathFacts> {
  readonly name: HopName;
  /** The cluster that it is about. */
  readonly end: PathEnd;
  /** The fact that decides it: where that is not visible, the hop is unknown. */
  readonly fact: K;
  readonly check: Readonly<Record<PathEnd, string>>;
  /** False where traffic does not take this hop. */
  readonly applies?: (facts: PathFacts) => boolean;
  readonly evaluate: (value: Value<K>, route: PathRoute, facts: PathFacts) => HopOutcome;
}

/** Evaluates a hop; undefined where traffic does not take it. */
export type EvaluateHop = (route: PathRoute, facts: PathFacts) => Hop | undefined;

/** Makes a hop of a literal. A hop whose fact is not visible is unknown and cannot pass. */
export const defineHop =
  <K extends keyof PathFacts>({ applies, evaluate, ...hop }: HopDefinition<K>): EvaluateHop =>
  (route, facts) => {
    if (applies && !applies(facts)) return undefined;
    const fact = facts[hop.fact] as Fact<Value<K>>;
    const { name, end } = hop;
    if (!fact.visible) {
      return { name, end, status: 'unknown', detail: fact.why, caution: '', evidence: [], check: hop.check };
    }
    const { status, detail, caution = '', check } = evaluate(fact.value, route, facts);
    return { name, end, status, detail, caution, evidence: fact.evidence, check: { ...hop.check, ...check } };
  };

export const pass = (detail: string, caution = ''): HopOutcome => ({ status: 'pass', detail, caution });

export const fail = (detail: string, check: HopOutcome['check'] = {}): HopOutcome => ({
  status: 'fail',
  detail,
  check,
});

export const unknownHop = (detail: string): HopOutcome => ({ status: 'unknown', detail });
