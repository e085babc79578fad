import type { KnownBlock } from '@slack/types';
import { prose } from '../../../render/escape';
import { moment, section } from '../../../render/slack/blocks';
import type { Message } from '../../../render/slack/limits';
import type { UnansweredRequest } from './unanswered.store';

const idPrefix = 'unanswered:';

const words = ({ what, at, why }: UnansweredRequest): string =>
  `⚠️ Your ${prose(what, 150)} (${moment(new Date(at).toISOString())}) could not be posted: ${
    why === 'unreachable' ? 'Slack was not reachable' : 'Slack did not accept the message'
  }. Run it again.`;

/** Renders one block for each request that was not answered. Its id names the request. */
export const unansweredBlocks = (requests: readonly UnansweredRequest[]): readonly KnownBlock[] =>
  requests.map((request) => ({
    ...section(words(request)),
    block_id: `${idPrefix}${request.name}`.slice(0, 255),
  }));

/** Returns the names of the requests that blocks tell about. */
export const unansweredIn = (blocks: readonly { readonly block_id?: string }[]): readonly string[] =>
  blocks.flatMap(({ block_id: id = '' }) => (id.startsWith(idPrefix) ? [id.slice(idPrefix.length)] : []));

/** Tells a person in private which requests were not answered. */
export const renderUnanswered = (requests: readonly UnansweredRequest[]): Message => ({
  text: 'A request could not be answered',
  blocks: [...unansweredBlocks(requests)],
});
