import { join } from 'node:path';

/** Stands for `src/clusters/process-file.ts` under Jest, whose transformation other processes do not have. */
export const processFile = join(__dirname, '../../src/clusters/check-process.ts');
export const processArguments: readonly string[] = ['-r', join(__dirname, 'register.cjs')];
