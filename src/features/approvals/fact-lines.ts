import { sentence } from '../../render/escape';
import { linesThatFit, limits } from '../../render/slack/limits';

/** What is known of a token, a line each, as far as one text takes it. Never cut within a line: that could undo its escaping. */
export const factLines = (facts: readonly string[]): string =>
  linesThatFit(
    facts.map((fact) => sentence(fact, 400)),
    50,
    limits.text,
  ).join('\n');
