import { allProcessUses, type QueueName, queueNames, roles, type ProcessUses } from '../config/env';
import { didYouMean } from '../config/suggest-name';

/** Reads `--role` and `--queues`, or returns a sentence that says what was expected. Default: everything. */
export const usesOf = (role: string | undefined, queues: string | undefined): ProcessUses | string => {
  const chosen = role === undefined ? allProcessUses.roles : roles.filter((one) => one === role);
  if (chosen.length === 0) return `--role takes ${roles.join(' or ')}${didYouMean(role ?? '', roles)}`;
  const given = queues === undefined ? undefined : queues.split(',').map((name) => name.trim());
  const strange = given?.find((name) => !(queueNames as readonly string[]).includes(name));
  if (strange !== undefined)
    return `--queues takes a list of ${queueNames.join(', ')}${didYouMean(strange, queueNames)}`;
  const works = chosen.includes('worker');
  return { roles: chosen, queues: works ? ((given as QueueName[] | undefined) ?? queueNames) : [] };
};
