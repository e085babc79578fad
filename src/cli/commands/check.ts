import { readFileSync } from 'node:fs';
import { runChecks } from '../../checks/runner';
import { didYouMean } from '../../config/nearest';
import { whyUnreadable } from '../../clusters/run-check';
import { renderJson } from '../../render/json';
import { renderJunit } from '../../render/junit';
import { renderSarif } from '../../render/sarif';
import { renderTerminal } from '../../render/terminal';
import type { Report } from '../../report/report';
import { loadSnapshot } from '../../snapshot/load';
import type { Snapshot } from '../../snapshot/snapshot';
import { defineCliCommand, type ExitCode, exit, type Terminal, usageError, word } from '../command';
import { findCluster, openCluster } from '../open-cluster';

const failOn = ['error', 'warning', 'never'] as const;
type FailOn = (typeof failOn)[number];

type Render = (report: Report, how: { readonly colour: boolean; readonly verbose: boolean }) => string;

const formats: Readonly<Record<string, Render>> = {
  text: (report, { colour, verbose }) => renderTerminal(report, { colour, width: 80, verbose }),
  json: renderJson,
  junit: renderJunit,
  sarif: renderSarif,
};

export const check = defineCliCommand({
  name: 'check',
  usage:
    'CLUSTER [--peer NAME] [--snapshot FILE] [--format text|json|junit|sarif] [--fail-on error|warning|never] [--verbose]',
  summary: 'Checks whether a cluster is fit for cluster peering, what is wrong, and what to paste to mend it',
  options: {
    peer: { type: 'string' },
    snapshot: { type: 'string' },
    format: { type: 'string' },
    'fail-on': { type: 'string' },
    verbose: { type: 'boolean' },
  },
  optionHelp: {
    peer: 'NAME  only what matters to this peering',
    snapshot: 'FILE  check what peering-bot snapshot saved, and ask no cluster',
    format: 'FORMAT  text, json, junit or sarif (default: text)',
    'fail-on': 'SEVERITY  exit with 1 from error or warning on, or never (default: error)',
    verbose: 'every finding, every snippet and every name at full length, in text',
  },
  positionals: [1, 1],
  async run([name = ''], values, terminal) {
    const format = word(values, 'format') ?? 'text';
    const render = Object.hasOwn(formats, format) ? formats[format] : undefined;
    if (!render) {
      const known = Object.keys(formats);
      return usageError(terminal, `--format takes ${known.join(', ')}${didYouMean(format, known)}`);
    }
    const given = word(values, 'fail-on') ?? 'error';
    const threshold = failOn.find((one) => one === given);
    if (!threshold)
      return usageError(terminal, `--fail-on takes ${failOn.join(', ')}${didYouMean(given, failOn)}`);

    const peer = word(values, 'peer');
    const file = word(values, 'snapshot');
    const seen = file === undefined ? await live(name, peer, values, terminal) : saved(name, file, terminal);
    if (typeof seen === 'number') return seen;
    const strange = peer === undefined ? undefined : unknownPeer(seen, peer);
    if (strange) return usageError(terminal, strange);

    const unreadable = whyUnreadable(seen);
    const report = runChecks(seen, peer === undefined ? {} : { peer });
    const verbose = values['verbose'] === true;
    // That nothing was seen is one line; to a reader, the same of each check says no more.
    if (!unreadable || format !== 'text' || verbose)
      terminal.out(render(report, { colour: terminal.colour, verbose }));
    if (unreadable)
      terminal.err(`peering-bot: ${seen.cluster.name} could not be read: ${unreadable.message}\n`);
    return unreadable ? exit.undecided : exitOf(report, threshold);
  },
});

const live = async (
  name: string,
  peer: string | undefined,
  values: Parameters<typeof findCluster>[1],
  terminal: Terminal,
): Promise<Snapshot | ExitCode> => {
  const found = findCluster(name, values, terminal);
  return typeof found === 'number' ? found : openCluster(found.config, found.cluster, peer, terminal);
};

const saved = (name: string, file: string, terminal: Terminal): Snapshot | ExitCode => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return usageError(
      terminal,
      `cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    );
  }
  const loaded = loadSnapshot(text);
  if (!loaded.ok) return usageError(terminal, `${file}: ${loaded.message}`);
  if (loaded.value.cluster.name !== name) {
    return usageError(terminal, `${file} is a snapshot of ${loaded.value.cluster.name}, not of ${name}`);
  }
  return loaded.value;
};

/** Where all peerings could be seen and none has the name asked for: a slip of the one who typed. */
const unknownPeer = ({ sections: { peerings } }: Snapshot, peer: string): string | undefined => {
  if (peerings.visibility !== 'visible' || !peerings.value.enabled) return undefined;
  const names = peerings.value.list.map(({ Name }) => Name);
  if (names.includes(peer)) return undefined;
  const known = names.length === 0 ? 'it has none' : `it has ${names.slice(0, 20).join(', ')}`;
  return `there is no peering ${JSON.stringify(peer.slice(0, 80))}${didYouMean(peer, names) || `; ${known}`}`;
};

/**
 * 1 for findings at the threshold or above it; else 3 where a check that could have decided it was not seen.
 */
const exitOf = (report: Report, threshold: FailOn): ExitCode => {
  if (threshold === 'never') return exit.fine;
  const counted = threshold === 'error' ? ['error'] : ['error', 'warning'];
  const any = (status: string): boolean =>
    report.results.some((result) => result.status === status && counted.includes(result.severity));
  if (any('fail')) return exit.findings;
  return any('unknown') ? exit.undecided : exit.fine;
};
