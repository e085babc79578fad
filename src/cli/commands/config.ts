import { registry } from '../../checks/registry';
import { findIdleRules } from '../../config/cluster-rules';
import { findUnreadableFiles, loadConfig } from '../../config/load-config';
import { readClustersFile } from '../../config/clusters-file';
import { clustersPath, allProcessUses, type ProcessUses, roles } from '../../config/env';
import { formatProblem, type Problem } from '../../config/problem';
import { safeJson } from '../../render/json';
import { didYouMean } from '../../config/suggest-name';
import { listApprovals, renderApprovals } from '../approvers';
import {
  choice,
  defineCliCommand,
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

const configRoles = [...roles, 'cli'] as const;

export const config = defineCliCommand({
  name: 'config',
  usage:
    'validate [--role bot|worker|cli] [--queues checks,tokens,digests] [--probe-from NAME] [--format text|json] | approvers CLUSTER [CLUSTER] [--format text|json]',
  summary:
    'Lists every problem of the configuration, without starting anything, or who would be asked about requests',
  options: {
    role: { type: 'string' },
    queues: { type: 'string' },
    'probe-from': { type: 'string' },
    format: { type: 'string' },
  },
  choices: { role: configRoles },
  argumentHelp: {
    validate: 'list every problem of the configuration',
    approvers: 'list who is asked about requests for one cluster, or for two and a peering between them',
  },
  optionHelp: {
    role: 'ROLE  only what this role uses; cli: only what terminal commands use (default: all)',
    queues: 'LIST  only what a worker of these queues uses',
    'probe-from': 'NAME  only what a worker uses that was started with this flag',
    format: 'FORMAT  text or json (default: text)',
  },
  examples: [
    'config validate',
    'config validate --role cli',
    'config validate --role worker -o json',
    'config approvers prod-east prod-west',
  ],
  positionals: [1, 3],
  async run([action, ...names], values, terminal) {
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
  },
});

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
