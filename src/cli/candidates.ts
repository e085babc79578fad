import { groups } from '../checks/define';
import type * as checks from '../checks/registry';
import { type ClusterNames, readClusterNames } from '../config/cluster-names';
import { clustersPath, queueNames } from '../config/process-uses';
import { type CliCommand, type Terminal, textAndJson } from './command';
import { readLastNames } from './last-names';
import { countLeadingOptions, optionsOf, withCommandFirst } from './run';

/** Words that complete a command line. Every TAB starts a process, so that only what the words need is loaded. */

/** All checks load slowly. */
const loadChecks = (): typeof checks => require('../checks/registry');

/** A command line up to the word that is being completed. */
interface Line {
  readonly command: CliCommand;
  /** The arguments so far, without options and their values. */
  readonly given: readonly string[];
  /** Values of the options so far. */
  readonly values: ReadonlyMap<string, string>;
  /** The option whose value is being completed. */
  readonly awaited: string | undefined;
  /** True after `--`, where nothing is an option. */
  readonly isAfterDashes: boolean;
  readonly terminal: Terminal;
}

/** The long name of an option that takes a value: `--format`, `-format` or `-o`; undefined if the word is no such one. */
const optionNamed = (word: string, command: CliCommand): string | undefined => {
  const name = /^--?([a-z][a-z-]*)$/.exec(word)?.[1] ?? '';
  return Object.entries(optionsOf(command)).find(
    ([long, { type, short }]) => type === 'string' && (long === name || word === `-${short}`),
  )?.[0];
};

const readLine = (command: CliCommand, words: readonly string[], terminal: Terminal): Line => {
  const given: string[] = [];
  const values = new Map<string, string>();
  let awaited: string | undefined;
  let isAfterDashes = false;
  for (const word of words) {
    const [, joined = '', value] = /^--?([a-z][a-z-]*)=(.*)$/s.exec(word) ?? [];
    if (awaited !== undefined) {
      values.set(awaited, word);
      awaited = undefined;
    } else if (isAfterDashes || !word.startsWith('-')) given.push(word);
    else if (word === '--') isAfterDashes = true;
    else if (value === undefined) awaited = optionNamed(word, command);
    else values.set(joined, value);
  }
  return { command, given, values, awaited, isAfterDashes, terminal };
};

const namesInFile = ({ values, terminal }: Line): ClusterNames =>
  readClusterNames(clustersPath(terminal.env, values.get('clusters')));

const clusterNames = (line: Line): readonly string[] => [...namesInFile(line).peers.keys()];

/** Clusters, and the words that select some of them by owner or label. */
const clusterWords = (line: Line): readonly string[] => {
  const { peers, selectors } = namesInFile(line);
  return [...peers.keys(), ...selectors].filter((name) => !line.given.includes(name));
};

/** Names that the last checks of a cluster saw. */
const lastNamesOf = (terminal: Terminal, cluster: string) => {
  const all = readLastNames(terminal.env);
  const { peers = [], gateways = [] } = Object.hasOwn(all, cluster) ? (all[cluster] ?? {}) : {};
  return { peers: peers.map(({ name }) => name), calls: peers.flatMap(({ calls }) => calls), gateways };
};

/** Peers of the clusters that are named so far, else of all, as the clusters file and the last checks have them. */
const peerNames = (line: Line): readonly string[] => {
  const configured = namesInFile(line).peers;
  const all = [...configured.keys(), ...Object.keys(readLastNames(line.terminal.env))];
  const named = all.filter((name) => line.given.includes(name));
  return (named.length > 0 ? named : all)
    .flatMap((name) => [...(configured.get(name) ?? []), ...lastNamesOf(line.terminal, name).peers])
    .sort();
};

const checkNames = (): readonly string[] => [...loadChecks().registry.map(({ id }) => id), ...groups];

/** Options that take a list of words, separated by commas. */
const listValues: Readonly<Record<string, () => readonly string[]>> = {
  only: checkNames,
  skip: checkNames,
  queues: () => queueNames,
};

/** Completes the last word of a list: the ones before it stay, and are not offered again. */
const listsFrom = (start: string, words: readonly string[]): readonly string[] => {
  const before = start.slice(0, start.lastIndexOf(',') + 1);
  const chosen = before.split(',');
  return words.filter((word) => !chosen.includes(word)).map((word) => `${before}${word}`);
};

