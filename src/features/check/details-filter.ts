import type { ActionsBlock, Button, PlainTextOption, StaticSelect } from '@slack/types';
import type { Report, Severity } from '../../report/report';
import { plain } from '../../render/escape';
import { groupsOf } from '../../render/findings';
import { severityIcon } from '../../render/words';
import { actionsBlock } from '../../render/slack/blocks';
import { limits } from '../../render/slack/limits';
import { omitUndefined } from '../../omit-undefined';

/** The menu that filters the details of a stored run. */

export const filterActionId = 'check:filter';

export type DetailsFilter =
  | { readonly by: 'all' }
  | { readonly by: 'severity'; readonly name: Exclude<Severity, 'info'> }
  | { readonly by: 'group' | 'check'; readonly name: string };

export const noFilter: DetailsFilter = { by: 'all' };

const valueOf = (filter: DetailsFilter): string =>
  filter.by === 'all' ? 'all' : `${filter.by}:${filter.name}`;

/** Reads a choice of the menu, which comes from outside; undefined if it is not one. */
export const decodeFilter = (value: string | undefined): DetailsFilter | undefined => {
  if (value === undefined || value.length > limits.optionValue) return undefined;
  if (value === 'all') return noFilter;
  const [, by, name] = /^(severity|group|check):([a-z0-9-]+)$/.exec(value) ?? [];
  if (name === undefined) return undefined;
  if (by === 'severity') return name === 'error' || name === 'warning' ? { by, name } : undefined;
  return { by: by as 'group' | 'check', name };
};

/** Applies the filter to the findings of a report. Its verdict and counts stay those of the whole run. */
export const filterReport = (report: Report, filter: DetailsFilter): Report => {
  if (filter.by === 'all') return report;
  const { by, name } = filter;
  const results =
    by === 'severity'
      ? report.results
          .map((result) => ({ ...result, findings: result.findings.filter((f) => f.severity === name) }))
          .filter(({ findings }) => findings.length > 0)
          // The reason for hidden parts is not about this severity.
          .map((result) => ({ ...result, reason: '' }))
      : report.results.filter((result) => (by === 'group' ? result.group : result.id) === name);
  return { ...report, results };
};

const option = (text: string, filter: DetailsFilter): PlainTextOption => ({
  text: { type: 'plain_text', text: plain(text, limits.optionText), emoji: true },
  value: valueOf(filter),
});

const isChoosable = ({ value = '' }: PlainTextOption): boolean => decodeFilter(value) !== undefined;

/** Renders the menu with the current filter selected, and the buttons next to it. */
export const filterMenu = (
  report: Report,
  chosen: DetailsFilter,
  beside: readonly Button[],
): ActionsBlock => {
  const severities = option('All findings', noFilter);
  const checks = report.results
    .filter(({ findings, status }) => findings.length > 0 || status === 'unknown')
    .map(({ id }) => option(id, { by: 'check', name: id }));
  const groups = [...groupsOf(report).keys()].map((name) => option(name, { by: 'group', name }));
  const sections = [
    {
      label: 'Severity',
      options: [
        severities,
        option(`${severityIcon.error} Errors only`, { by: 'severity', name: 'error' }),
        option(`${severityIcon.warning} Warnings only`, { by: 'severity', name: 'warning' }),
      ],
    },
    { label: 'Group', options: groups },
    { label: 'Check', options: checks },
  ]
    .map(({ label, options }) => ({ label, options: options.filter(isChoosable).slice(0, limits.options) }))
    .filter(({ options }) => options.length > 0);
  const initial = sections.flatMap(({ options }) => options).find(({ value }) => value === valueOf(chosen));
  const menu: StaticSelect = {
    type: 'static_select',
    action_id: filterActionId,
    placeholder: { type: 'plain_text', text: 'Show…' },
    option_groups: sections.map(({ label, options }) => ({
      label: { type: 'plain_text', text: label },
      options,
    })),
    ...omitUndefined({ initial_option: initial }),
  };
  return actionsBlock([menu, ...beside]);
};
