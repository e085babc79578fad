import type { AclQuestion } from '../acl/evaluate';
import { dangerousRights } from '../acl/inspect-token';
import { botNeeds } from '../acl/needs';
import type { OwnRight } from './acl-sections';
import type { Reads } from './reads';
import { visible, hidden, hiddenReason } from './section';
import type { Section } from './snapshot';

/** Rights that the token needs, and rights that it should not have. */
const questions: readonly AclQuestion[] = [...botNeeds.map(({ question }) => question), ...dangerousRights];

/**
 * Reads the rights of the bot's own token from Consul. This needs no right, while reading the rules of the own
 * token needs `acl:read`. Consul answers about single names only; the empty name stands for all, as only a rule for
 * every name grants it.
 */
export const readOwnRights = async ({
  reads,
}: {
  readonly reads: Reads;
}): Promise<Section<readonly OwnRight[]>> => {
  const answer = await reads.ask((client, call) =>
    client.authorize(
      questions.map(({ resource, access }) => ({ Resource: resource, Access: access })),
      call,
    ),
  );
  if (!answer.ok)
    return answer.error.cause === 'acl-disabled' ? visible([]) : hidden(hiddenReason(answer.error, []));
  const { value: rows, meta } = answer;
  const rights = questions.map((question, index) => ({ question, allowed: rows[index]?.Allow === true }));
  // A right that the default policy gives to everyone says nothing about this token.
  const isConclusive = ({ question }: OwnRight): boolean =>
    meta.defaultAclPolicy !== 'allow' || question.resource !== 'operator';
  return visible(rights.filter(isConclusive));
};
