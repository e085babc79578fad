import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

const compress = promisify(gzip);
const expand = promisify(gunzip);

export const compressJson = (value: unknown): Promise<Buffer> => compress(JSON.stringify(value));

/** Reads the output of `compressJson`. The caller names the type, since only the bot itself stored the value. */
export const expandJson = async <T>(bytes: Buffer): Promise<T> =>
  JSON.parse((await expand(bytes)).toString()) as T;
