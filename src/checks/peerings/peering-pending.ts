import { rowsOf } from '../../snapshot/section';
import type { OtherSide } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { examplePeering } from '../examples/parts';
import type { Inputs } from '../inputs';
import { consulDocs } from '../links';
import type { Relation } from '../model';
import {
  acceptRemediation,
  deletePeeringRemediation,
  dialRemediation,
  ownPeering,
  newAddressesRemediation,
  replacePeeringRemediation,
} from '../remediation/peering';
import { agentSetting } from '../remediation/settings';
import { peeringSubject } from '../subjects';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { relationsView } from '../views/relations';
import { counterpartOf } from '../views/remote-upstreams';
import { wasEstablished } from './was-established';

const hourMs = 3_600_000;

/** A peering token that was not used for this time (ms) was probably lost. */
const abandonedAfterMs = 24 * hourMs;

/** Establishing takes up to 15 s, and the dialer shows PENDING meanwhile. */
const establishedAfterMs = 30_000;

/** Time (ms) for which a peering has been pending; undefined if that is not known. */
const ageOf = (
  { ID }: Relation['peering'],
  since: Inputs['pendingSince'],
  takenAt: string,
): number | undefined => {
  const first = Object.hasOwn(since, ID) ? since[ID] : undefined;
  return first === undefined ? undefined : Date.parse(takenAt) - Date.parse(first);
};

/** Writes the state with its duration: `is PENDING`, or `has been PENDING for 30 hours`. */
const pendingFor = (state: string, ageMs: number | undefined): string => {
  const hours = Math.floor((ageMs ?? 0) / hourMs);
  return hours === 0 ? `is ${state}` : `has been ${state} for ${hours} ${hours === 1 ? 'hour' : 'hours'}`;
};

/** A dialer that is PENDING has a token with which it never connected. */
const dialerFinding = ({ name, peering, at }: Relation, ageMs: number | undefined, self: string): Draft => ({
  severity: 'error',
  subject: peeringSubject(name),
  message: `the peering ${name} ${pendingFor('PENDING', ageMs)}: this cluster has its token but could not connect to ${peering.PeerServerAddresses.join(', ')}; a new token contains the same addresses unless you change them in ${name}`,
  evidence: [
    evidence(at, 'State', peering.State),
    evidence(at, 'PeerServerAddresses', peering.PeerServerAddresses),
  ],
  remediation: [
    ...newAddressesRemediation(name),
    ...replacePeeringRemediation(ownPeering(peering), dialRemediation(ownPeering(peering), self)),
  ],
});

/** Finds the configured other side that has the token of a PENDING peering but could not connect. */
const holderOf = ({ peering }: Relation, sides: readonly OtherSide[]) => {
  for (const { cluster, snapshot } of sides) {
    if (snapshot.visibility === 'hidden') continue;
    const { peerings } = snapshot.value.sections;
    const held = counterpartOf(peering, peerings.visibility === 'hidden' ? [] : peerings.value.list);
    if (held?.State === 'PENDING') return { cluster, held };
  }
  return undefined;
};

const acceptorFindings = (
  relation: Relation,
  ageMs: number | undefined,
  self: string,
  sides: readonly OtherSide[],
): readonly Draft[] => {
  const { name, peering, at } = relation;
  const subject = peeringSubject(name);
  const holder = holderOf(relation, sides);
  if (holder) {
    const { cluster, held } = holder;
    return [
      {
        severity: 'error',
        subject,
        message: `the peering ${name} is PENDING: ${cluster} has its token but could not connect to ${held.PeerServerAddresses.join(', ')}`,
        evidence: [evidence(at, 'State', peering.State), evidence(at, 'ID', peering.ID)],
        remediation: [
          agentSetting(
            'Configuration of every server, so that it advertises its address in the network; then restart them one at a time, and generate a new token',
            { advertise_addr: '{{ GetPrivateIP }}' },
          ),
          ...acceptRemediation(ownPeering(peering), held.Name),
        ],
      },
    ];
  }
  if (ageMs !== undefined && !(ageMs > abandonedAfterMs)) return [];
  return [
    {
      severity: ageMs === undefined ? 'info' : 'warning',
      subject,
      message: `the peering ${name} ${pendingFor(peering.State, ageMs)}: its token has not been used on the other side${ageMs === undefined ? '; its age is not known' : ''}`,
      evidence: [
        evidence(at, 'State', peering.State),
        evidence(at, 'Remote.Datacenter', peering.Remote?.Datacenter),
      ],
      remediation: [
        ...acceptRemediation(ownPeering(peering), self),
        ...deletePeeringRemediation(`Or, if you no longer need it: delete ${name}`, ownPeering(peering)),
      ],
    },
  ];
};

export const peeringPending = defineCheck({
  id: 'peering-pending',
  group: 'peerings',
  title: 'No peering has been pending for over 24 hours',
  failureTitle: 'A peering has been pending for over 24 hours',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/establish-cluster-peering'),
    since: '1.14.0',
  },
  rationale:
    'The token of such a peering was never used, a newer one replaced it, or its addresses cannot be reached.',
  inputs: [relationsView, hasPeeringsView, 'takenAt', 'cluster'],
  optional: ['pendingSince', 'otherSides'],
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
  evaluate({ relations, hasPeerings, takenAt, cluster, pendingSince, otherSides }) {
    if (!hasPeerings || relations.length === 0) return skip(noPeerings);
    const since = pendingSince.visibility === 'hidden' ? {} : pendingSince.value;
    return relations
      .filter((relation) => relation.state === 'PENDING' && !wasEstablished(relation))
      .flatMap((relation): readonly Draft[] => {
        const ageMs = ageOf(relation.peering, since, takenAt);
        if (relation.side === 'acceptor') {
          return acceptorFindings(relation, ageMs, cluster.name, rowsOf(otherSides));
        }
        const isRecent = ageMs !== undefined && ageMs < establishedAfterMs;
        return isRecent ? [] : [dialerFinding(relation, ageMs, cluster.name)];
      });
  },
});
