import { parseBody } from '../../src/consul/parse-body';
import { configEntries, list } from '../../src/consul/wire';

/** Before much was parsed and after it, as a schema is compiled in between. */
const amounts = [
  ['little', 1],
  ['much', 10_000],
] as const;

const entryWith = (fields: string): string => `{"Kind":"service-intentions","Name":"api",${fields}}`;

const entryFrom = (source: string): string => entryWith(`"Sources":[${source}]`);

const plain = '{"Name":"web","Peer":"east","Action":"allow","Precedence":9}';

describe.each(amounts)('an entry of intentions, after %s was parsed', (_, count) => {
  const schema = list(configEntries['service-intentions'].clone());
  const parse = (text: string) => parseBody(Buffer.from(text), schema, [], undefined);
  beforeAll(() => {
    const text = `[${Array.from({ length: count }, () => entryFrom(plain)).join()}]`;
    expect(parse(text)).toMatchObject({ ok: true, value: { length: count } });
  });

  it.each([
    [
      'of names and actions',
      entryWith(`"Sources":[${plain}],"Hash":5`),
      { Hash: 5, Sources: [{ Name: 'web', Peer: 'east', Action: 'allow', Precedence: 9, Permissions: [] }] },
    ],
    [
      'that was parsed before',
      entryFrom('{"Name":"web","Action":"deny","Permissions":[]}'),
      { Sources: [{ Name: 'web', Action: 'deny', Permissions: [] }] },
    ],
    [
      'with permissions beside one without',
      entryFrom(`${plain},{"Name":"*","Permissions":[{"Action":"allow","HTTP":{"PathExact":"/a"}}]}`),
      {
        Sources: [
          { Name: 'web', Peer: 'east', Action: 'allow', Precedence: 9, Permissions: [] },
          {
            Name: '*',
            Action: '',
            Permissions: [
              {
                Action: 'allow',
                HTTP: { PathExact: '/a', PathPrefix: '', PathRegex: '', Methods: [], Header: [] },
              },
            ],
          },
        ],
      },
    ],
    ['without sources', entryWith('"Sources":null'), { Sources: [] }],
    [
      'with providers of tokens',
      entryWith('"JWT":{"Providers":[{}]},"Sources":[]'),
      { JWT: { Providers: [{ Name: '' }] }, Sources: [] },
    ],
    [
      'with a key that would replace the prototype of a copy',
      entryWith(`"__proto__":{"Action":"allow"},"Sources":[{"__proto__":{},"Name":"web","Action":"deny"}]`),
      { Sources: [{ Name: 'web', Action: 'deny', Permissions: [] }] },
    ],
  ])('%s is parsed in full, beside a plain one', (_, entry, expected) => {
    const first = { Kind: 'service-intentions', Name: 'api' };
    const sources = [{ Name: 'web', Peer: 'east', Action: 'allow', Precedence: 9, Permissions: [] }];
    expect(parse(`[${entryFrom(plain)},${entry}]`)).toStrictEqual({
      ok: true,
      value: [
        { ...first, Sources: sources },
        { ...first, ...expected },
      ],
    });
  });

  it.each<readonly [string, string, string]>([
    ['its kind', entryWith('"Kind":"mesh","Sources":[]'), '.Kind'],
    ['its name', entryWith('"Name":5,"Sources":[]'), '.Name'],
    ['its namespace', entryWith('"Namespace":5,"Sources":[]'), '.Namespace'],
    ['its partition', entryWith('"Partition":5,"Sources":[]'), '.Partition'],
    ['its sources', entryWith('"Sources":5'), '.Sources'],
    ['its providers of tokens', entryWith('"JWT":5,"Sources":[]'), '.JWT'],
    ['a source', entryFrom('5'), '.Sources[0]'],
    ...['Name', 'Namespace', 'Partition', 'Peer', 'SamenessGroup', 'Action', 'Permissions'].map(
      (field): readonly [string, string, string] => [
        `the ${field} of a source`,
        entryFrom(`${plain},{"Name":"web","Action":"allow","${field}":5}`),
        `.Sources[1].${field}`,
      ],
    ),
  ])('is refused where %s has another shape, and the problem names the place', (_, entry, path) => {
    expect(parse(`[${entryFrom(plain)},${entry}]`)).toMatchObject({
      ok: false,
      error: { isTooLarge: false, message: expect.stringContaining(` [1]${path}: `) },
    });
  });

  it.each(['[5]', '[null]', '5', '{}'])('is refused where it is none: %s', (text) => {
    expect(parse(text).ok).toBe(false);
  });
});
