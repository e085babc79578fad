import { defineCliCommand, clusterArgument } from '../command';
import { reportFormats, failOn } from '../check-choices';
import { exitCodes } from '../exit-codes';
import { otherSideHelp, otherSideOptions } from '../other-side-options';
import type * as loaded from './run-check';

const load = (): typeof loaded => require('./run-check');

export const check = defineCliCommand({
  name: 'check',
  usage: '[CLUSTER…|--all] [--peer NAME] [--snapshot FILE] [--format text|json|junit|sarif] [OPTIONS]',
  summary: 'Checks whether clusters are ready for cluster peering, and shows evidence and fixes',
  takesCluster: true,
  options: {
    all: { type: 'boolean' },
    short: { type: 'boolean' },
    peer: { type: 'string' },
    ...otherSideOptions,
    snapshot: { type: 'string' },
    with: { type: 'string', multiple: true },
    without: { type: 'string', multiple: true },
    format: { type: 'string' },
    'fail-on': { type: 'string' },
    'exit-codes': { type: 'string' },
    only: { type: 'string' },
    skip: { type: 'string' },
    'list-checks': { type: 'boolean' },
    timeout: { type: 'string' },
    wait: { type: 'string' },
    verbose: { type: 'boolean' },
  },
  choices: { format: reportFormats, 'fail-on': failOn, 'exit-codes': exitCodes },
  argumentHelp: {
    CLUSTER: `${clusterArgument}. Several: more names, globs such as 'prod-*', owner:NAME or label:KEY=VALUE`,
  },
  optionHelp: {
    all: 'every cluster in the clusters file',
    short: 'with several clusters, list only those that are not ready',
    peer: 'NAME  only what concerns this peering',
    ...otherSideHelp,
    snapshot: 'FILE  check what peering-bot snapshot saved, and read no cluster',
    with: 'FILE  show what these config entries, service definitions or manifests would fix and break (- for standard input; repeatable)',
    without: 'KIND/NAME  show what it would fix and break to delete this config entry (repeatable)',
    format: 'FORMAT  text, json, junit or sarif (default: text)',
    'fail-on': 'SEVERITY  exit with 1 for findings at or above it: error, warning or never (default: error)',
    'exit-codes':
      'SET  default, or monitor: 0 ready, 1 warning, 2 error, 3 undecided or wrong usage, as script checks expect them',
    only: 'CHECKS  ids, groups or globs of checks to run, separated by commas',
    skip: 'CHECKS  ids, groups or globs of checks to leave out',
    'list-checks': 'list the checks, and read no cluster',
    timeout:
      'DURATION  stop reading a cluster after this time, such as 30s; checks that miss data are unknown',
    wait: 'DURATION  check again until there are no findings at or above --fail-on, at most for this time, such as 5m',
    verbose: 'every finding, every snippet and every name at full length, in text',
  },
  examples: [
    'check prod-east',
    'check prod-east --peer west --format json',
    "check 'prod-*' --short",
    'check --all --format junit',
    'check -http-addr=http://127.0.0.1:8500',
    'check -http-addr=http://127.0.0.1:8500 --other http://127.0.0.1:8501 --other-token-file west.token',
    'check prod-east --only mesh-gateways --wait 5m',
    'check prod-east --with exported-services.hcl',
    'check prod-east --without service-intentions/api',
    'check --list-checks',
    'check --list-checks -o json',
  ],
  positionals: [0, 500],
  run: (...line) => load().runCheck(...line),
});
