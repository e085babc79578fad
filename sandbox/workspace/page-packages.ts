import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Finds the page's fonts and pictures of emoji in the packages of this checkout, so that the page looks the same on a machine
 * without fonts of its own and loads nothing from elsewhere.
 */

/** Fonts by the name under which `fonts.css` asks for them. */
const fonts: Readonly<Record<string, readonly [pack: string, file: string]>> = {
  'inter.woff2': ['@fontsource-variable/inter', 'files/inter-latin-wght-normal.woff2'],
  'inter-ext.woff2': ['@fontsource-variable/inter', 'files/inter-latin-ext-wght-normal.woff2'],
  'inter-italic.woff2': ['@fontsource-variable/inter', 'files/inter-latin-wght-italic.woff2'],
  'mono.woff2': ['@fontsource/dejavu-mono', 'files/dejavu-mono-latin-400-normal.woff2'],
  'mono-bold.woff2': ['@fontsource/dejavu-mono', 'files/dejavu-mono-latin-700-normal.woff2'],
};

interface PackagedFile {
  readonly type: string;
  readonly content: Buffer;
}

/** Reads a file of a package; undefined if either is missing. */
const readPackaged = async (pack: string, file: string): Promise<Buffer | undefined> => {
  try {
    return await readFile(join(dirname(require.resolve(`${pack}/package.json`)), file));
  } catch {
    // Not installed, or a sign that the pictures do not have: the page then shows the text.
    return undefined;
  }
};

/** Reads a font, or the picture of an emoji by its code points, such as `emoji/1f534.svg`; undefined if there is none. */
export const readPagePackage = async (folder: string, name: string): Promise<PackagedFile | undefined> => {
  if (folder === 'fonts' && Object.hasOwn(fonts, name)) {
    const [pack, file] = fonts[name] ?? ['', ''];
    const content = await readPackaged(pack, file);
    return content && { type: 'font/woff2', content };
  }
  if (folder !== 'emoji' || !/^[0-9a-f]{2,6}(?:-[0-9a-f]{2,6}){0,9}\.svg$/.test(name)) return undefined;
  const content = await readPackaged('@twemoji/svg', name);
  return content && { type: 'image/svg+xml', content };
};