const valuesOf = (option: string, start: string, line: Line): readonly string[] => {
  if (Object.hasOwn(listValues, option)) return listsFrom(start, listValues[option]?.() ?? []);
  if (option === 'peer') return peerNames(line);
  const { choices = {} } = line.command;
  if (Object.hasOwn(choices, option)) return choices[option] ?? [];
  return option === 'format' ? textAndJson : [];
};

/** The arguments of commands that take more than the name of a cluster. */
const argumentsOf: Readonly<Record<string, (line: Line) => readonly string[]>> = {
  check: clusterWords,
  peerings: clusterWords,
  explain: checkNames,
  config: (line) => {
    const [action, ...names] = line.given;
    if (action === undefined) return ['validate', 'approvers'];
    return action === 'approvers' ? clusterNames(line).filter((name) => !names.includes(name)) : [];
  },
  trace: (line) => {
    const [cluster, service] = line.given;
    if (cluster === undefined) return clusterNames(line);
    const { calls } = lastNamesOf(line.terminal, cluster);
    return service === undefined
      ? calls.map((call) => call.service)
      : calls.filter((call) => call.service === service).map(({ destination }) => destination);
  },
  impact: (line) => {
    const [cluster] = line.given;
    if (cluster === undefined) return clusterNames(line);
    const { peers, calls, gateways } = lastNamesOf(line.terminal, cluster);
    return [
      ...peers.map((name) => `peer/${name}`),
      ...gateways.map((name) => `gateway/${name}`),
      ...calls.map(({ service }) => `service/${service}`),
    ];
  },
};

const argumentsFor = (line: Line): readonly string[] => {
  const { command, given } = line;
  if (given.length >= command.positionals[1]) return [];
  const values = Object.hasOwn(argumentsOf, command.name) ? argumentsOf[command.name] : undefined;
  if (values !== undefined) return values(line);
  if (command.name === 'completion') return command.usage.split('|');
  return command.takesCluster === true && given.length === 0 ? clusterNames(line) : [];
};

/** Options, with one dash if the word has one, and `-ojson`. */
const optionsFor = (line: Line, last: string): readonly string[] => {
  const options = Object.keys(optionsOf(line.command));
  if (last.startsWith('--') || last === '-') return options.map((option) => `--${option}`);
  const isShort = last.startsWith('-o') && 'format' in line.command.options;
  return [
    ...options.map((option) => `-${option}`),
    ...(isShort && last.length > 2 ? valuesOf('format', '', line).map((value) => `-o${value}`) : []),
  ];
};

/**
 * Returns what can stand in place of the last word. Words before it decide: an option that takes a value, else a
 * command, which may follow options, else the command's arguments and options. A last word such as `--format=j` decides by itself. Names that
 * Consul gave may hold characters that a shell expands.
 */
export const candidatesFor = (
  commands: readonly CliCommand[],
  words: readonly string[],
  terminal: Terminal,
): readonly string[] => {
  const last = words.at(-1) ?? '';
  const before = withCommandFirst(words.slice(0, -1), commands);
  const [name, ...rest] = before;
  const names = commands.map((command) => command.name);
  if (name === undefined) return last.startsWith('-') ? ['--help', '--version'] : [...names, 'help'];
  if (name === 'help') return rest.length === 0 ? names : [];
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    const areOptions = countLeadingOptions(before, commands) === before.length;
    return areOptions && !last.startsWith('-') ? names : [];
  }
  const line = readLine(command, rest, terminal);
  if (line.awaited !== undefined) return unique(valuesOf(line.awaited, last, line));
  if (line.isAfterDashes) return unique(argumentsFor(line));
  // A name that starts with a dash would be read as an option.
  if (!last.startsWith('-')) return unique(argumentsFor(line)).filter((word) => !word.startsWith('-'));
  const [, dashed = '', start] = /^(--?[a-z][a-z-]*)=(.*)$/s.exec(last) ?? [];
  if (start === undefined) return optionsFor(line, last);
  const option = optionNamed(dashed, command);
  return option === undefined
    ? []
    : unique(valuesOf(option, start, line)).map((value) => `${dashed}=${value}`);
};

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)];
