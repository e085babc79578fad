/** The conversation and the thread that an answer belongs into. */
interface AnswerAddress {
  readonly channel: string;
  readonly thread?: string | undefined;
  readonly responseUrl?: string | undefined;
}

/**
 * Tells whether an answer belongs into a thread of the bot's own conversation with a person, such as one of the assistant
 * view. Nobody else reads it, so private answers are posted there too.
 */
export const isDirectThread = ({ channel, thread, responseUrl }: AnswerAddress): boolean =>
  responseUrl === undefined && thread !== undefined && channel.startsWith('D');
