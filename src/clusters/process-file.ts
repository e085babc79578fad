import { extname, join } from 'node:path';

const extension = extname(__filename);

/** The code of the processes that read clusters. */
export const processFile = join(__dirname, `check-process${extension}`);

/** The arguments of their Node: those that load TypeScript, where this is TypeScript. */
export const processArguments: readonly string[] = extension === '.ts' ? process.execArgv : [];
