import type { z } from 'zod';
import type { Allowance } from './allowance';
import type { Answer, AnswerMeta, ConsulError } from './answer';
import { sanitizeText, redactLikelySecrets } from './sanitize-text';
import { looksLikeMarkup, parseBody } from './parse-body';
import { classifyErrorReply } from './classify-error-reply';
import type { TransportFailure, HttpReply } from './transport';
import { failure, type Failure, type Result, success } from '../result';

/** The parts of a request that its answer must be read with. */
export interface SentRequest {
  readonly origin: string;
  /** Path and query. */
  readonly endpoint: string;
  /** The request is about a token, role or policy other than its own. */
  readonly aboutOther: boolean;
  readonly withToken: boolean;
  /** The answer may hold a secret that is not known yet. */
  readonly secretAnswer: boolean;
  /** Redacted from messages: an answer may repeat them. */
  readonly secrets: readonly string[];
}

/** Returns a 2xx answer unchanged, and explains any other. */
export const classifyReply = (reply: HttpReply, sent: SentRequest): Result<HttpReply, TransportFailure> => {
  const { status, headers } = reply;
  if (status >= 200 && status < 300) return success(reply);
  const quote = (given: string): string =>
    sanitizeText(sent.secretAnswer ? redactLikelySecrets(given) : given, sent.secrets);
  if (status >= 300 && status < 400) {
    const to = quote(headers['location'] ?? 'nowhere');
    const message = `The answer is a redirect (${status}) to ${to}, and was not followed. Expected Consul itself at ${sent.origin}, not a proxy or login page`;
    return failure({ kind: 'malformed', cause: 'redirect', status, message });
  }
  const text = reply.body.toString();
  const { message, ...refusal } = classifyErrorReply(status, text, sent);
  const quoted = looksLikeMarkup(text) ? 'an HTML page' : quote(text);
  return failure({ ...refusal, status, message: `${message} (${quoted ? `${status}: ${quoted}` : status})` });
};

/**
 * Parses the body of a 2xx answer.
 *
 * @param schema without one, the body is ignored and the value is undefined
 */
export const parseReply = <T>(
  { status, headers, body }: HttpReply,
  schema: z.ZodType<T> | undefined,
  sent: SentRequest,
  tookMs: () => number,
  allowance: Allowance | undefined,
): Answer<T> => {
  const parsed = schema ? parseBody(body, schema, sent.secrets, allowance) : success(undefined as T);
  const { endpoint, origin } = sent;
  if (!parsed.ok && parsed.error.isTooLarge) {
    return toFailedAnswer({ kind: 'too-large', status, message: parsed.error.message }, endpoint);
  }
  if (!parsed.ok) {
    const message = `${parsed.error.message}. Expected the Consul HTTP API, version 1.14 or later, at ${origin}`;
    return toFailedAnswer({ kind: 'malformed', status, message }, endpoint);
  }
  const policy = headers['x-consul-default-acl-policy'];
  const dateMs = Date.parse(headers['date'] ?? '');
  const meta: AnswerMeta = {
    endpoint,
    filteredByAcls: headers['x-consul-results-filtered-by-acls'] === 'true',
    defaultAclPolicy: policy === 'allow' || policy === 'deny' ? policy : undefined,
    dateMs: Number.isNaN(dateMs) ? undefined : dateMs,
    tookMs: tookMs(),
    bytes: body.length,
  };
  return { ...success(parsed.value), meta };
};

export const toFailedAnswer = (
  { kind, cause, status, message }: TransportFailure,
  endpoint: string,
): Failure<ConsulError> => failure({ kind, cause, endpoint, status, message });
