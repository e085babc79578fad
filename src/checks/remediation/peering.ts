import type { Peering } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { agentSetting } from './settings';
import { command, shellRemediation } from './shell';
import { tenancyFlags } from './tenancy';

/** Establishes, renews and deletes peerings. The title says what to run on the other side. */

/** Makes a valid peering name of any text. */
const peeringName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/gu, '') || 'this-cluster';

/** A peering as one of its ends has it. */
interface PeeringEnd {
  readonly name: string;
  /** The admin partition that it is in (Enterprise); empty or absent for the default one. */
  readonly partition?: string | undefined;
}

/** A peering of this cluster. */
export interface OwnPeering extends PeeringEnd {
  /** The partition of the other side, as far as that is known. */
  readonly remotePartition?: string | undefined;
}

/** Finds the partitions of both ends of a peering. Consul names them with Enterprise alone. */
export const ownPeering = ({
  Name,
  Partition,
  Remote,
}: Pick<Peering, 'Name' | 'Partition' | 'Remote'>): OwnPeering => ({
  name: Name,
  partition: Partition,
  remotePartition: Remote?.Partition,
});

const peeringCommand = (verb: string, { name, partition }: PeeringEnd): string | undefined =>
  command(['consul', 'peering', verb, ...tenancyFlags({ partition }), '-name', name]);

/** The other end of a peering, by the name that this cluster has there, as far as that is known. */
const remoteEnd = (self: string, { remotePartition }: OwnPeering): PeeringEnd => ({
  name: peeringName(self),
  partition: remotePartition,
});

const generateToken = (peering: PeeringEnd): string | undefined => peeringCommand('generate-token', peering);

/** Reads a peering. */
export const readPeeringCommand = (peering: PeeringEnd): string | undefined =>
  peeringCommand('read', peering);

/** A token is a secret: it comes from a variable, so that it is in no snippet and no message. */
const establish = (peering: PeeringEnd): string | undefined => {
  const line = peeringCommand('establish', peering);
  return line && `${line.trimEnd()} -peering-token "$PEERING_TOKEN"\n`;
};

/** Consul deletes in the background, and accepts no new peering of that name before it is done. */
const untilGone = (peering: PeeringEnd): string | undefined => {
  const read = readPeeringCommand(peering);
  return read && `while ${read.trimEnd()} >/dev/null 2>&1; do sleep 1; done\n`;
};

/**
 * Deletes a peering that the other side has ended, and no other: Consul generates tokens for such a peering, and refuses
 * them with 403 where they are used (measured on 1.20.1). Its output leaves the standard one to the token.
 */
const deleteTerminated = (peering: PeeringEnd): string | undefined => {
  const [read, remove, wait] = [
    readPeeringCommand(peering),
    peeringCommand('delete', peering),
    untilGone(peering),
  ];
  return read === undefined || remove === undefined || wait === undefined
    ? undefined
    : `case "$(${read.trimEnd()} 2>/dev/null)" in *TERMINATED*)\n  ${remove.trimEnd()} >&2\n  ${wait}esac\n`;
};

const establishHere = (peering: OwnPeering): readonly Remediation[] =>
  shellRemediation(
    `Then, in this cluster: set PEERING_TOKEN to that token and establish ${peering.name}`,
    establish(peering),
  );

/**
 * Establishes or renews a peering where this side dials, with a token of the other side, which contains the
 * current addresses of that side.
 *
 * @param self the name of this cluster on the other side, as far as that is known
 */
export const dialRemediation = (peering: OwnPeering, self: string): readonly Remediation[] => [
  ...shellRemediation(
    `First, in ${peering.name}: generate a peering token`,
    generateToken(remoteEnd(self, peering)),
  ),
  ...establishHere(peering),
];

/** Establishes a peering that this side does not have, although the other side may have what is left of one. */
export const dialFirstRemediation = (peering: OwnPeering, self: string): readonly Remediation[] => [
  ...shellRemediation(
    `First, in ${peering.name}: generate a peering token`,
    deleteTerminated(remoteEnd(self, peering)),
    generateToken(remoteEnd(self, peering)),
  ),
  ...establishHere(peering),
];

/**
 * Makes consul-k8s generate a token. Nothing in Consul tells that a PeeringAcceptor manages a peering: its controller
 * sets no metadata.
 */
