import type { ServiceSplitter } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import type { Entry } from '../../snapshot/snapshot';
import type { Draft } from '../define';
import type { GatewayRoute, ResolvedUpstream } from '../model';
import { orDefault, serviceKey, serviceLabel } from '../names';
import { configEntryRemediation } from '../remediation/config-entry';
import { upstreamSubject } from '../subjects';
import { isSameSplitter, type LocalBackend, type LocalLeg, localLegs } from '../traffic/local-backends';
import { upstreamEvidence } from '../traffic/upstream-evidence';
import { byUpstream, instancesLabel } from './upstream-remediation';
import { routeSubject } from './unserved-routes';

type Caller = ResolvedUpstream | GatewayRoute;

/**
 * Shares 100 percent among the legs in the ratio of their weights, which Consul keeps to two digits. The leg with the greatest
 * weight gets what rounding leaves: one that is switched off by a weight of 0 stays so.
 */
const rescaled = (splits: ServiceSplitter['Splits']): ServiceSplitter['Splits'] => {
  const weightOf = ({ Weight }: ServiceSplitter['Splits'][number]): number =>
    typeof Weight === 'number' ? Weight : 0;
  const sum = splits.reduce((total, one) => total + weightOf(one), 0);
  if (sum <= 0) return [];
  const weights = splits.map((one) => Math.floor((weightOf(one) / sum) * 10_000) / 100);
  const rest = 100 - weights.reduce((total, one) => total + one, 0);
  const greatest = weights.indexOf(Math.max(...weights));
  return splits.map((one, index) => ({
    ...one,
    Weight: Math.round(((weights[index] ?? 0) + (index === greatest ? rest : 0)) * 100) / 100,
  }));
};

/** Takes a leg out of its splitter; nothing where the splitter does not name the service itself. */
const takeOut = (
  { target, splitter }: LocalLeg,
  splitters: readonly Entry<ServiceSplitter>[],
): readonly Remediation[] => {
  const existing = splitters.find(({ entry: { Name, Namespace, Partition } }) =>
    isSameSplitter(
      { name: Name, namespace: orDefault(Namespace), partition: orDefault(Partition) },
      splitter,
    ),
  );
  if (!existing) return [];
  const { Name, Namespace, Splits } = existing.entry;
  const key = serviceKey(target.service, target.namespace);
  const kept = Splits.filter((one) => serviceKey(one.Service || Name, one.Namespace || Namespace) !== key);
  const entry: ServiceSplitter = { ...existing.entry, Splits: rescaled(kept) };
  return entry.Splits.length === 0 || kept.length === Splits.length
    ? []
    : configEntryRemediation({
        title: `Take ${target.service} out of service-splitter ${Name}`,
        entry,
        existing,
      });
};

const legFinding = (
  rows: readonly [Caller, ...Caller[]],
  leg: LocalLeg,
  backend: Extract<LocalBackend, { is: 'dead' }>,
  splitters: readonly Entry<ServiceSplitter>[],
): Draft => {
  const [first] = rows;
  const { target, splitter, beside } = leg;
  const far = `${serviceLabel(beside.service, beside.namespace)} at ${beside.peer}`;
  return {
    severity: 'error',
    subject: 'gateway' in first ? routeSubject(first) : upstreamSubject(first),
    message: `${instancesLabel(rows)} → ${first.destination}: service-splitter ${serviceLabel(splitter.name, splitter.namespace)} shares calls between ${far} and ${serviceLabel(target.service, target.namespace)} here, but ${backend.why}: its share of the calls fails`,
    evidence: [upstreamEvidence(first), ...target.trail, ...beside.trail, ...backend.evidence],
    remediation: () => takeOut(leg, splitters),
  };
};

/**
 * Finds the legs of splitters that end at a service here which takes no calls, beside a leg at a peer: their share of the
 * calls fails (seen with real traffic on 1.20.1).
 */
export const findDeadLegs = (
  callers: readonly Caller[],
  backendOf: (target: LocalLeg['target']) => LocalBackend,
  splitters: readonly Entry<ServiceSplitter>[],
): { readonly findings: readonly Draft[]; readonly hidden: string | undefined } => {
  const sharing = callers.filter((one) => localLegs(one).length > 0);
  const legs = byUpstream(sharing).flatMap((rows) =>
    localLegs(rows[0]).map((leg) => ({ rows, leg, backend: backendOf(leg.target) })),
  );
  return {
    findings: legs.flatMap(({ rows, leg, backend }) =>
      backend.is === 'dead' ? [legFinding(rows, leg, backend, splitters)] : [],
    ),
    hidden: legs.flatMap(({ backend }) => (backend.is === 'unknown' ? [backend.why] : []))[0],
  };
};
