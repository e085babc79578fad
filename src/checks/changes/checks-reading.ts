import type { StateChange } from '../../report/report';
import type { AnyCheck } from '../define';
import { registry } from '../registry';
import type { Input } from '../view';
import { pathsView } from '../views/paths';

/** Adds the sections that an input is computed from. */
const addSections = (input: Input, found: Set<string>): void => {
  if (typeof input === 'string') {
    found.add(input);
    return;
  }
  for (const one of [...input.needs, ...input.optional]) addSections(one, found);
};

const sectionsOf = (inputs: readonly Input[]): ReadonlySet<string> => {
  const found = new Set<string>();
  for (const input of inputs) addSections(input, found);
  return found;
};

/** Checks that paths end at: whatever changes a path may change their findings. */
const endsPaths: ReadonlySet<string> = new Set([
  'envoy-proxies',
  'exported-services-defined',
  'exported-services-in-mesh',
  'failover-targets',
  'gateway-routes',
  'intentions-allow-peer',
  'mesh-gateway-healthy',
  'mesh-gateway-local-registered',
  'mesh-gateway-mode',
  'mesh-gateway-wan-address',
  'peering-active',
  'peering-two-sided',
  'upstream-destination-peer',
  'upstream-imported',
]);

const readBy = new Map<string, ReadonlySet<string>>(
  registry.map((check: AnyCheck) => [
    check.id,
    sectionsOf([...check.inputs, ...(check.optional ?? []), ...(endsPaths.has(check.id) ? [pathsView] : [])]),
  ]),
);

const direct = new Map<string, readonly Input[]>(registry.map(({ id, inputs }) => [id, inputs]));

/** True if a check reads a section itself, and not only what is computed from it. */
export const isOwnInput = (check: string, section: string): boolean =>
  direct.get(check)?.some((input) => input === section) === true;

/** True if a check reads what changed, by the inputs that it declares. */
export const isReadBy = (
  check: string,
  { section, cluster }: Pick<StateChange, 'section' | 'cluster'>,
): boolean => readBy.get(check)?.has(cluster === undefined ? section : 'otherSides') === true;

/** Returns the ids of the checks whose findings a change may touch, in the order of reports. */
export const checksReading = (change: Pick<StateChange, 'section' | 'cluster'>): readonly string[] =>
  registry.map(({ id }) => id).filter((id) => isReadBy(id, change));
