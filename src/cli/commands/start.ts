import { roles } from '../../config/process-uses';
import { type CliCommand, defineCliCommand } from '../command';
import type { Start } from './run-start';
import type * as loaded from './run-start';

const load = (): typeof loaded => require('./run-start');

/** Declares `start`. The composition root passes in what it starts, since no lower layer may import that. */
export const startCommand = (start: Start): CliCommand =>
  defineCliCommand({
    name: 'start',
    usage:
      '[--role bot|worker] [--queues checks,tokens,digests] [--concurrency N] | --probe-from NAME [--concurrency N]',
    summary: 'Runs the bot: listens to Slack, works on jobs, or both',
    options: {
      role: { type: 'string' },
      queues: { type: 'string' },
      concurrency: { type: 'string' },
      'probe-from': { type: 'string' },
    },
    choices: { role: roles },
    optionHelp: {
      role: 'ROLE  bot listens to Slack, worker works on jobs (default: both)',
      queues: 'LIST  the queues a worker takes jobs from (default: all)',
      concurrency: 'N  maximum jobs of a queue that a worker runs at once, 1 to 100 (default: 5)',
      'probe-from':
        'NAME  only probes clusters with probe: { from: NAME }, as their second vantage point; needs no Slack (or PEERING_PROBE_FROM)',
    },
    examples: [
      'start',
      'start --role bot',
      'start --role worker --queues checks,digests --concurrency 10',
      'start --probe-from dmz',
    ],
    positionals: [0, 0],
    run: (...line) => load().runStart(start)(...line),
  });
