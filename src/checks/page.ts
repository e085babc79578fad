import type { Finding, Remediation } from '../report/report';
import { type AnyCheck, type Group, groups } from './define';
import { changeSnapshot } from './examples/healthy';
import { inputDescriptions } from './inputs';
import { runChecks } from './runner';
import type { Input, View } from './view';

/** Writes the page of all checks (`docs/checks.md`) from the registry: `npm run docs`. */

const intro = `# Checks

<!-- Written by \`npm run docs\` from src/checks; a test fails where it is stale. -->

Each check is one requirement. Its title says what is true when it passes. Its id appears in reports and in mutes, and never changes.

- **pass**: the requirement is met.
- **fail**: it is not met. Each finding says what is wrong, with the evidence (endpoint, path and value) and a fix.
- **skip**: it does not apply to this cluster. The report says why.
- **unknown**: what decides it is not visible. The report says why, and names the missing ACL rule. An unknown check never counts as passed or failed.

The severity on this page is the worst that a check reports. *error*: peering or its traffic is broken, or the specification forbids the state. *warning*: it works now, but is a risk or does not follow a recommendation. *info*: worth knowing.
Source *spec*: a requirement of [Consul's technical specifications for cluster peering](https://developer.hashicorp.com/consul/docs/v1.14.x/connect/cluster-peering/tech-specs). Source *field*: a cause of broken peerings in practice.

Checks of Consul Enterprise features (admin partitions, namespaces, sameness groups) follow the documentation; they were not tested with a licensed server.
`;

/** Writes a code span of any text: its fence is longer than any run of backticks inside. */
const code = (text: string): string => {
  const longest = Math.max(0, ...[...text.matchAll(/`+/gu)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return text.startsWith('`') || text.endsWith('`') ? `${fence} ${text} ${fence}` : `${fence}${text}${fence}`;
};

const block = ({ title, language, code: text }: Remediation): string =>
  `${title}:\n\n~~~~${language === 'shell' ? 'sh' : language}\n${text.trimEnd()}\n~~~~`;

const evidenceLine = ({ endpoint, path, value }: Finding['evidence'][number]): string =>
  `- ${code(endpoint)}${path ? ` → ${code(path)}` : ''} = ${code(JSON.stringify(value))}`;

/** Runs the failing example; the contract test makes sure that it has a finding. */
export const exampleFinding = (check: AnyCheck): Finding | undefined =>
  runChecks(changeSnapshot(check.examples.fail), { checks: [check] }).results[0]?.findings[0];

const example = (check: AnyCheck): string => {
  const finding = exampleFinding(check);
  if (!finding) return '';
  const { subject, message, evidence, remediation, severity } = finding;
  return [
    `Example, ${severity} for ${subject.kind} ${code(subject.name)}:`,
    `> ${message}`,
    `Evidence:\n\n${evidence.map(evidenceLine).join('\n')}`,
    `<details><summary>Fix</summary>\n\n${remediation.map(block).join('\n\n')}\n\n</details>`,
  ].join('\n\n');
};

/** Describes an input with the endpoints that it is read from, as Markdown. */
export const describeInput = (input: Input): string =>
  typeof input === 'string' ? inputDescriptions[input] : input.description;

const reads = (check: AnyCheck): string => {
  const required = check.inputs.map((input) => `- ${describeInput(input)}`);
  const optional = (check.optional ?? []).map((input) => `- if visible, ${describeInput(input)}`);
  return `Reads:\n\n${[...required, ...optional].join('\n')}`;
};

const section = (check: AnyCheck): string => {
  const { id, title, failureTitle, severity, requirement, rationale } = check;
  return [
    `### ${id}`,
    `**${title}**`,
    `When it fails: ${failureTitle}.`,
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
  return ['| group | id | severity | requirement |', '|---|---|---|---|', ...rows].join('\n');
};

/** Lists the requirements of each group for `docs/requirements.md`, in the order of the registry. */
export const requirementList = (checks: readonly AnyCheck[]): string => {
  const row = ({ id, title, severity, requirement }: AnyCheck): string =>
    `- [\`${id}\`](checks.md#${id}) (${severity}, ${requirement.source}, since ${requirement.since}): ${title}`;
  const list = (group: Group): string =>
    [`### ${group}`, '', ...checks.filter((check) => check.group === group).map(row)].join('\n');
  return `\n${groups.map(list).join('\n\n')}\n\n`;
};

/** Returns the page as Markdown. */
export const checksPage = (checks: readonly AnyCheck[]): string =>
  `${[
    intro.trimEnd(),
    contents(checks),
    ...groups
      .filter((group) => checks.some((check) => check.group === group))
      .map((group) => chapter(checks, group)),
  ].join('\n\n')}\n`;

const isView = (value: unknown): value is View =>
  typeof value === 'object' && value !== null && 'compute' in value && 'description' in value;

/**
 * Lists the views for CONTRIBUTING.md: how a check imports each, and what it holds.
 *
 * @param modules the modules in src/checks/views, by name
 */
export const viewList = (modules: readonly (readonly [name: string, exports: object])[]): string => {
  const rows = modules.flatMap(([file, exports]) =>
    Object.entries(exports).flatMap(([name, value]: readonly [string, unknown]) =>
      isView(value)
        ? [`- \`${name}\` (\`${file}.ts\`): ${value.description.replace(/: [^:]*`.*$/u, '')}`]
        : [],
    ),
  );
  return ['', ...rows.toSorted(), '', ''].join('\n');
};
