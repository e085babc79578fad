// House rules for language, as a plugin of oxlint. Names, comments and strings use the words of the glossary in
// CONTRIBUTING.md, and comments say something. language.test.ts applies the same rules to prose.
//
// A stored field or a protocol's own word that must stay is exempted where it stands:
//   // oxlint-disable-next-line plain-english/words -- stored by 0.1
const glossary = require('./words.json');

const compile = (key) =>
  glossary.flatMap(({ say, ...row }) =>
    row[key] === undefined ? [] : [{ say, pattern: new RegExp(`\\b(?:${row[key]})\\b`, 'i') }],
  );
const inText = compile('pattern');
const inNames = [...inText, ...compile('names')];

/** `mostChecksOf` → `most checks of`. */
const spaced = (name) =>
  name
    .replaceAll(/([a-z\d])([A-Z])|_|-/g, '$1 $2')
    .trim()
    .toLowerCase();

const find = (rows, text) =>
  rows.flatMap(({ say, pattern }) => {
    const [found] = pattern.exec(text) ?? [];
    return found === undefined ? [] : [`"${found}": say ${say}`];
  });

/** Returns a message for each word of the glossary's last column in a comment, a string or prose. */
const findInText = (text) => find(inText, text.replaceAll(/\s+/g, ' '));

/** Returns a message for each such word in a name. */
const findInName = (name) => find(inNames, spaced(name));

/** Returns a message if a comment opens like a riddle; undefined otherwise. Takes a comment without its marks. */
const findInOpening = (comment) => {
  const [word] = /^[\s*!]*(?:What|Whether|How|Where|Why|The same)\b/.exec(comment) ?? [];
  return word === undefined
    ? undefined
    : `A comment that opens with "${word.replace(/^[\s*!]+/, '')}": open with a verb or a noun phrase`;
};

/** Joins line comments that stand under each other: a sentence may go on, and only the first line is an opening. */
const blocksOf = (comments) =>
  comments.reduce((blocks, comment) => {
    const last = blocks.at(-1);
    const goesOn =
      last !== undefined &&
      comment.type === 'Line' &&
      last.type === 'Line' &&
      last.loc.end.line + 1 === comment.loc.start.line &&
      last.loc.start.column === comment.loc.start.column;
    return goesOn
      ? [
          ...blocks.slice(0, -1),
          { ...last, text: `${last.text} ${comment.value}`, loc: { ...last.loc, end: comment.loc.end } },
        ]
      : [...blocks, { type: comment.type, node: comment, text: comment.value, loc: comment.loc }];
  }, []);

const words = {
  create: (context) => {
    const reported = new Set();
    const name = (node) => {
      if (reported.has(node.name)) return;
      reported.add(node.name);
      for (const message of findInName(node.name)) context.report({ node, message });
    };
    const text = (node, value) => {
      for (const message of findInText(value)) context.report({ node, message });
    };
    return {
      Program: () => {
        for (const { node, text: value } of blocksOf(context.sourceCode.getAllComments())) {
          text(node, value.replaceAll(/\n\s*\*/g, ' '));
        }
      },
      Identifier: name,
      PrivateIdentifier: name,
      Literal: (node) => {
        if (typeof node.value === 'string') text(node, node.value);
      },
      TemplateElement: (node) => text(node, node.value.raw),
    };
  },
};

const commentOpening = {
  create: (context) => ({
    Program: () => {
      for (const { node, text } of blocksOf(context.sourceCode.getAllComments())) {
        const message = findInOpening(text);
        if (message !== undefined) context.report({ node, message });
      }
    },
  }),
};

module.exports = {
  meta: { name: 'plain-english' },
  rules: { words, 'comment-opening': commentOpening },
  glossary,
  findInText,
  findInName,
  findInOpening,
};
