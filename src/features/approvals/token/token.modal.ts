import type { KnownBlock, ModalView } from '@slack/types';
import { codeBlock, plain, sentence } from '../../../render/escape';
import { context, section } from '../../../render/slack/blocks';
import { factLines } from '../cards/fact-lines';
import { limits } from '../../../render/slack/limits';

/** A token and its facts. */
export interface RevealedToken {
  readonly requestId: string;
  /** The cluster that generated it. */
  readonly acceptor: string;
  /** The acceptor's name for the cluster that uses it. */
  readonly peer: string;
  readonly token: string;
  /** The summary that the card shows too. */
  readonly facts: readonly string[];
}

/** Maximum characters of a token in one block: a text object holds 3,000, with the fences. */
const partLength = limits.text - 20;

/** Blocks of a modal that the token may take, of the 100 that Slack accepts. */
const maxParts = 60;

/** Splits a token into parts. One that is not base64 is shown escaped, like all other text of a cluster. */
const parts = (token: string): readonly string[] => {
  const isBase64 = /^[A-Za-z0-9+/=]*$/.test(token);
  const pieces = Array.from({ length: Math.min(maxParts, Math.ceil(token.length / partLength)) }, (_, at) =>
    token.slice(at * partLength, (at + 1) * partLength),
  );
  return isBase64
    ? pieces.map((piece) => `\`\`\`\n${piece}\n\`\`\``)
    : [sentence(`the cluster handed out something that is not a peering token: ${token.slice(0, 200)}`, 600)];
};

/** Turns the name of a cluster into a valid name of a peering. */
const asPeerName = (cluster: string): string =>
  cluster
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '') || 'acceptor';

const snippet = (title: string, text: string): KnownBlock[] => {
  const block = codeBlock(text, limits.text - title.length - 5);
  return block === undefined ? [] : [section(`*${title}*\n${block}`)];
};

const howTo = (acceptor: string): KnownBlock[] => {
  const name = asPeerName(acceptor);
  return [
    ...snippet(
      'Command, on the other cluster',
      `consul peering establish -name ${name} -peering-token "$PEERING_TOKEN"`,
    ),
    ...snippet(
      'API',
      [
        `printf '{"PeerName":"${name}","PeeringToken":"%s"}' "$PEERING_TOKEN" |`,
        `  curl --fail --request POST --header "X-Consul-Token: $CONSUL_HTTP_TOKEN" \\`,
        `    --data @- "$CONSUL_HTTP_ADDR/v1/peering/establish"`,
      ].join('\n'),
    ),
    ...snippet(
      'Kubernetes',
      [
        `kubectl create secret generic peering-token-${name} --from-literal=data="$PEERING_TOKEN"`,
        `kubectl apply -f - <<'EOF'`,
        'apiVersion: consul.hashicorp.com/v1alpha1',
        'kind: PeeringDialer',
        `metadata: { name: ${name} }`,
        'spec:',
        '  peer:',
        `    secret: { name: peering-token-${name}, key: data, backend: kubernetes }`,
        'EOF',
      ].join('\n'),
    ),
  ];
};

/**
 * Renders the only modal that shows a token. It has no input, no button and no notice of its closing: with each of
 * them, Slack would send the content back.
 */
export const renderTokenModal = ({ requestId, acceptor, peer, token, facts }: RevealedToken): ModalView => {
  const pieces = parts(token);
  const join = pieces.length > 1 ? ` It has ${pieces.length} parts: join them without spaces.` : '';
  return {
    type: 'modal',
    callback_id: 'peering-token',
    title: { type: 'plain_text', text: plain('Peering token', limits.modalTitle) },
    private_metadata: requestId,
    blocks: [
      section(
        `🔑 Anyone with this token can peer a cluster with "${sentence(acceptor, 100)}" as "${sentence(peer, 100)}", once. It is shown only here, and the bot voids it if nobody uses it within an hour.${join}`,
      ),
      ...pieces.map(section),
      section(
        'Put it into `PEERING_TOKEN`, for example with `read -rs PEERING_TOKEN`, which keeps it out of the shell history.',
      ),
      ...howTo(acceptor),
      ...(facts.length === 0 ? [] : [context(factLines(facts))]),
    ],
  };
};
