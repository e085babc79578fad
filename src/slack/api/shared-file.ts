import { isUtf8 } from 'node:buffer';
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import { failure, type Result, success } from '../../result';
import { callSlack, describeFailure, networkCause } from './call';
import type { SlackFetch } from './slack-network';

/** A file of a message, as an event names it. */
export const SharedFile = z.object({ id: z.string().regex(/^F[A-Z0-9]{1,30}$/), name: z.string().max(255) });
export type SharedFile = Readonly<z.infer<typeof SharedFile>>;

/** The reason why a file could not be read: one line for people, without any of its contents. */
interface SharedFileProblem {
  readonly message: string;
  /** True if another try may help. */
  readonly temporary: boolean;
}

/** Downloads the text of a file that people have shared. */
export type ReadSharedFile = (
  file: SharedFile,
  signal: AbortSignal,
) => Promise<Result<string, SharedFileProblem>>;

/** Maximum bytes of a file. */
const maxSharedFileBytes = 1_000_000;

const timeoutMs = 15_000;

/** The origin of Slack's own files. */
const files = 'https://files.slack.com';

const FileInfo = z.object({
  size: z.number().optional(),
  url_private_download: z.string().optional(),
  url_private: z.string().optional(),
});

const refused = (message: string) => failure({ message, temporary: false });
const lost = (message: string) => failure({ message, temporary: true });

const withoutScope = 'the bot may not read files: its Slack app lacks the scope files:read';
const tooLarge = `expected a file of at most ${maxSharedFileBytes / 1_000_000} MB`;

/** Reads a body up to the maximum; undefined if it is longer. */
const readUpTo = async ({ body }: Response, maxBytes: number): Promise<Buffer | undefined> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const download = async (
  url: string,
  { botToken, send }: Pick<SharedFileParts, 'botToken' | 'send'>,
  signal: AbortSignal,
): Promise<Result<string, SharedFileProblem>> => {
  try {
    const response = await send(url, {
      headers: { authorization: `Bearer ${botToken}` },
      // Slack redirects to its login page where the token does not do, and a redirect must not get the token.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const { status } = response;
    const isPage = response.headers.get('content-type')?.startsWith('text/html') === true;
    if (status !== 200 || isPage) {
      await response.body?.cancel();
      const words = `Slack did not hand it out (HTTP status ${status})`;
      return status === 429 || status >= 500 ? lost(words) : refused(words);
    }
    const bytes = await readUpTo(response, maxSharedFileBytes);
    if (bytes === undefined) return refused(tooLarge);
    return isUtf8(bytes) ? success(bytes.toString()) : refused('expected text in UTF-8');
  } catch (error) {
    return lost(`Slack could not be reached (${networkCause(error)})`);
  }
};

interface SharedFileParts {
  readonly client: Pick<WebClient, 'files'>;
  readonly slackApiUrl: string;
  readonly botToken: string;
  readonly send: SlackFetch;
}

/** Returns the function that downloads files. It sends the token only to Slack's files and to the origin of the Web API. */
export const createReadSharedFile = ({ client, slackApiUrl, ...parts }: SharedFileParts): ReadSharedFile => {
  const origins = [files, new URL(slackApiUrl).origin];
  return async ({ id }, signal) => {
    const info = await callSlack(() => client.files.info({ file: id }));
    if (!info.ok) {
      const { error } = info;
      if (error.kind !== 'refused') return lost(describeFailure(error));
      return refused(error.code === 'missing_scope' ? withoutScope : describeFailure(error));
    }
    const { data } = FileInfo.safeParse(info.value.file);
    const url = data?.url_private_download ?? data?.url_private;
    if (url === undefined || !URL.canParse(url) || !origins.includes(new URL(url).origin))
      return refused('Slack did not say where it is');
    if ((data?.size ?? 0) > maxSharedFileBytes) return refused(tooLarge);
    return download(url, parts, signal);
  };
};
