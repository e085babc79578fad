import type { Fact, Hop, HopName, HopStatus, PathEnd, PathFacts, PathRoute } from './model';

type Value<K extends keyof PathFacts> = PathFacts[K] extends Fact<infer T> ? T : never;

/** The decision of a hop whose fact is visible. */
export interface HopOutcome {
  readonly status: HopStatus;
  readonly detail: string;
  readonly caution?: string;
  /** True where no check of its own reports the caution, so that the path does. */
  readonly atRisk?: boolean;
  /** True where a share of the calls fails already: the path reports an error. */
  readonly losesCalls?: boolean;
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
      return {
        name,
        end,
        status: 'unknown',
        detail: fact.why,
        caution: '',
        atRisk: false,
        evidence: [],
        check: hop.check,
      };
    }
    const { check, caution = '', atRisk = false, ...outcome } = evaluate(fact.value, route, facts);
    const { evidence } = fact;
    return { name, end, ...outcome, caution, atRisk, evidence, check: { ...hop.check, ...check } };
  };

export const pass = (detail: string, caution = ''): HopOutcome => ({ status: 'pass', detail, caution });

/** A pass whose caution is reported as a warning. */
export const passWithRisk = (detail: string, caution: string): HopOutcome => ({
  status: 'pass',
  detail,
  caution,
  atRisk: true,
});

/** A pass of some calls, where others fail: the caution is reported as an error. */
export const passOfSome = (detail: string, caution: string): HopOutcome => ({
  ...passWithRisk(detail, caution),
  losesCalls: true,
});

export const fail = (detail: string, check: HopOutcome['check'] = {}): HopOutcome => ({
  status: 'fail',
  detail,
  check,
});

export const unknownHop = (detail: string): HopOutcome => ({ status: 'unknown', detail });
