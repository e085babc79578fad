import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readManifest } from '../sandbox/workspace/manifest';

/** The manifest of the bot, which the local workspaces of tests install. */
export const manifest = readManifest(readFileSync(resolve(__dirname, '../manifest.yml'), 'utf8'));
