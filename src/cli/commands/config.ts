import { defineCliCommand } from '../command';
import { configRoles } from '../../config/process-uses';
import type * as loaded from './run-config';

const load = (): typeof loaded => require('./run-config');

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
  run: (...line) => load().runConfig(...line),
});
