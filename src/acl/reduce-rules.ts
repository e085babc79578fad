import { parseRules, type Rule, unreadableRules } from './rules';

/**
 * Rules of a policy without anything else that is written there: comments, and fields that Consul ignores, may hold
 * secrets. Each rule stays on its line, since findings quote it.
 */

/** Quotes a text for HCL 1. `${` would start an interpolation. */
const quoted = (text: string): string => JSON.stringify(text).replaceAll('${', '\\u0024{');

const written = ({ resource, match, segment, level, intentions, scope }: Rule): string => {
  const fields = [
    `policy = ${quoted(level)}`,
    ...(intentions === '' ? [] : [`intentions = ${quoted(intentions)}`]),
  ];
  const rule =
    match === 'whole'
      ? `${resource} = ${quoted(level)}`
      : `${resource}${match === 'prefix' ? '_prefix' : ''} ${quoted(segment)} { ${fields.join(' ')} }`;
  return (['namespace', 'partition'] as const).reduce((inner, level) => {
    const around = scope?.[level];
    const name = around?.match === 'prefix' ? `${level}_prefix` : level;
    return around === undefined ? inner : `${name} ${quoted(around.name)} { ${inner} }`;
  }, rule);
};

/** Writes rules as HCL, each on its line. */
const onTheirLines = (rules: readonly Rule[]): string => {
  let text = '';
  let at = 1;
  for (const rule of rules.toSorted((one, other) => one.line - other.line)) {
    text += at < rule.line ? '\n'.repeat(rule.line - at) : text === '' ? '' : ' ';
    text += written(rule);
    at = rule.line;
  }
  return text;
};

/** Rules in an order that does not depend on that of the blocks around them: only rules of one kind override each other. */
const byKind = (rules: readonly Rule[]): string => {
  const kindOf = ({ resource, match, scope }: Rule): string => JSON.stringify([resource, match, scope]);
  const all = rules.map((rule) => [kindOf(rule), rule] as const);
  return JSON.stringify(all.toSorted(([one], [other]) => (one < other ? -1 : Number(one > other))));
};

/**
 * Returns the text of rules that grants the same, with each rule on the same line. Of rules with a mistake, only its
 * position is left.
 */
export const reduceRules = (source: string): string => {
  const ours = parseRules(source);
  if (!ours.ok) return unreadableRules(ours.error.position);
  // CE ignores blocks of Enterprise, and so the mistakes in them.
  const all = parseRules(source, { enterprise: true });
  const rules = all.ok ? all.value : ours.value;
  const text = onTheirLines(rules);
  const reread = parseRules(text, { enterprise: true });
  // A name that this HCL cannot express.
  return reread.ok && byKind(reread.value) === byKind(rules) ? text : unreadableRules({ line: 1, column: 1 });
};
