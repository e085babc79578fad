import { allProcessUses, type QueueName, queueNames, roles, type ProcessUses } from '../config/process-uses';
import { vantagePointPattern } from '../config/probe-queue';
import { didYouMean } from '../config/suggest-name';

interface UsesFlags {
  readonly role?: string | undefined;
  readonly queues?: string | undefined;
  readonly probeFrom?: string | undefined;
}

/** Reads `--role`, `--queues` and `--probe-from`, or returns a sentence that says what was expected. Default: everything. */
export const usesOf = ({ role, queues, probeFrom }: UsesFlags): ProcessUses | string => {
  const chosen = role === undefined ? allProcessUses.roles : roles.filter((one) => one === role);
  if (chosen.length === 0) return `--role takes ${roles.join(' or ')}${didYouMean(role ?? '', roles)}`;
  if (probeFrom !== undefined) {
    if (!chosen.includes('worker') || queues !== undefined)
      return '--probe-from goes with neither --role bot nor --queues: such a worker takes no other jobs';
    return vantagePointPattern.test(probeFrom)
      ? { roles: ['worker'], queues: [], probeFrom }
      : '--probe-from takes a name of at most 32 of a-z, 0-9 and "-", as probe.from of a cluster has it';
  }
  const given = queues === undefined ? undefined : queues.split(',').map((name) => name.trim());
  const strange = given?.find((name) => !(queueNames as readonly string[]).includes(name));
  if (strange !== undefined)
    return `--queues takes a list of ${queueNames.join(', ')}${didYouMean(strange, queueNames)}`;
  const works = chosen.includes('worker');
  return { roles: chosen, queues: works ? ((given as QueueName[] | undefined) ?? queueNames) : [] };
};
