import { extname, join } from 'node:path';

const extension = extname(__filename);

/** The code of the processes that read clusters. */
export const processFile = join(__dirname, `check-process${extension}`);

/** Node arguments of these processes. They load TypeScript if this code itself runs as TypeScript. */
export const processArguments: readonly string[] = extension === '.ts' ? process.execArgv : [];
