import { join } from 'node:path';
import { z } from 'zod';
import { defineScript, flag } from '../../../redis/script';

/** Every change of a request is decided inside Redis, in one step with its entry in the audit trail. */

export const createScript = defineScript({
  file: join(__dirname, 'scripts/create-request.lua'),
  keys: ['request', 'due', 'open', 'auditList', 'auditHead', 'cards'],
  args: ['expectedHead', 'newHead', 'entry', 'id', 'dueAt', 'maxOpen', 'cardAt'],
  reply: z.enum(['ok', 'audit', 'exists', 'too-many']),
});

export const transitionScript = defineScript({
  file: join(__dirname, 'scripts/transition-request.lua'),
  keys: ['request', 'due', 'open', 'auditList', 'auditHead', 'cards', 'unused'],
  args: [
    'expectedHead',
    'newHead',
    'entry',
    'id',
    'from',
    'to',
    'fence',
    'when',
    'dueInMs',
    'stillOpen',
    'ttlMs',
    'cardInMs',
    'unusedInMs',
    'yesesSig',
  ],
  reply: z.enum(['ok', 'audit', 'missing', 'state', 'fence', 'late', 'early']),
});

export const renewLeaseScript = defineScript({
  file: join(__dirname, 'scripts/renew-lease.lua'),
  keys: ['request', 'due'],
  args: ['id', 'fence', 'leaseMs'],
  reply: flag,
});

export const claimDueScript = defineScript({
  file: join(__dirname, 'scripts/claim-due.lua'),
  keys: ['due'],
  args: ['maxIds', 'delayMs'],
  reply: z.array(z.string()),
});

export const claimOneScript = defineScript({
  file: join(__dirname, 'scripts/claim-one.lua'),
  keys: ['due'],
  args: ['id', 'delayMs'],
  reply: flag,
});

export const cardShownScript = defineScript({
  file: join(__dirname, 'scripts/note-card-shown.lua'),
  keys: ['request', 'cards'],
  args: ['id', 'state', 'since', 'delayMs'],
  reply: flag,
});

export const setDetailsScript = defineScript({
  file: join(__dirname, 'scripts/set-details.lua'),
  keys: ['request'],
  args: [],
  reply: flag,
});

export const readWithTrailScript = defineScript({
  file: join(__dirname, 'scripts/read-with-trail.lua'),
  keys: ['request', 'auditList', 'auditHead'],
  args: ['idInEntry', 'fromSeq', 'sinceMs'],
  reply: z.tuple([z.array(z.string()), z.string().nullable(), z.array(z.string())]),
});
