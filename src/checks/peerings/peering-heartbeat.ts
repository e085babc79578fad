import { parseConsulTime } from '../../consul/parse-time';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { examplePeering } from '../examples/parts';
import { consulDocs } from '../links';
import { ownPeering, readPeeringCommand, reconnectRemediation } from '../remediation/peering';
import { shellRemediation } from '../remediation/shell';
import { peeringSubject } from '../subjects';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { relationsView } from '../views/relations';

/** Heartbeats arrive every 15 s; Consul gives a peer up after 120 s without one (`incomingHeartbeatTimeout`). */
const lateAfterMs = 45_000;
const lostAfterMs = 120_000;

/** Fields that show that a stream is alive, the best first. */
const signs = ['LastHeartbeat', 'LastReceive', 'LastSend'] as const;

const signWords: Readonly<Record<(typeof signs)[number], string>> = {
  LastHeartbeat: 'last heartbeat',
  LastReceive: 'last message (there was no heartbeat yet)',
  LastSend: 'last message to the peer (nothing was ever received from it)',
};

export const peeringHeartbeat = defineCheck({
  id: 'peering-heartbeat',
  group: 'peerings',
  title: 'Every ACTIVE peering receives heartbeats',
  failureTitle: 'An ACTIVE peering has not received a heartbeat for over 45 seconds',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/manage-connections'),
    since: '1.14.0',
  },
  rationale:
    'A connection that died silently stays ACTIVE for up to two minutes, while nothing is replicated.',
  inputs: [relationsView, hasPeeringsView, 'takenAt'],
  examples: {
    pass: {},
    fail: {
      peerings: {
        enabled: true,
        list: [
          examplePeering({
            StreamStatus: {
              ImportedServices: ['billing'],
              ExportedServices: ['api'],
              LastHeartbeat: '2026-11-23T14:00:02Z',
            },
          }),
        ],
      },
    },
  },
  evaluate({ relations, hasPeerings, takenAt }) {
    if (!hasPeerings || relations.length === 0) return skip(noPeerings);
    const active = relations.filter(({ state }) => state === 'ACTIVE');
    if (active.length === 0) return skip('no peering is ACTIVE');
    const now = Date.parse(takenAt);
    return active.flatMap((relation): readonly Draft[] => {
      const { name, peering, at } = relation;
      // Shortly after a peering becomes active there is no heartbeat yet: then the last received message counts.
      // Where nothing was ever received, the last message that was sent tells that the stream is not new.
      const field = signs.find((name) => parseConsulTime(peering.StreamStatus?.[name]) !== undefined);
      if (field === undefined) return [];
      const ageMs = now - (parseConsulTime(peering.StreamStatus?.[field]) ?? now);
      if (!(ageMs > (field === 'LastSend' ? lostAfterMs : lateAfterMs))) return [];
      const lastSign = signWords[field];
      return [
        {
          severity: ageMs > lostAfterMs ? 'error' : 'warning',
          subject: peeringSubject(name),
          message: `the peering ${name} is ACTIVE, but its ${lastSign} is ${Math.round(ageMs / 1000)} s old; heartbeats are due every 15 s`,
          evidence: [
            evidence(at, `StreamStatus.${field}`, peering.StreamStatus?.[field]),
            evidence(at, 'State', 'ACTIVE'),
          ],
          remediation: [
            ...shellRemediation(
              `Check whether ${name} sends heartbeats again`,
              readPeeringCommand(ownPeering(peering)),
            ),
            // A token would not help: the peering is established, and its stream hangs (22868).
            ...reconnectRemediation(relation),
          ],
        },
      ];
    });
  },
});
