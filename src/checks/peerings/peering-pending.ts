import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { exampleCluster, examplePeering, exampleRelation, exampleTakenAt } from '../examples';
import { consulDocs } from '../links';
import { noPeering } from '../no-peering';
import { peeringSubject } from '../subjects';
import { acceptRemedy, deletePeeringRemedy, dialRemedy, startOver } from './remedies';

const hourMs = 3_600_000;

/** A peering token that nobody has used for so long (ms) was probably lost. */
const forgottenAfterMs = 24 * hourMs;

export const peeringPending = defineCheck({
  id: 'peering-pending',
  group: 'peerings',
  title: 'No peering has been pending for over 24 hours',
  severity: 'warning',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/establish-cluster-peering'),
    since: '1.14.0',
  },
  rationale: 'The token of such a peering was never used, or a newer one has superseded it.',
  inputs: ['relations', 'readiness', 'takenAt', 'cluster'],
  optional: ['pendingSince'],
  examples: (() => {
    const peering = examplePeering({ State: 'PENDING', StreamStatus: null });
    const rest = {
      readiness: false,
      takenAt: exampleTakenAt,
      cluster: exampleCluster,
      pendingSince: { seen: 'all', value: { [peering.ID]: '2026-11-20T09:00:00Z' } },
    } as const;
    return {
      pass: { ...rest, relations: [exampleRelation()] },
      fail: { ...rest, relations: [exampleRelation({ peering })] },
    };
  })(),
  evaluate({ relations, readiness, takenAt, cluster, pendingSince }) {
    if (readiness || relations.length === 0) return skip(noPeering);
    const since = pendingSince.seen === 'none' ? {} : pendingSince.value;
    return relations
      .filter(({ state }) => state === 'PENDING' || state === 'ESTABLISHING')
      .flatMap(({ name, state, side, peering, at }): readonly Draft[] => {
        const first = Object.hasOwn(since, peering.ID) ? since[peering.ID] : undefined;
        const ageMs = first === undefined ? undefined : Date.parse(takenAt) - Date.parse(first);
        if (ageMs !== undefined && !(ageMs > forgottenAfterMs)) return [];
        const age = ageMs === undefined ? '' : ` for ${Math.floor(ageMs / hourMs)} hours`;
        const why =
          side === 'dialer'
            ? 'the other side did not take its token'
            : 'its token has not been used at the other side';
        return [
          {
            severity: ageMs === undefined ? 'info' : 'warning',
            subject: peeringSubject(name),
            message: `the peering ${name} has been ${state}${age}: ${why}${age ? '' : ' so far; since when is not known'}`,
            evidence: [evidence(at, 'State', state)],
            remediation:
              side === 'dialer'
                ? startOver(name, dialRemedy(name, cluster.name))
                : [
                    ...acceptRemedy(name, cluster.name),
                    ...deletePeeringRemedy(`Or, where it is not wanted any more: delete ${name}`, name),
                  ],
          },
        ];
      });
  },
});
