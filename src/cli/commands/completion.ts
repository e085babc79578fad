import { groups } from '../../checks/define';
import { registry } from '../../checks/registry';
import { readClustersFile } from '../../config/clusters-file';
import { clustersPath } from '../../config/env';
import { ownerSelectors } from '../../config/owner-selectors';
import { didYouMean } from '../../config/suggest-name';
import { type CliCommand, defineCliCommand, exit, type Terminal, usageError } from '../command';
import { optionsOf } from '../run';
import { readLastNames } from '../last-names';

/**
 * Scripts for the shells. Each calls the hidden command `complete` with the words before the cursor, so that the
 * clusters, checks and names are current.
 */
const scripts: Readonly<Record<string, string>> = {
  bash: `_peering_bot() {
  local IFS=$'\\n' word words=() last breaks="\${COMP_WORDBREAKS//[^:=]/}"
  # Bash splits words such as owner:NAME and label:KEY=VALUE at these characters.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ -n "$breaks" && \${#words[@]} -gt 0 && ( "$word" == [:=]* || "$last" == *[:=] ) ]]; then
      words[\${#words[@]}-1]+="$word"
    else
      words+=("$word")
    fi
    last="$word"
  done
  word="\${words[\${#words[@]}-1]}"
  COMPREPLY=($(compgen -W "$(peering-bot complete -- "\${words[@]}" 2>/dev/null)" -- "$word"))
  # Bash replaces only what follows the last of them.
  if [[ -n "$breaks" ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${word%"\${word##*[$breaks]}"}"}")
  fi
}
complete -o default -F _peering_bot peering-bot
`,
  zsh: `#compdef peering-bot
_peering_bot() {
  local -a candidates
  candidates=("\${(@f)$(peering-bot complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a candidates
}
compdef _peering_bot peering-bot
`,
  fish: `complete -c peering-bot -f -a '(peering-bot complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};

const shells = Object.keys(scripts);

export const completion = defineCliCommand({
  name: 'completion',
  usage: 'bash|zsh|fish',
  summary: 'Prints a script that completes commands, options, clusters, selectors and checks in your shell',
  options: {},
  optionHelp: {},
  examples: ['completion bash', 'completion zsh', 'completion fish'],
  ignoresClusters: true,
  positionals: [1, 1],
  async run([shell = ''], _values, terminal) {
    const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
    if (script === undefined) {
      return usageError(terminal, `completion takes ${shells.join(', ')}${didYouMean(shell, shells)}`);
    }
    terminal.out(script);
    return exit.fine;
  },
});

const clusterNames = (terminal: Terminal): readonly string[] => {
  const read = readClustersFile(clustersPath(terminal.env));
  return read.ok ? [...read.value.clusters.keys()] : [];
};

/** Clusters, and the words that select some of them by owner or label. */
const clusterWords = (terminal: Terminal): readonly string[] => {
  const read = readClustersFile(clustersPath(terminal.env));
  if (!read.ok) return [];
  const names = [...read.value.clusters.keys()];
  return [...names, ...ownerSelectors(names, read.value.owners)];
};

const peerNames = (terminal: Terminal): readonly string[] => {
  const read = readClustersFile(clustersPath(terminal.env));
  return read.ok
    ? [...new Set([...read.value.clusters.values()].flatMap(({ peers }) => Object.keys(peers)))].sort()
    : [];
};

const checkNames = (): readonly string[] => [...registry.map(({ id }) => id), ...groups];

/** Names that no shell takes for more than a word: bash expands what completes a command, and names come from Consul. */
const isPlain = (name: string): boolean => /^[\w./-]+$/u.test(name);

const callsIn = (terminal: Terminal, cluster = '') => {
  const seen = readLastNames(terminal.env);
  const { peers = [], gateways = [] } = Object.hasOwn(seen, cluster) ? (seen[cluster] ?? {}) : {};
  return { peers: peers.map(({ name }) => name), calls: peers.flatMap(({ calls }) => calls), gateways };
};

/** Names that were last seen in a cluster, by the words that are given before. */
const lastNames: Readonly<
  Record<string, (given: readonly string[], terminal: Terminal) => readonly string[]>
> = {
  trace: ([cluster, service, ...more], terminal) => {
    const { calls } = callsIn(terminal, cluster);
    if (service === undefined) return calls.map((call) => call.service);
    return more.length > 0
      ? []
      : calls.filter((call) => call.service === service).map(({ destination }) => destination);
  },
  impact: ([cluster, ...more], terminal) => {
    const { peers, calls, gateways } = callsIn(terminal, cluster);
    if (more.length > 0) return [];
    return [
      ...peers.map((name) => `peer/${name}`),
      ...gateways.map((name) => `gateway/${name}`),
      ...calls.map(({ service }) => `service/${service}`),
    ];
  },
};

/** Values of the options that take one of a few words. */
const optionValues: Readonly<Record<string, (terminal: Terminal) => readonly string[]>> = {
  format: () => ['text', 'json', 'jsonl', 'junit', 'sarif'],
  'fail-on': () => ['error', 'warning', 'never'],
  'exit-codes': () => ['default', 'monitor'],
  only: checkNames,
  skip: checkNames,
  peer: peerNames,
  role: () => ['bot', 'worker'],
};

const argumentValues: Readonly<
  Record<string, (terminal: Terminal, given: readonly string[]) => readonly string[]>
> = {
  check: clusterWords,
  peerings: clusterWords,
  explain: checkNames,
  completion: () => shells,
  config: (terminal, [action, ...names]) => {
    if (action === undefined) return ['validate', 'approvers'];
    return action === 'approvers' && names.length < 2 ? clusterNames(terminal) : [];
  },
};

/**
 * Returns what can stand in place of the last word. Words before it decide: an option that takes a value, else a
 * command, else the command's arguments and options. A last word such as `--format=j` decides by itself.
 */
const candidatesFor = (
  commands: readonly CliCommand[],
  words: readonly string[],
  terminal: Terminal,
): readonly string[] => {
  const [name, ...rest] = words;
  const last = words.at(-1) ?? '';
  if (words.length <= 1) return [...commands.map((command) => command.name), 'help'];
  if (name === 'help') return commands.map((command) => command.name);
  const command = commands.find((one) => one.name === name);
  if (command === undefined) return [];
  const before = rest.at(-2)?.replace(/^--?/, '');
  const options = optionsOf(command);
  if (before !== undefined && rest.at(-2)?.startsWith('-') && options[before]?.type === 'string') {
    return optionValues[before]?.(terminal) ?? [];
  }
  const [, dashes = '', joined] = /^(--?)([^=]+)=/.exec(last) ?? [];
  if (joined !== undefined) {
    const values = options[joined]?.type === 'string' ? optionValues[joined]?.(terminal) : undefined;
    return (values ?? []).map((value) => `${dashes}${joined}=${value}`);
  }
  if (last.startsWith('-')) return Object.keys(options).map((option) => `--${option}`);
  const values = argumentValues[command.name];
  const given = rest.slice(0, -1).filter((word) => !word.startsWith('-'));
  if (values !== undefined) return values(terminal, given);
  const names = given.length > 0 ? lastNames[command.name] : undefined;
  if (names !== undefined) return [...new Set(names(given, terminal))].filter(isPlain);
  return command.takesCluster === true ? clusterNames(terminal) : [];
};

/** Declares the hidden command that completion scripts run. It never fails, since nothing would show an error. */
export const completeCommand = (commands: readonly CliCommand[]): CliCommand =>
  defineCliCommand({
    name: 'complete',
    usage: '-- WORDS…',
    summary: 'Lists what completes a command line',
    isHidden: true,
    options: {},
    optionHelp: {},
    positionals: [0, 500],
    async run(words, _values, terminal) {
      for (const candidate of candidatesFor(commands, words, terminal)) terminal.out(`${candidate}\n`);
      return exit.fine;
    },
  });