const raiseVersion = (name: string): string | undefined => {
  const line = command(['kubectl', 'annotate', '--overwrite', 'peeringacceptor', name]);
  return line && `${line.trimEnd()} "consul.hashicorp.com/peering-version=$PEERING_VERSION"\n`;
};

/** Establishes or renews a peering where this side accepts, and the other side dials. */
export const acceptRemediation = (peering: OwnPeering, self: string): readonly Remediation[] => [
  ...shellRemediation(
    `First, in this cluster: generate a peering token for ${peering.name}`,
    generateToken(peering),
  ),
  ...shellRemediation(
    `Then, in ${peering.name}: set PEERING_TOKEN to that token and establish the peering`,
    establish(remoteEnd(self, peering)),
  ),
  ...shellRemediation(
    `If a PeeringAcceptor manages ${peering.name} on Kubernetes, instead of both: set PEERING_VERSION to a number that is higher than before. A new token is written into its secret, which you copy to ${peering.name}`,
    raiseVersion(peering.name),
  ),
];

/** Establishes a peering with a token that the other side has generated and that has not been used. */
export const useTokenRemediation = (
  peering: OwnPeering,
  cluster: string,
  there: string,
): readonly Remediation[] =>
  shellRemediation(
    `Then set PEERING_TOKEN to the token that was generated for ${there} in ${cluster}, and establish ${peering.name}. Generate a new token only if that one is lost: a new token makes it invalid`,
    establish(peering),
  );

/** Renews a peering by a new token, from the side that accepts. */
export const renewPeeringRemediation = (
  { peering, side }: { readonly peering: Peering; readonly side: 'acceptor' | 'dialer' },
  self: string,
): readonly Remediation[] =>
  side === 'dialer'
    ? dialRemediation(ownPeering(peering), self)
    : acceptRemediation(ownPeering(peering), self);

/**
 * Opens the stream of a peering again through a new leader at the dialer, which keeps the peering. A new token would
 * not help. Consul 1.14 has no command for it, and a server that is alone cannot hand over (seen on 1.14.11 and 1.20.1).
 */
export const reconnectRemediation = ({
  name,
  side,
}: {
  readonly name: string;
  readonly side: 'acceptor' | 'dialer';
}): readonly Remediation[] => {
  const there = side === 'dialer' ? '' : `In ${name}, which dials this cluster: `;
  return [
    ...shellRemediation(
      `${there}${there ? 'l' : 'L'}et another server become the leader, which opens the stream again`,
      command(['consul', 'operator', 'raft', 'transfer-leader']),
    ),
    ...shellRemediation(
      `${there}${there ? 'i' : 'I'}f there is one server alone, or before Consul 1.15, instead: see which server leads, and restart it`,
      command(['consul', 'operator', 'raft', 'list-peers']),
    ),
  ];
};

/**
 * Makes the servers of the other side hand out addresses that can be reached. An established peering learns new
 * addresses by itself; one that was never established needs a token that contains them.
 *
 * @param name the name of the peering here
 */
export const newAddressesRemediation = (name: string): readonly Remediation[] => [
  agentSetting(
    `In ${name}: configuration of every server, so that it advertises its address in the network; then restart them one at a time`,
    { advertise_addr: '{{ GetPrivateIP }}' },
  ),
];

export const deletePeeringRemediation = (title: string, peering: OwnPeering): readonly Remediation[] =>
  shellRemediation(title, peeringCommand('delete', peering), untilGone(peering));

/** Waits until Consul has deleted a peering: it takes no new one of that name before. */
export const waitUntilGoneRemediation = (peering: PeeringEnd): readonly Remediation[] =>
  shellRemediation(`Wait until Consul has deleted ${peering.name}`, untilGone(peering));

/** Establishes a peering again that this side has deleted. */
export const establishRemediation = (
  { peering, side }: { readonly peering: Peering; readonly side: 'acceptor' | 'dialer' },
  self: string,
): readonly Remediation[] =>
  side === 'dialer'
    ? dialFirstRemediation(ownPeering(peering), self)
    : acceptRemediation(ownPeering(peering), self);

/** Deletes what is left of a peering before it is established again. */
export const replacePeeringRemediation = (
  peering: OwnPeering,
  remediation: readonly Remediation[],
): readonly Remediation[] => [
  ...deletePeeringRemediation(`Start in this cluster: delete what is left of ${peering.name}`, peering),
  ...remediation,
];
