import type { IncomingMessage } from 'node:http';
import { type Fields, isObject } from './blocks/schema';

/** Reading what HTTP clients send. */

const maxBytes = 64 * 1024 * 1024;

/** The whole body, or undefined past 64 MiB. */
export const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
};

/** In a form, what is not text travels as JSON: blocks, views, metadata, lists of files. */
const jsonFields = new Set(['attachments', 'blocks', 'files', 'metadata', 'prompts', 'unfurls', 'view']);

const fromForm = (entries: Iterable<[string, string]>): Fields =>
  Object.fromEntries(
    [...entries].map(([key, value]) => {
      if (!jsonFields.has(key)) return [key, value];
      try {
        return [key, JSON.parse(value)];
      } catch {
        return [key, value];
      }
    }),
  );

/** The arguments of a Web API call, sent as a form or as JSON; undefined where the body is neither. */
export const readArguments = (contentType: string, body: Buffer): Fields | undefined => {
  if (contentType.includes('application/json')) {
    try {
      const value: unknown = JSON.parse(body.toString());
      return isObject(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }
  return fromForm(new URLSearchParams(body.toString()));
};

/** The bytes of an uploaded file: the one file of a multipart form, or the body itself; undefined where it is no form. */
export const readUpload = async (contentType: string, body: Buffer): Promise<Buffer | undefined> => {
  if (!contentType.includes('multipart/form-data')) return body;
  const sent = new Response(new Uint8Array(body), { headers: { 'content-type': contentType } });
  const form = await sent.formData().catch(() => undefined);
  const [first] = form ? [...form.values()] : [];
  if (first === undefined) return undefined;
  return typeof first === 'string' ? Buffer.from(first) : Buffer.from(await first.arrayBuffer());
};
