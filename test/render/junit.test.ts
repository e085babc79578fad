import fc from 'fast-check';
import { renderJunit } from '../../src/render/junit';
import { hostileReport } from './hostile';
import { quiet, troubled, weakToken } from './reports';

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
}

const tag = /<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/gy;
const text = /[^<]+/gy;
const entity = /&(?!(?:amp|lt|gt|quot);)/;
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Reads what the renderer writes, strictly: the root element, or an error at the first thing that is not XML. */
const parseXml = (xml: string): Element => {
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!xml.startsWith(head) || entity.test(xml) || forbidden.test(xml)) throw new Error('not XML');
  const root: Element = { name: '', attributes: {}, children: [] };
  const open = [root];
  for (let at = head.length; at < xml.length; ) {
    tag.lastIndex = at;
    text.lastIndex = at;
    const [whole, closing, name = '', attributes = '', empty] = tag.exec(xml) ?? [];
    if (whole === undefined) {
      const plain = text.exec(xml);
      if (plain === null) throw new Error(`not XML at ${xml.slice(at, at + 40)}`);
      at += plain[0].length;
      continue;
    }
    at += whole.length;
    if (closing === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    const pairs = [...attributes.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
      key,
      value,
    ]);
    const element = { name, attributes: Object.fromEntries(pairs) as Record<string, string>, children: [] };
    open.at(-1)?.children.push(element);
    if (empty !== '/') open.push(element);
  }
  const [only] = root.children;
  if (open.length !== 1 || only === undefined) throw new Error('not closed');
  return only;
};

test.each(Object.entries({ troubled, weakToken }))('%s', (_, report) => {
  expect(renderJunit(report)).toMatchSnapshot();
});

test('what is muted is skipped, and is no failure', () => {
  const root = parseXml(renderJunit(quiet));
  const cases = root.children.flatMap((suite) => suite.children);
  const outcome = (id: string) =>
    cases.find((one) => one.attributes['name'] === id)?.children.map(({ name }) => name);
  expect(outcome('mesh-gateway-mode')).toEqual(['skipped', 'system-out']);
  expect(outcome('mesh-gateway-healthy')).toEqual(['failure']);
  expect(root.attributes).toMatchObject({ failures: '1', skipped: '3' });
});

test('errors and warnings are failures, what was not seen is an error, what does not apply is skipped', () => {
  const cases = parseXml(renderJunit(troubled)).children.flatMap((suite) => suite.children);
  const outcomes = Object.fromEntries(
    cases.map((one) => [one.attributes['name'], one.children[0]?.name ?? 'passed']),
  );
  expect(outcomes).toMatchObject({
    'mesh-gateway-mode': 'failure',
    'mesh-gateway-healthy': 'failure',
    'intentions-allow-peer': 'error',
    'mesh-gateway-partition': 'skipped',
    'peering-active': 'passed',
  });
});

test('whatever a cluster holds, it is well-formed XML with a case for each check and true counts', () => {
  fc.assert(
    fc.property(hostileReport(12, 4), (report) => {
      const suites = parseXml(renderJunit(report));
      const cases = suites.children.flatMap((suite) => suite.children);
      expect(cases).toHaveLength(report.results.length);
      for (const { attributes, children } of [suites, ...suites.children]) {
        const own = children.flatMap((one) => (one.name === 'testsuite' ? one.children : [one]));
        const outcomes = (name: string): string =>
          String(own.filter((one) => one.children.some((child) => child.name === name)).length);
        expect(attributes).toMatchObject({
          tests: String(own.length),
          failures: outcomes('failure'),
          errors: outcomes('error'),
          skipped: outcomes('skipped'),
        });
      }
    }),
    { numRuns: 100 },
  );
});
