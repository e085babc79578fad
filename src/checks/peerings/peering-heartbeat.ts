import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { exampleCluster, examplePeering, exampleRelation, exampleTakenAt } from '../examples';
import { consulDocs } from '../links';
import { noPeering } from '../no-peering';
import { command, shellRemedy } from '../remediation/shell';
import { peeringSubject } from '../subjects';
import { acceptRemedy, dialRemedy } from './remedies';

/** Heartbeats come every 15 s; Consul gives a peer up after 120 s without one (`incomingHeartbeatTimeout`). */
const lateAfterMs = 45_000;
const goneAfterMs = 120_000;

/** A time of Consul in ms since the epoch; undefined where it has none, which Go may write as year 1. */
const timeOf = (text: string | null | undefined): number | undefined => {
  const time = Date.parse(text ?? '');
  return time > 0 ? time : undefined;
};

export const peeringHeartbeat = defineCheck({
  id: 'peering-heartbeat',
  group: 'peerings',
  title: 'Every ACTIVE peering is heard from',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/manage-connections'),
    since: '1.14.0',
  },
  rationale:
    'A connection that has silently died looks ACTIVE for up to two minutes, while nothing is replicated.',
  inputs: ['relations', 'readiness', 'takenAt', 'cluster'],
  examples: (() => {
    const StreamStatus = {
      ImportedServices: ['billing'],
      ExportedServices: ['api'],
      LastHeartbeat: '2026-11-23T14:00:02Z',
    };
    const rest = { readiness: false, takenAt: exampleTakenAt, cluster: exampleCluster } as const;
    return {
      pass: { ...rest, relations: [exampleRelation()] },
      fail: { ...rest, relations: [exampleRelation({ peering: examplePeering({ StreamStatus }) })] },
    };
  })(),
  evaluate({ relations, readiness, takenAt, cluster }) {
    if (readiness || relations.length === 0) return skip(noPeering);
    const active = relations.filter(({ state }) => state === 'ACTIVE');
    if (active.length === 0) return skip('no peering is ACTIVE');
    const now = Date.parse(takenAt);
    return active.flatMap(({ name, side, peering, at }): readonly Draft[] => {
      // Shortly after a peering becomes active there is no heartbeat yet: then what was received last counts.
      const field =
        timeOf(peering.StreamStatus?.LastHeartbeat) === undefined ? 'LastReceive' : 'LastHeartbeat';
      const last = timeOf(peering.StreamStatus?.[field]);
      const ageMs = last === undefined ? 0 : now - last;
      if (!(ageMs > lateAfterMs)) return [];
      const what = field === 'LastHeartbeat' ? 'last heartbeat' : 'last message (there is no heartbeat yet)';
      return [
        {
          severity: ageMs > goneAfterMs ? 'error' : 'warning',
          subject: peeringSubject(name),
          message: `the peering ${name} is ACTIVE, and its ${what} is ${Math.round(ageMs / 1000)} s old; one is due every 15 s`,
          evidence: [
            evidence(at, `StreamStatus.${field}`, peering.StreamStatus?.[field]),
            evidence(at, 'State', 'ACTIVE'),
          ],
          remediation: [
            ...shellRemedy(
              `See whether ${name} is heard from again`,
              command(['consul', 'peering', 'read', '-name', name]),
            ),
            ...(side === 'dialer' ? dialRemedy(name, cluster.name) : acceptRemedy(name, cluster.name)),
          ],
        },
      ];
    });
  },
});
