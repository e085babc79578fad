import type { Remediation } from '../report/report';
import { type AnyCheck, type Draft, type Group, groups } from './define';
import { readsText } from './reads';

/** Writes the page of all checks (`docs/checks.md`) from the registry: `npm run docs`. */

const intro = `# Checks

<!-- Written by \`npm run docs\` from src/checks; a test fails where it is stale. -->

Each check is one fact that has to hold. Its title is that fact; its id is what reports cite and what you mute, and it never changes.

- **pass**: the fact holds. **fail**: it does not; each finding says what is, where that was read, and what to paste.
- **skip**: the fact is of no concern to this cluster; the report says why.
- **unknown**: what decides it could not be seen; the report says why, and names the ACL rule that would show it. It is never counted as a pass or a failure.

The severity here is the worst that a check finds. *error*: peering or its traffic is broken, or the specification forbids it. *warning*: it works now, and is a risk or an unmet recommendation. *info*: worth knowing.
Source *spec* restates [Consul's technical specifications for cluster peering](https://developer.hashicorp.com/consul/docs/v1.14.x/connect/cluster-peering/tech-specs); *field* comes from what has broken in practice.

What concerns Consul Enterprise (admin partitions, namespaces, sameness groups) is written against documented shapes: no licensed server has seen these checks.
`;

/** A code span that holds any text: its fence is longer than any run of backticks inside. */
const code = (text: string): string => {
  const longest = Math.max(0, ...[...text.matchAll(/`+/gu)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return text.startsWith('`') || text.endsWith('`') ? `${fence} ${text} ${fence}` : `${fence}${text}${fence}`;
};

const block = ({ title, language, code: text }: Remediation): string =>
  `${title}:\n\n~~~~${language === 'shell' ? 'sh' : language}\n${text.trimEnd()}\n~~~~`;

const seen = ({ endpoint, path, value }: Draft['evidence'][number]): string =>
  `- ${code(endpoint)}${path ? ` → ${code(path)}` : ''} = ${code(JSON.stringify(value))}`;

/** The first finding of the example that fails; the contract test makes sure that there is one. */
const exampleOf = (check: AnyCheck): Draft | undefined => {
  const outcome = check.evaluate(check.examples.fail as Parameters<AnyCheck['evaluate']>[0]);
  return Array.isArray(outcome) ? (outcome as readonly Draft[])[0] : undefined;
};

const example = (check: AnyCheck): string => {
  const draft = exampleOf(check);
  if (!draft) return '';
  const { subject, message, evidence, remediation, severity = check.severity } = draft;
  return [
    `Example, ${severity} about ${subject.kind} ${code(subject.name)}:`,
    `> ${message}`,
    `Seen:\n\n${evidence.map(seen).join('\n')}`,
    `<details><summary>What to paste</summary>\n\n${remediation.map(block).join('\n\n')}\n\n</details>`,
  ].join('\n\n');
};

const reads = (check: AnyCheck): string => {
  const needs = check.inputs.map((name) => `- ${readsText[name]}`);
  const helps = (check.optional ?? []).map((name) => `- where it can be seen, ${readsText[name]}`);
  return `Reads:\n\n${[...needs, ...helps].join('\n')}`;
};

const section = (check: AnyCheck): string => {
  const { id, title, severity, requirement, rationale } = check;
  return [
    `### ${id}`,
    `**${title}**`,
    `${severity} · ${requirement.source} · since Consul ${requirement.since} · [requirement](${requirement.docs})`,
    rationale,
    reads(check),
    example(check),
  ].join('\n\n');
};

const chapter = (checks: readonly AnyCheck[], group: Group): string =>
  [`## ${group}`, ...checks.filter((check) => check.group === group).map(section)].join('\n\n');

const contents = (checks: readonly AnyCheck[]): string => {
  const rows = checks.map(
    ({ id, group, title, severity }) => `| ${group} | [\`${id}\`](#${id}) | ${severity} | ${title} |`,
  );
  return ['| group | id | severity | what has to hold |', '|---|---|---|---|', ...rows].join('\n');
};

/** The page as Markdown. */
export const checksPage = (checks: readonly AnyCheck[]): string =>
  `${[
    intro.trimEnd(),
    contents(checks),
    ...groups
      .filter((group) => checks.some((check) => check.group === group))
      .map((group) => chapter(checks, group)),
  ].join('\n\n')}\n`;
