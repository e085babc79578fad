import type { Remediation } from '../../report/report';
import { command, shellRemedy } from '../remediation/shell';

/** How peerings are made, renewed and taken down. What is done at the other side says so in its title. */

/** A name that Consul takes for a peering, made of any text. */
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

/**
 * Peers with a cluster that is to be called `name` here, or renews that peering: this side dials, with a token of
 * the other, which also tells it where the other is now.
 *
 * @param self what the other side calls this cluster, as far as that is known
 */
export const dialRemedy = (name: string, self: string): readonly Remediation[] => [
  ...shellRemedy(`First, at ${name}: make a peering token`, generateToken(peeringName(self))),
  ...shellRemedy(`Then, here: establish ${name} with that token, in PEERING_TOKEN`, establish(name)),
];

/** The same where this side accepts, and the other dials. */
export const acceptRemedy = (name: string, self: string): readonly Remediation[] => [
  ...shellRemedy(`First, here: make a peering token for ${name}`, generateToken(name)),
  ...shellRemedy(
    `Then, at ${name}: establish it with that token, in PEERING_TOKEN`,
    establish(peeringName(self)),
  ),
];

/** Consul deletes in the background, and takes no new peering of the name before it is done. */
const untilGone = (name: string): string | undefined => {
  const read = command(['consul', 'peering', 'read', '-name', name]);
  return read && `while ${read.trimEnd()} >/dev/null 2>&1; do sleep 1; done\n`;
};

export const deletePeeringRemedy = (title: string, name: string): readonly Remediation[] =>
  shellRemedy(title, command(['consul', 'peering', 'delete', '-name', name]), untilGone(name));

/** Takes what is left of a peering down first. */
export const startOver = (name: string, remedy: readonly Remediation[]): readonly Remediation[] => [
  ...deletePeeringRemedy(`Before anything else, here: delete what is left of ${name}`, name),
  ...remedy,
];
