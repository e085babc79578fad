import { sentence } from '../../../render/escape';
import { linesThatFit, limits } from '../../../render/slack/limits';

/** Renders facts about a token, a line each, as many as fit. A line is never cut, which could undo its escaping. */
export const factLines = (facts: readonly string[]): string =>
  linesThatFit(
    facts.map((fact) => sentence(fact, 400)),
    50,
    limits.text,
  ).join('\n');
