import { registry } from '../../checks/registry';
import { findIdleRules } from '../../config/cluster-rules';
import { findUnreadableFiles, loadConfig } from '../../config/load-config';
import { readClustersFile } from '../../config/clusters-file';
import { clustersPath, allProcessUses, type ProcessUses, configRoles } from '../../config/process-uses';
import { formatProblem, type Problem } from '../../config/problem';
import { safeJson } from '../../render/json';
import { didYouMean } from '../../config/suggest-name';
import { listApprovals, renderApprovals } from '../approvers';
import {
  type CliCommand,
  choice,
  type ExitCode,
  exit,
  type Terminal,
  usageError,
  type Values,
  word,
  textOrJson,
} from '../command';
import { readConfig } from '../open-cluster';
import { usesOf } from '../uses';

/** Lists the problems of the configuration, or the approvers of clusters. */
export const runConfig: CliCommand['run'] = async ([action, ...names], values, terminal) => {
  if (action === 'approvers') return listApprovers(names, values, terminal);
  if (action !== 'validate' || names.length > 0)
    return usageError(
      terminal,
      `config takes validate, or approvers CLUSTER [CLUSTER]${action === 'validate' ? '' : didYouMean(action ?? '', ['validate', 'approvers'])}`,
    );
  const format = textOrJson(values, terminal);
  if (typeof format === 'number') return format;
  const role = choice(values, 'role', configRoles, 'cli');
  if (typeof role === 'object') return usageError(terminal, role.problem);
  const file = clustersPath(terminal.env, word(values, 'clusters'));
  const uses =
    word(values, 'role') === 'cli'
      ? allProcessUses
      : usesOf({
          role: word(values, 'role'),
          queues: word(values, 'queues'),
          probeFrom: word(values, 'probe-from'),
        });
  if (typeof uses === 'string') return usageError(terminal, uses);
  const problems =
    word(values, 'role') === 'cli'
      ? terminalProblems(file, terminal.env)
      : allProblems(file, terminal.env, uses);
  const warnings = idleRules(file);
  const code = problems.length > 0 ? exit.usage : exit.fine;
  if (format === 'json') {
    terminal.out(safeJson([...problems, ...warnings]));
    return code;
  }
  for (const problem of [...problems, ...warnings]) terminal.err(`${formatProblem(problem)}\n`);
  if (code !== exit.fine) return code;
  terminal.out(`${file} and the environment are valid\n`);
  return exit.fine;
};

/** Lists who would be asked about requests for clusters, where, and for what. */
const listApprovers = (names: readonly string[], values: Values, terminal: Terminal): ExitCode => {
  const format = textOrJson(values, terminal);
  if (typeof format === 'number') return format;
  if (names.length === 0 || new Set(names).size < names.length)
    return usageError(terminal, 'config approvers takes one cluster, or two different ones');
  const config = readConfig(values, terminal);
  if (typeof config === 'number') return config;
  const known = [...config.clusters.keys()];
  const unknown = names.find((name) => !config.clusters.has(name));
  if (unknown !== undefined)
    return usageError(
      terminal,
      `no cluster ${JSON.stringify(unknown.slice(0, 80))} is configured${didYouMean(unknown, known)}`,
    );
  const list = listApprovals(config, names);
  terminal.out(format === 'json' ? safeJson(list) : `${renderApprovals(list)}\n`);
  return list.some(({ problem }) => problem !== null) ? exit.findings : exit.fine;
};

/** Mutes and severities of the file that have no effect. */
const idleRules = (file: string): readonly Problem[] => {
  const read = readClustersFile(file);
  const ids = registry.map(({ id }) => id);
  return read.ok ? findIdleRules(read.value, ids, Date.now(), file, read.sound.positionOf) : [];
};

type Env = Parameters<typeof loadConfig>[1];

const allProblems = (file: string, env: Env, uses: ProcessUses): readonly Problem[] => {
  const loaded = loadConfig(file, env, uses);
  return loaded.ok ? [] : loaded.error;
};

/** Terminal commands read clusters, and touch neither Slack nor Redis. */
const terminalProblems = (file: string, env: Env): readonly Problem[] => {
  const read = readClustersFile(file);
  return [
    ...(read.ok ? [] : read.error),
    ...findUnreadableFiles(read.sound, file, env, { roles: ['worker'], queues: ['checks'] }),
  ];
};
