import { defineCliCommand } from '../command';
import { auditFormats } from '../audit-formats';
import type * as loaded from './run-audit';

const load = (): typeof loaded => require('./run-audit');

export const audit = defineCliCommand({
  name: 'audit',
  usage: '[--since 7d|DATE] [--format text|json|jsonl] [--verify]',
  summary:
    'Shows requests for peering tokens, decisions, writes, and changes of digests, subscriptions and mutes',
  options: { since: { type: 'string' }, format: { type: 'string' }, verify: { type: 'boolean' } },
  choices: { format: auditFormats },
  optionHelp: {
    since: 'WHEN  only entries since then: 90m, 12h, 7d, 2026-11-23 or 2026-11-23T09:00:00Z (default: all)',
    format: 'FORMAT  text, or json or jsonl with hashes and signatures (default: text)',
    verify: 'verify the whole trail with PEERING_SIGNING_KEY, and name its first gap',
  },
  examples: ['audit', 'audit --since 7d --format jsonl', 'audit --verify'],
  positionals: [0, 0],
  run: (...line) => load().runAudit(...line),
});
