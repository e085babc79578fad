import type { ChainTarget } from '../../consul/chain-targets';
import {
  decideIntention,
  type IntentionDecision,
  type IntentionSource,
  type UnmatchedPeers,
} from '../../paths/intentions';
import { serviceLabel } from '../names';
import type { ClusterIntentions } from '../views/intention-rules';

interface Destination {
  readonly name: string;
  readonly namespace: string;
}

/** The decision about a call, and the service whose intentions make it. */
interface CallDecision {
  readonly decision: IntentionDecision;
  readonly decidedAt: Destination;
}

/**
 * Returns the services whose sidecars decide about calls of an exported name: those that its discovery chain ends at. The
 * intentions of the name itself decide nothing where a router, splitter or resolver sends all calls on (seen with real
 * traffic on 1.20.1).
 */
export const decidingServices = (
  destination: Destination,
  targets: readonly ChainTarget[] | undefined,
): readonly Destination[] => {
  const services = (targets ?? []).filter(({ peer }) => peer === '');
  if (services.length === 0) return [destination];
  const byName = new Map(
    services.map(({ service, namespace }) => [`${namespace}/${service}`, { name: service, namespace }]),
  );
  return [...byName.values()];
};

const order: readonly IntentionDecision['kind'][] = ['deny', 'unknown', 'partly', 'allow'];

/** Decides about a call by the intentions of every service that it may end at. */
export const decideCall = (
  rules: ClusterIntentions,
  source: IntentionSource,
  services: readonly Destination[],
): CallDecision => {
  const decided = services.map(
    (decidedAt): CallDecision => ({
      decidedAt,
      decision: decideIntention(rules.rulesFor(decidedAt.name, decidedAt.namespace), source, decidedAt),
    }),
  );
  const [worst] = decided.toSorted(
    (a, b) => order.indexOf(a.decision.kind) - order.indexOf(b.decision.kind),
  ) as [CallDecision];
  const denied = decided.filter(({ decision }) => decision.kind === 'deny');
  if (worst.decision.kind !== 'deny' || denied.length === decided.length) return worst;
  const unknown = decided.find(({ decision }) => decision.kind === 'unknown');
  return (
    unknown ?? {
      decidedAt: worst.decidedAt,
      decision: {
        ...worst.decision,
        kind: 'partly',
        denied: denied.map(({ decidedAt: { name, namespace } }) => ({
          action: 'deny',
          about: `calls that are sent on to ${serviceLabel(name, namespace)}`,
        })),
      },
    }
  );
};

const unmatchedWords: Readonly<Record<UnmatchedPeers, string>> = {
  grpc: 'sidecars that speak grpc match no intention about a peer',
  sanitized:
    'proxies match no intention about a peer, as the mesh entry has them drop the header x-forwarded-client-cert',
  registered:
    'sidecars match no intention about a peer, as they are registered with another protocol than mesh gateways use for the service',
};

/** Says why the default policy decides about a caller of a peer, or a part of its calls, whatever intentions say; undefined where they decide. */
export const whyUnmatched = (decision: IntentionDecision): string | undefined => {
  if (decision.kind === 'unknown') return undefined;
  if (decision.kind === 'partly') {
    const { unmatched } = decision;
    const some = unmatched === 'grpc' ? '' : 'some ';
    return unmatched && `${some}${unmatchedWords[unmatched]}: the default policy decides there`;
  }
  const { kind, unmatched } = decision;
  return unmatched && `${unmatchedWords[unmatched]}, and the default policy is ${kind}`;
};
