import { parseRules } from '../../src/acl/rules';

const brief = (text: string) => {
  const parsed = parseRules(text);
  if (!parsed.ok) return `error at ${parsed.error.position.line}:${parsed.error.position.column}`;
  return parsed.value.map(({ resource, match, segment, level, intentions, line }) =>
    [resource, match, segment, level, intentions, line].join('|'),
  );
};

const webRead = ['service|exact|web|read||1'];

describe('rules that Consul accepts', () => {
  it.each<[string, string, readonly string[]]>([
    ['nothing', '', []],
    ['blanks and comments', '# a\n// b\n/* c\n */ \t', []],
    ['a block', 'service "web" { policy = "read" }', webRead],
    [
      'several assignments on a line',
      'service "web" { policy = "read" intentions = "deny" }',
      ['service|exact|web|read|deny|1'],
    ],
    [
      'commas between assignments',
      'service "web" { policy = "read", }, session "" { policy = "write" }',
      [...webRead, 'session|exact||write||1'],
    ],
    ['names without quotes', 'service web { policy = "read" }', webRead],
    ['quoted keywords', '"service" "web" { "policy" = "read" }', webRead],
    ['any case of names', 'SERVICE "web" { Policy = "read" }', webRead],
    [
      'CRLF',
      'service "web" {\r\n  policy = "read"\r\n}\r\nmesh = "read"\r\n',
      [...webRead, 'mesh|whole||read||4'],
    ],
    ['an object for a block', 'service = { "web" = { policy = "read" } }', webRead],
    ['JSON', '{ "service": { "web": { "policy": "read" } } }', webRead],
    ['JSON with lists', '{ "service": [{ "web": [{ "policy": "read" }] }] }', webRead],
    [
      'unknown resources',
      'partition "a" { mesh = "write" }\nfoo = [1, { a = 2 }, true]\nservice "web" { policy = "read" x = 0x1f }',
      ['service|exact|web|read||3'],
    ],
    [
      'repeated blocks',
      'key_prefix "a" { policy = "list" }\nkey_prefix "a" { policy = "deny" }',
      ['key|prefix|a|list||1', 'key|prefix|a|deny||2'],
    ],
    ['the last of repeated assignments', 'mesh = "read"\nmesh = "write"', ['mesh|whole||write||2']],
    ['an empty level for a whole resource', 'acl = ""', []],
    ['an empty heredoc', 'acl = <<EOF\nEOF\n', []],
    [
      'escapes in names',
      'key "a\\t\\x41\\u00e9\\U0001F600\\101" { policy = "read" }',
      ['key|exact|a\tA\u00e9\u{1F600}A|read||1'],
    ],
    [
      'interpolation left alone',
      'key "${a "b" \\"}" { policy = "read" }',
      ['key|exact|${a "b" \\"}|read||1'],
    ],
  ])('%s', (_, text, expected) => {
    expect(brief(text)).toEqual(expected);
  });
});

describe('rules that Consul refuses', () => {
  it.each([
    ['an open block', 'service "web" {\n  policy = "read"\n', '3:1'],
    ['an open quote', 'mesh = "read\n', '1:8'],
    ['single quotes', "service 'web' { policy = 'read' }", '1:9'],
    ['a bare word as a level', 'mesh = read', '1:8'],
    ['an unknown level', '\nservice "web" { policy = "admin" }', '2:9'],
    ['list on a service', 'service "web" { policy = "list" }', '1:9'],
    ['a level missing', 'service "web" { }', '1:9'],
    ['a heredoc as a level', 'service "web" {\n policy = <<EOF\nread\nEOF\n}', '1:9'],
    ['a comment that is not closed', 'mesh = "read" /* so', '1:15'],
    ['a list of levels', 'mesh = ["read"]', '1:8'],
    ['a null character', 'mesh = "read"\n\0', '2:1'],
    ['an unknown escape', 'key "a\\q" { policy = "read" }', '1:7'],
    ['JSON with a wrong level', '{\n"mesh": "all" }', '2:9'],
    ['nesting without end', 'a {'.repeat(100_000), '1:1506'],
    ['lists without end', `a = ${'['.repeat(100_000)}`, '1:506'],
    ['JSON nested without end', '{"a":'.repeat(100_000), '1:2506'],
  ])('%s, with its position', (_, text, position) => {
    expect(brief(text)).toBe(`error at ${position}`);
  });
});
