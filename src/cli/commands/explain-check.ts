import type { AnyCheck } from '../../checks/define';
import { describeInput, exampleFinding } from '../../checks/page';
import { registry } from '../../checks/registry';
import { didYouMean } from '../../config/suggest-name';
import { type Explanation, renderExplanation } from '../../render/explain';
import { safeJson } from '../../render/json';
import { type CliCommand, exit, usageError, textOrJson } from '../command';
import { textWidth } from '../text-width';

const explanationOf = (check: AnyCheck): Explanation => {
  const { id, group, title, failureTitle, severity, requirement, rationale } = check;
  return {
    id,
    group,
    title,
    failureTitle,
    severity,
    ...requirement,
    rationale,
    reads: [
      ...check.inputs.map(describeInput),
      ...(check.optional ?? []).map((input) => `if visible, ${describeInput(input)}`),
    ],
    example: exampleFinding(check),
  };
};

/** Describes a check. */
export const explainCheck: CliCommand['run'] = async ([id = ''], values, terminal) => {
  const format = textOrJson(values, terminal);
  if (typeof format === 'number') return format;
  const found = registry.find((check) => check.id === id);
  if (!found) {
    const ids = registry.map((check) => check.id);
    const hint = didYouMean(id, ids) || '; peering-bot check --list-checks lists them';
    return usageError(terminal, `there is no check ${JSON.stringify(id.slice(0, 60))}${hint}`);
  }
  const explanation = explanationOf(found);
  terminal.out(
    format === 'json'
      ? safeJson(explanation)
      : renderExplanation(explanation, { colour: terminal.colour, width: textWidth(terminal) }),
  );
  return exit.fine;
};
