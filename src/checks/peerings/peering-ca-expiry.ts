import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleCertificates } from '../examples/certificates';
import { examplePeering } from '../examples/parts';
import { consulDocs } from '../links';
import type { Relation } from '../model';
import { renewPeeringRemediation } from '../remediation/peering';
import { peeringSubject } from '../subjects';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { relationsView } from '../views/relations';
import { certificateValidity } from './certificate-validity';

const dayMs = 86_400_000;

/** Time (ms) before the expiry in which the check warns. */
const soonMs = 30 * dayMs;

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The certificates of a peer that can be read, or nothing where it has none. */
const validitiesOf = ({ peering }: Relation) =>
  peering.PeerCAPems.flatMap((pem) => certificateValidity(pem) ?? []);

const finding = (relation: Relation, nowMs: number, self: string): readonly Draft[] => {
  const { name, at, peering } = relation;
  const validities = validitiesOf(relation);
  if (validities.length === 0) return [];
  const lastMs = Math.max(...validities.map(({ toMs }) => toMs));
  const valid = validities.filter(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs);
  if (valid.length > 0 && lastMs - nowMs > soonMs) return [];
  const all =
    validities.length === 1 ? 'the only CA certificate' : `all ${validities.length} CA certificates`;
  const days = Math.ceil((lastMs - nowMs) / dayMs);
  const early = validities.every(({ fromMs }) => fromMs > nowMs);
  const problem = early
    ? `${validities.length === 1 ? 'is' : 'are'} not valid yet`
    : `expired on ${day(lastMs)}`;
  return [
    {
      severity: valid.length > 0 ? 'warning' : 'error',
      subject: peeringSubject(name),
      message:
        valid.length > 0
          ? `${all} of ${name} ${validities.length === 1 ? 'expires' : 'expire'} by ${day(lastMs)}, in ${days} ${days === 1 ? 'day' : 'days'}; after that, the peering cannot reconnect`
          : `${all} of ${name} ${problem}, so the peering cannot reconnect`,
      evidence: [
        evidence(
          at,
          'PeerCAPems',
          peering.PeerCAPems.map((pem) => {
            const validity = certificateValidity(pem);
            return validity ? `valid from ${day(validity.fromMs)} to ${day(validity.toMs)}` : 'not readable';
          }),
        ),
      ],
      remediation: renewPeeringRemediation(relation, self),
    },
  ];
};

const withCertificates = (...pems: readonly string[]) => ({
  peerings: {
    enabled: true,
    list: [
      examplePeering({
        PeerServerAddresses: ['198.51.100.20:8503'],
        PeerID: 'a-peer',
        PeerCAPems: [...pems],
      }),
    ],
  },
});

export const peeringCaExpiry = defineCheck({
  id: 'peering-ca-expiry',
  group: 'peerings',
  title: 'Every peer has a CA certificate that is valid for more than 30 days',
  failureTitle: 'The CA certificates of a peer have expired or expire within 30 days',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/manage-connections'),
    since: '1.14.0',
  },
  rationale:
    'A cluster verifies the servers of a peer with the CA certificates that it stores. Without a valid one it cannot reconnect. Old certificates beside a valid one are normal.',
  inputs: [relationsView, hasPeeringsView, 'takenAt', 'cluster'],
  examples: {
    pass: withCertificates(exampleCertificates.expired, exampleCertificates.tenYears),
    fail: withCertificates(exampleCertificates.expired),
  },
  evaluate({ relations, hasPeerings, takenAt, cluster }) {
    if (!hasPeerings || relations.length === 0) return skip(noPeerings);
    // A peering that was never established has none; one that has ended does not connect again.
    const held = relations.filter(
      ({ peering, state }) => peering.PeerCAPems.length > 0 && state !== 'TERMINATED' && state !== 'DELETING',
    );
    if (held.length === 0) return skip('this cluster has no CA certificates of a peer');
    const findings = held.flatMap((relation) => finding(relation, Date.parse(takenAt), cluster.name));
    const unread = held.find((relation) => validitiesOf(relation).length === 0);
    return unread
      ? unknown(`the CA certificates of ${unread.name} cannot be read as X.509`, findings)
      : findings;
  },
});
