// oxlint-disable plain-english/words -- the examples use the refused words
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findInName, findInOpening, findInText, glossary } from './plain-english.cjs';

const root = resolve(__dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Written by hand and read by people. Code is checked by oxlint, with the same rules. */
const prose = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(md|sh|css|html|lua)$|\.ya?ml$|Dockerfile$|^\.ci\//.test(file));

/** The glossary itself names the words that it refuses. */
const withoutGlossary = (text: string): string =>
  text.replace(/<!-- glossary -->[\s\S]*<!-- \/glossary -->/, '');

/** Comments of shell, YAML, Docker, CSS and Lua files, each without its marks. */
const commentsIn = (file: string): readonly string[] => {
  const text = read(file);
  if (/\.(md|html)$/.test(file)) return [];
  if (file.endsWith('.css'))
    return [...text.matchAll(/\/\*([\s\S]*?)\*\//g)].map(([, comment = '']) => comment);
  const mark = file.endsWith('.lua') ? /^\s*--/ : /^\s*#(?!!)/;
  return text
    .split('\n')
    .filter((line, index, lines) => mark.test(line) && !mark.test(lines[index - 1] ?? ''))
    .map((line) => line.replace(mark, ''));
};

describe('prose', () => {
  it.each(prose)('%s uses the words of the glossary', (file) => {
    const found = withoutGlossary(read(file))
      .split(/\n\s*\n/)
      .flatMap((paragraph) => findInText(paragraph).map((message) => [message, paragraph.trim()]));
    expect(found).toEqual([]);
  });

  it.each(prose)('%s has no comment that opens like a riddle', (file) => {
    expect(commentsIn(file).map(findInOpening).filter(Boolean)).toEqual([]);
  });

  it('includes the manifest, the page of the sandbox and what CI runs', () => {
    expect(prose).toEqual(expect.arrayContaining(['manifest.yml', 'sandbox/page/index.html', '.ci/run']));
  });
});

describe('the glossary in CONTRIBUTING.md', () => {
  it('is the data that the rules read', () => {
    const [, table = ''] =
      /<!-- glossary -->\n([\s\S]*)<!-- \/glossary -->/.exec(read('CONTRIBUTING.md')) ?? [];
    const rows = table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      );
    expect(rows).toEqual(glossary.map(({ concept, say, not }) => [concept, say, not]));
  });
});

describe('the rules', () => {
  it.each([
    ['mended', true],
    ['recommended', false],
    ['mostChecks', true],
    ['almostAll', false],
    ['MOST_ROWS', true],
    ['allSettled', false],
    ['settleRequest', true],
    ['isWanted', true],
    ['takeTurn', true],
    ['returned', false],
    ['replaced', false],
    ['seenAs', true],
    ['ServiceSeen', true],
    ['seen', false],
    ['unseen', false],
    ['again', true],
    ['againInMs', true],
    ['runAgain', false],
    ['later', true],
    ['answerLater', false],
    ['leadsTo', true],
    ['leads', false],
    ['channelSlot', true],
    ['clusterSlots', false],
  ])('refuse the name %s: %s', (name, refused) => {
    expect(findInName(name).length > 0).toBe(refused);
  });

  it.each([
    ['27 checks could not see enough', true],
    ['could not\nbe seen', true],
    ['Consul is asked for it', false],
    ['at most 20', false],
    ['runs it anew', true],
    ['waits so many ms', true],
    ['a recommendation', false],
    ['seen with real traffic', false],
    ['again', true],
    ['run it again', false],
    ['a redirect leads to a peer', true],
    ['the state that a trail leads to', false],
    ['the slot of a channel', true],
    ['waits until the cluster has a slot', false],
  ])('refuse the text %p: %s', (text, refused) => {
    expect(findInText(text).length > 0).toBe(refused);
  });

  it.each([
    ['* What a peer exports.', true],
    ['*\n * Whether it runs.', true],
    [' The same for peers.', true],
    ['* Why it was not read.', true],
    ['* Whatever a peer exports.', false],
    ['* Services that a peer exports. What it imports is elsewhere.', false],
  ])('refuse the opening %p: %s', (comment, refused) => {
    expect(findInOpening(comment) !== undefined).toBe(refused);
  });

  it('run in oxlint: on names, comments, strings and templates', () => {
    const folder = mkdtempSync(join(tmpdir(), 'plain-english-'));
    const lines = [
      '// What it does,',
      '// where it does so.',
      'const mended = 1;',
      "const text = 'runs anew';",
      'const template = `${text} afresh`;',
      '/** Returns what it was given. */',
      'const same = () => [mended, template];',
      '/* oxlint-disable-next-line plain-english/words -- stored */',
      "console.log('anew', same);",
    ];
    writeFileSync(join(folder, 'a.mjs'), lines.join('\n'));
    const config = {
      jsPlugins: [join(__dirname, 'plain-english.cjs')],
      categories: { correctness: 'off' },
      rules: { 'plain-english/words': 'error', 'plain-english/comment-opening': 'error' },
    };
    writeFileSync(join(folder, 'oxlintrc.json'), JSON.stringify(config));
    let out = '';
    try {
      execFileSync(join(root, 'node_modules/.bin/oxlint'), ['-c', 'oxlintrc.json', '-f', 'unix', 'a.mjs'], {
        cwd: folder,
        encoding: 'utf8',
      });
    } catch (error) {
      out = (error as { stdout: string }).stdout;
    }
    rmSync(folder, { recursive: true });
    const found = [...out.matchAll(/^a\.mjs:(\d+):.*\((.*)\)\]$/gm)].map(([, line, rule]) => [
      Number(line),
      rule,
    ]);
    expect(found.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual([
      [1, 'comment-opening'],
      [3, 'words'],
      [4, 'words'],
      [5, 'words'],
    ]);
  });
});
