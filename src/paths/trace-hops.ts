import type { EvaluateHop } from './define-hop';
import type { HopName, Path, PathFacts, PathRoute } from './model';
import { pathStatus } from './path-status';

/** The evaluators of a path's hops, in the order of traffic. */
export type Hops = Readonly<Record<HopName, EvaluateHop>>;

/** Evaluates these hops of a path. */
export const traceHops = (evaluators: Hops, route: PathRoute, facts: PathFacts): Path => {
  const evaluated = Object.values(evaluators).flatMap((evaluate) => evaluate(route, facts) ?? []);
  return { ...route, hops: evaluated, status: pathStatus(evaluated) };
};
