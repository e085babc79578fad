import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { examplePeering } from '../examples/parts';
import { consulDocs } from '../links';
import {
  acceptRemediation,
  deletePeeringRemediation,
  dialRemediation,
  replacePeeringRemediation,
} from '../remediation/peering';
import { peeringSubject } from '../subjects';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { relationsView } from '../views/relations';

const hourMs = 3_600_000;

/** A peering token that was not used for this time (ms) was probably lost. */
const abandonedAfterMs = 24 * hourMs;

export const peeringPending = defineCheck({
  id: 'peering-pending',
  group: 'peerings',
  title: 'No peering has been pending for over 24 hours',
  failureTitle: 'A peering has been pending for over 24 hours',
  severity: 'warning',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/establish-cluster-peering'),
    since: '1.14.0',
  },
  rationale: 'The token of such a peering was never used, or a newer one replaced it.',
  inputs: [relationsView, hasPeeringsView, 'takenAt', 'cluster'],
  optional: ['pendingSince'],
  examples: (() => {
    const pending = examplePeering({ State: 'PENDING', StreamStatus: null });
    return {
      pass: {},
      fail: {
        peerings: { enabled: true, list: [pending] },
        pendingSince: { [pending.ID]: '2026-11-20T09:00:00Z' },
      },
    };
  })(),
  evaluate({ relations, hasPeerings, takenAt, cluster, pendingSince }) {
    if (!hasPeerings || relations.length === 0) return skip(noPeerings);
    const since = pendingSince.visibility === 'hidden' ? {} : pendingSince.value;
    return relations
      .filter(({ state }) => state === 'PENDING' || state === 'ESTABLISHING')
      .flatMap(({ name, state, side, peering, at }): readonly Draft[] => {
        const first = Object.hasOwn(since, peering.ID) ? since[peering.ID] : undefined;
        const ageMs = first === undefined ? undefined : Date.parse(takenAt) - Date.parse(first);
        if (ageMs !== undefined && !(ageMs > abandonedAfterMs)) return [];
        const age = ageMs === undefined ? '' : ` for ${Math.floor(ageMs / hourMs)} hours`;
        const why =
          side === 'dialer'
            ? 'the other side did not accept its token'
            : 'its token has not been used on the other side';
        return [
          {
            severity: ageMs === undefined ? 'info' : 'warning',
            subject: peeringSubject(name),
            message: `the peering ${name} has been ${state}${age}: ${why}${age ? '' : '; its age is not known'}`,
            evidence: [evidence(at, 'State', state)],
            remediation:
              side === 'dialer'
                ? replacePeeringRemediation(name, dialRemediation(name, cluster.name))
                : [
                    ...acceptRemediation(name, cluster.name),
                    ...deletePeeringRemediation(`Or, if it is no longer wanted: delete ${name}`, name),
                  ],
          },
        ];
      });
  },
});
