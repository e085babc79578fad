const { parseSync } = require('@swc/core');

/**
 * Finds expressions in TypeScript code where one change would be a mistake, and writes all of these mistakes into the
 * code at once, each behind a switch: `globalThis.mutant('ID')` is true for the one that is active. Tests then run
 * once for each without loading anything again.
 */

const comparisons = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
  '+': ['-'],
  '-': ['+'],
};

/** Methods that are replaced with another one. */
const otherMethod = { some: 'every', every: 'some', startsWith: 'endsWith', endsWith: 'startsWith' };

/** Methods that are left out. */
const leftOut = new Set(['filter', 'slice', 'toLowerCase', 'toSorted', 'trim']);

/** Methods that are called on the first row alone: tests with one row do not notice. */
const onFirst = new Set(['map', 'flatMap', 'filter', 'find', 'some', 'every']);

const otherSeverity = { error: 'warning', warning: 'error', info: 'warning' };

/** Values of these properties are text for people, or do not reach a run. */
const skipped = new Set([
  'description',
  'docs',
  'examples',
  'failureTitle',
  'language',
  'message',
  'note',
  'rationale',
  'reason',
  'requirement',
  'text',
  'title',
  'why',
]);

const functions = new Set([
  'ArrowFunctionExpression',
  'FunctionDeclaration',
  'FunctionExpression',
  'GetterProperty',
  'MethodProperty',
]);

const isTypeOnly = ({ type }) =>
  type.startsWith('Ts') &&
  !['TsAsExpression', 'TsSatisfiesExpression', 'TsNonNullExpression', 'TsConstAssertion'].includes(type);

/** Tells whether a value is a sentence or a part of one. */
const isText = ({ type, value }) =>
  type === 'TemplateLiteral' || (type === 'StringLiteral' && (value === '' || value.includes(' ')));

/** Returns the arguments of a call, without the reason of `skip` and `unknown`. */
const withoutReason = ({ callee, arguments: given }) =>
  callee.type === 'Identifier' && ['skip', 'unknown'].includes(callee.value) ? given.slice(1) : given;

const hasOptionalChain = (node) =>
  node.type === 'OptionalChainingExpression' ||
  (node.type === 'MemberExpression' && hasOptionalChain(node.object)) ||
  (node.type === 'CallExpression' && hasOptionalChain(node.callee)) ||
  (node.type === 'TsNonNullExpression' && hasOptionalChain(node.expression));

/** Returns the mutants of a file, in their order, and the text with all of them behind switches. */
const findMutants = (source, file) => {
  const bytes = Buffer.from(source);
  // Spans count bytes from 1.
  const text = ({ start, end }) => bytes.toString('utf8', start - 1, end - 1);
  const sites = new Map();

  const add = (span, replacement, context) => {
    const key = `${span.start}-${span.end}`;
    const site = sites.get(key) ?? { span, replacements: [] };
    sites.set(key, site);
    if (!site.replacements.some((one) => one.code === replacement)) {
      site.replacements.push({ code: replacement, isStatic: context.depth === 0 });
    }
  };

  const addCondition = (test, context) => {
    add(test.span, 'true', context);
    add(test.span, 'false', context);
  };

  const visitors = {
    IfStatement: (node, context) => addCondition(node.test, context),
    ConditionalExpression: (node, context) => {
      if (!isText(node.consequent) || !isText(node.alternate)) addCondition(node.test, context);
    },
    ForOfStatement: ({ right }, context) => add(right.span, `[...${text(right.span)}].slice(0, 1)`, context),
    BinaryExpression: ({ span, operator, left, right }, context) => {
      for (const other of comparisons[operator] ?? []) {
        add(span, `(${text(left.span)}) ${other} (${text(right.span)})`, context);
      }
    },
    UnaryExpression: ({ span, operator, argument }, context) => {
      if (operator === '!') add(span, text(argument.span), context);
    },
    BooleanLiteral: ({ span, value }, context) => add(span, String(!value), context),
    // Long times differ by more than the seconds that rows are written in.
    NumericLiteral: ({ span, value }, context) =>
      add(span, String(value < 100 ? value + 1 : value * 2), context),
    StringLiteral: ({ span, value }, context) => {
      if (context.isSeverity && otherSeverity[value]) add(span, `'${otherSeverity[value]}'`, context);
    },
    CallExpression: ({ span, callee, arguments: given }, context) => {
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return;
      if (hasOptionalChain(callee.object)) return;
      const name = callee.property.value;
      const object = text(callee.object.span);
      const values = given.map(({ expression }) => text(expression.span)).join(', ');
      if (otherMethod[name]) add(span, `${object}.${otherMethod[name]}(${values})`, context);
      if (leftOut.has(name)) add(span, object, context);
      if (onFirst.has(name)) add(span, `${object}.slice(0, 1).${name}(${values})`, context);
    },
  };

  const visit = (node, context) => {
    if (Array.isArray(node)) {
      for (const one of node) visit(one, context);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    // Arguments and elements are wrapped without a type.
    if (typeof node.type !== 'string') {
      if (node.expression) visit(node.expression, context);
      return;
    }
    if (isTypeOnly(node) || node.type === 'ImportDeclaration' || node.type === 'TemplateLiteral') return;
    visitors[node.type]?.(node, context);
    const inner = functions.has(node.type) ? { ...context, depth: context.depth + 1 } : context;
    if (node.type === 'KeyValueProperty') {
      const name = node.key.value;
      if (skipped.has(name)) return;
      if (name === 'partial' && context.depth === 0) add(node.value.span, '[]', context);
      visit(node.value, { ...inner, isSeverity: name === 'severity' });
      return;
    }
    if (node.type === 'ConditionalExpression' && isText(node.consequent) && isText(node.alternate)) return;
    if (node.type === 'CallExpression') {
      visit(node.callee, inner);
      visit(withoutReason(node), inner);
      return;
    }
    for (const [key, value] of Object.entries(node)) {
      if (key === 'span' || key === 'typeAnnotation' || key === 'typeArguments' || key === 'returnType')
        continue;
      if (key === 'property' && value.type === 'Identifier') continue;
      visit(value, inner);
    }
  };
  visit(parseSync(source, { syntax: 'typescript', target: 'es2024' }).body, { depth: 0, isSeverity: false });

  // Outer expressions first, so that inner ones are written into them.
  const sorted = [...sites.values()].sort((a, b) => a.span.start - b.span.start || b.span.end - a.span.end);
  const mutants = [];
  for (const site of sorted) {
    const before = bytes.toString('utf8', 0, site.span.start - 1).split('\n');
    for (const replacement of site.replacements) {
      replacement.id = `${file}#${mutants.length}`;
      mutants.push({
        id: replacement.id,
        isStatic: replacement.isStatic,
        line: before.length,
        column: before.at(-1).length + 1,
        from: text(site.span),
        to: replacement.code,
      });
    }
  }

  let next = 0;
  const write = (start, end) => {
    let code = '';
    let at = start;
    while (next < sorted.length && sorted[next].span.start < end) {
      const { span, replacements } = sorted[next];
      next += 1;
      const switches = replacements.map((one) => `globalThis.mutant('${one.id}')?(${one.code}):`).join('');
      code += `${bytes.toString('utf8', at - 1, span.start - 1)}(${switches}(${write(span.start, span.end)}))`;
      at = span.end;
    }
    return code + bytes.toString('utf8', at - 1, end - 1);
  };
  return { mutants, code: write(1, bytes.length + 1) };
};

module.exports = { findMutants };
