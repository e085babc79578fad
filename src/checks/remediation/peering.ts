import type { Remediation } from '../../report/report';
import { agentSetting } from './settings';
import { command, shellRemediation } from './shell';

/** Establishes, renews and deletes peerings. The title says what to run on the other side. */

/** Makes a valid peering name of any text. */
const peeringName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/gu, '') || 'this-cluster';

const generateToken = (name: string): string | undefined =>
  command(['consul', 'peering', 'generate-token', '-name', name]);

/** A token is a secret: it comes from a variable, so that it is in no snippet and no message. */
const establish = (name: string): string | undefined => {
  const line = command(['consul', 'peering', 'establish', '-name', name]);
  return line && `${line.trimEnd()} -peering-token "$PEERING_TOKEN"\n`;
};

/** Consul deletes in the background, and accepts no new peering of that name before it is done. */
const untilGone = (name: string): string | undefined => {
  const read = command(['consul', 'peering', 'read', '-name', name]);
  return read && `while ${read.trimEnd()} >/dev/null 2>&1; do sleep 1; done\n`;
};

/**
 * Deletes a peering that the other side has ended, and no other: Consul generates tokens for such a peering, and refuses
 * them with 403 where they are used (measured on 1.20.1). Its output leaves the standard one to the token.
 */
const deleteTerminated = (name: string): string | undefined => {
  const [read, remove, wait] = [
    command(['consul', 'peering', 'read', '-name', name]),
    command(['consul', 'peering', 'delete', '-name', name]),
    untilGone(name),
  ];
  return read === undefined || remove === undefined || wait === undefined
    ? undefined
    : `case "$(${read.trimEnd()} 2>/dev/null)" in *TERMINATED*)\n  ${remove.trimEnd()} >&2\n  ${wait}esac\n`;
};

const establishHere = (name: string): readonly Remediation[] =>
  shellRemediation(
    `Then, in this cluster: set PEERING_TOKEN to that token and establish ${name}`,
    establish(name),
  );

/**
 * Establishes or renews a peering where this side dials, with a token of the other side, which contains the
 * current addresses of that side.
 *
 * @param name the name of the peering here
 * @param self the name of this cluster on the other side, as far as that is known
 */
export const dialRemediation = (name: string, self: string): readonly Remediation[] => [
  ...shellRemediation(`First, in ${name}: generate a peering token`, generateToken(peeringName(self))),
  ...establishHere(name),
];

/** Establishes a peering that this side does not have, although the other side may have what is left of one. */
export const dialFirstRemediation = (name: string, self: string): readonly Remediation[] => [
  ...shellRemediation(
    `First, in ${name}: generate a peering token`,
    deleteTerminated(peeringName(self)),
    generateToken(peeringName(self)),
  ),
  ...establishHere(name),
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
export const acceptRemediation = (name: string, self: string): readonly Remediation[] => [
  ...shellRemediation(`First, in this cluster: generate a peering token for ${name}`, generateToken(name)),
  ...shellRemediation(
    `Then, in ${name}: set PEERING_TOKEN to that token and establish the peering`,
    establish(peeringName(self)),
  ),
  ...shellRemediation(
    `If a PeeringAcceptor manages ${name} on Kubernetes, instead of both: set PEERING_VERSION to a number that is higher than before. A new token is written into its secret, which you copy to ${name}`,
    raiseVersion(name),
  ),
];

/** Establishes a peering with a token that the other side has generated and that has not been used. */
export const useTokenRemediation = (name: string, cluster: string, there: string): readonly Remediation[] =>
  shellRemediation(
    `Then set PEERING_TOKEN to the token that was generated for ${there} in ${cluster}, and establish ${name}. Generate a new token only if that one is lost: a new token makes it invalid`,
    establish(name),
  );

/** Renews a peering by a new token, from the side that accepts. */
export const renewPeeringRemediation = (
  { name, side }: { readonly name: string; readonly side: 'acceptor' | 'dialer' },
  self: string,
): readonly Remediation[] =>
  side === 'dialer' ? dialRemediation(name, self) : acceptRemediation(name, self);

/**
 * Opens the stream of a peering again through a new leader at the dialer, which keeps the peering. A new token would
 * not help.
 */
export const reconnectRemediation = ({
  name,
  side,
}: {
  readonly name: string;
  readonly side: 'acceptor' | 'dialer';
}): readonly Remediation[] =>
  shellRemediation(
    side === 'dialer'
      ? 'Let another server become the leader, which opens the stream again'
      : `In ${name}, which dials this cluster: let another server become the leader, which opens the stream again`,
    command(['consul', 'operator', 'raft', 'transfer-leader']),
  );

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

export const deletePeeringRemediation = (title: string, name: string): readonly Remediation[] =>
  shellRemediation(title, command(['consul', 'peering', 'delete', '-name', name]), untilGone(name));

/** Deletes what is left of a peering before it is established again. */
export const replacePeeringRemediation = (
  name: string,
  remediation: readonly Remediation[],
): readonly Remediation[] => [
  ...deletePeeringRemediation(`Start in this cluster: delete what is left of ${name}`, name),
  ...remediation,
];
