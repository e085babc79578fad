import { spawnSync } from 'node:child_process';
import { parse } from 'yaml';
import { hcl } from '../../src/checks/remediation/hcl';
import { yaml } from '../../src/checks/remediation/kubernetes';
import { command, shellWord } from '../../src/checks/remediation/shell';
import { showable } from '../../src/render/escape';

/** Characters that hide text, turn it around, or break a line, each with its name. */
const hiding = {
  newline: '\n',
  'carriage return': '\r',
  tab: '\t',
  escape: '\u001b',
  'next line': '\u0085',
  'line separator': '\u2028',
  'no-break space': '\u00a0',
  'zero-width space': '\u200b',
  'zero-width joiner': '\u200d',
  'word joiner': '\u2060',
  'byte order mark': '\ufeff',
  'soft hyphen': '\u00ad',
  'right-to-left override': '\u202e',
  'right-to-left isolate': '\u2067',
  'Arabic letter mark': '\u061c',
  'Hangul filler': '\u3164',
  'halfwidth Hangul filler': '\uffa0',
  'variation selector': '\ufe0f',
  'another variation selector': '\u{e0101}',
  'combining grapheme joiner': '\u034f',
  'blank braille cell': '\u2800',
  'tag character': '\u{e0041}',
};

describe.each(Object.entries(hiding))('a %s inside a word', (_, character) => {
  const word = `web${character}rm`;

  it('is an escape in YAML, as a value and as a key', () => {
    const data = { [word]: word };
    const text = yaml(data);
    expect(text.trimEnd()).not.toContain(character);
    expect(showable(text)).toBe(true);
    expect(parse(text)).toEqual(data);
  });

  it('is an escape in HCL', () => {
    const text = hcl({ Name: word, Meta: { [word]: word } });
    expect(text.trimEnd().split('\n')).toHaveLength(2);
    expect(text.replaceAll('\n', '')).not.toContain(character);
    expect(showable(text)).toBe(true);
  });

  it('is an escape in a shell word, of which the shell makes the same word again', () => {
    const text = shellWord(word) ?? '';
    expect(text).not.toContain(character);
    expect(showable(text)).toBe(true);
    const { stdout } = spawnSync('/bin/sh', ['-c', `printf %s ${text}`]);
    expect(stdout.toString()).toBe(word);
  });

  it('is an escape in what a command reads', () => {
    const input = `first${character}second`;
    const text = command(['cat'], input) ?? '';
    // Lines of a heredoc are lines: that is what is read.
    if (character !== '\n') expect(text).not.toContain(character);
    expect(spawnSync('/bin/sh', ['-c', text]).stdout.toString().trimEnd()).toBe(input);
  });
});
