import fc from 'fast-check';
import { readClustersFile } from '../../src/config/clusters-file';
import { parseClustersFile } from '../../src/config/parse-clusters-file';
import { formatProblem } from '../../src/config/problem';

const problemsOf = (text: string): { path: string; line: number | undefined; message: string }[] => {
  const checked = parseClustersFile(text, 'clusters.yml');
  return checked.ok ? [] : checked.error.map(({ path, line, message }) => ({ path, line, message }));
};

const whole = `
clusters:
  prod-east:
    address: https://consul.east.example:8501
    token: { env: CONSUL_TOKEN_PROD_EAST }
    tls: { ca_file: ca.pem, cert_file: c.pem, key_file: /keys/k.pem, server_name: server.dc1.consul }
    datacenter: dc1
    gateway_tokens: [{ gateway: mesh-gateway, accessor: 6a1253d2-1785-24fd-91c2-f8e78c745511 }]
    peers: { west: prod-west }
    peering_token: { file: secrets/write }
    proxy: { address: 'http://proxy.example:3128/', user: bot, password: { file: secrets/proxy } }
    server_external_addresses: ['consul.east.example:8503', '[2001:db8::1]:443']
  prod-west:
    address: http://127.0.0.1:8500/
    allow_plain_http: true
    probe: true
access:
  - { allow: [token, connect], clusters: [prod-*], users: [U012AB3CD], usergroups: [S012AB3CD], channels: [C012AB3CD] }
  - { restrict: true }
approvals: { channel: C012AB3CD, approvers: { users: [U012AB3CD] }, expires: 45m }
`;

describe('the clusters file', () => {
  it('becomes a configuration, with files relative to its folder', () => {
    const checked = parseClustersFile(whole, '/etc/peering/clusters.yml');
    if (!checked.ok) throw new Error(checked.error.map(formatProblem).join('\n'));
    const east = checked.value.clusters.get('prod-east');
    expect(east).toMatchObject({
      name: 'prod-east',
      address: 'https://consul.east.example:8501',
      token: { env: 'CONSUL_TOKEN_PROD_EAST' },
      tls: { caFile: '/etc/peering/ca.pem', certFile: '/etc/peering/c.pem', keyFile: '/keys/k.pem' },
      peers: { west: 'prod-west' },
      peeringToken: { file: '/etc/peering/secrets/write' },
      proxy: {
        address: 'http://proxy.example:3128',
        user: 'bot',
        password: { file: '/etc/peering/secrets/proxy' },
      },
      serverExternalAddresses: ['consul.east.example:8503', '[2001:db8::1]:443'],
      allowPlainHttp: false,
    });
    expect(checked.value.clusters.get('prod-west')).toMatchObject({
      address: 'http://127.0.0.1:8500',
      allowPlainHttp: true,
      probe: true,
    });
    expect(east).not.toHaveProperty('probe');
    expect(checked.value.access).toMatchObject({ restrict: true, grants: [{ allow: ['token', 'connect'] }] });
    expect(checked.value.approvals?.expiresMs).toBe(45 * 60_000);
    expect(checked.value.history).toEqual({ reports: 100, maxAgeMs: 30 * 86_400_000 });
  });

  it.each([
    ['http://consul.example:8500', 'token: { env: T }', ['clusters.a.address']],
    ['http://consul.example:8500', 'peering_token: { env: T }', ['clusters.a.address']],
    ['http://consul.example:8500', 'token: { env: T }, allow_plain_http: true', []],
    ['http://consul.example:8500', 'datacenter: dc1', []],
    ['http://127.0.0.1:8500', 'token: { env: T }', []],
    ['https://consul.example:8501', 'token: { env: T }', []],
  ])('lets a token over plain HTTP only where that is meant: %s, %s', (address, rest, wrong) => {
    const problems = problemsOf(`clusters: { a: { address: "${address}", ${rest} } }`);
    expect(problems.map(({ path }) => path)).toEqual(wrong);
  });

  it.each([
    ['{ address: "http://proxy.example:3128" }', []],
    ['{ address: "http://user:pass@proxy.example:3128" }', ['clusters.a.proxy.address']],
    ['{ address: "socks5://proxy.example:1080" }', ['clusters.a.proxy.address']],
    ['{ address: "http://p:1", password: { env: P } }', ['clusters.a.proxy']],
    ['{ address: "http://p:1", user: "a:b", password: { env: P } }', ['clusters.a.proxy.user']],
    ['{ address: "http://p:1", user: a, password: literal }', ['clusters.a.proxy.password']],
    ['"http://proxy.example:3128"', ['clusters.a.proxy']],
  ])('takes a proxy as an origin, with a secret for its password: %s', (value, wrong) => {
    const problems = problemsOf(`clusters: { a: { address: "https://x:8501", proxy: ${value} } }`);
    expect(problems.map(({ path }) => path)).toEqual(wrong);
    expect(JSON.stringify(problems)).not.toMatch(/user:pass|literal"/);
  });

  it.each([
    ['webhooks: { ops: { url: "https://x.example/a?b=c", secret: { env: S } } }', []],
    ['webhooks: { ops: { url: "http://127.0.0.1:1/a", secret: { env: S } } }', []],
    ['webhooks: { ops: { url: "http://x.example/a", secret: { env: S } } }', ['webhooks.ops.url']],
    ['webhooks: { ops: { url: "https://u:p4ss@x.example", secret: { env: S } } }', ['webhooks.ops.url']],
    ['webhooks: { ops: { url: "https://x.example", secret: p4ss } }', ['webhooks.ops.secret']],
    ['webhooks: { "a b": { url: "https://x.example", secret: { env: S } } }', ['webhooks']],
    ['alertmanager: { token: { env: T }, channel: C012AB3CD, owner: U012AB3CD }', []],
    ['alertmanager: { token: p4ss, channel: C012AB3CD, owner: U012AB3CD }', ['alertmanager.token']],
    ['alertmanager: { token: { env: T }, channel: C012AB3CD }', ['alertmanager.owner']],
    ['pagerduty: { p: { routing_key: { env: K }, severity: info } }', ['pagerduty.p.severity']],
    ['pagerduty: { p: { routing_key: { env: K }, url: "http://x.example" } }', ['pagerduty.p.url']],
  ])('takes receivers of events over https only, with their secrets elsewhere: %s', (text, wrong) => {
    const problems = problemsOf(`clusters: { a: { address: "https://x:8501" } }\n${text}`);
    expect(problems.map(({ path }) => path)).toEqual(wrong);
    expect(JSON.stringify(problems)).not.toContain('p4ss');
  });

  it('counts localhost behind a proxy on another machine as that machine', () => {
    const through = (proxy: string) =>
      problemsOf(
        `clusters: { a: { address: "http://localhost:8500", token: { env: T }, proxy: { address: "${proxy}" } } }`,
      ).map(({ path }) => path);
    expect(through('http://proxy.example:3128')).toEqual(['clusters.a.address']);
    expect(through('http://127.0.0.1:3128')).toEqual([]);
  });

  it('takes the name of a second vantage point for probe', () => {
    const checked = parseClustersFile(
      'clusters: { a: { address: "https://x:8501", probe: { from: dmz-2 } } }',
      '/c.yml',
    );
    expect(checked.ok && checked.value.clusters.get('a')?.probe).toEqual({ from: 'dmz-2' });
  });

  it.each([
    'yes',
    '1',
    '"true"',
    '{}',
    '{ from: "" }',
    '{ from: DMZ }',
    '{ from: "a:b" }',
    '{ from: dmz, to: x }',
  ])('takes no other value for probe, such as %s', (value) => {
    const problems = problemsOf(`clusters: { a: { address: "https://x:8501", probe: ${value} } }`);
    expect(problems).toEqual([
      expect.objectContaining({
        path: expect.stringMatching(/^clusters\.a\.probe/),
        message: expect.stringMatching(/^expected|^unknown/),
      }),
    ]);
  });

  it('answers all mistakes at once, each with its line', () => {
    const text = [
      'clusters:',
      '  a:',
      '    adress: https://x:8501',
      '    token: s3cr3t-literal',
      '    peers: { b: c }',
      '  "bad name":',
      '    address: ftp://x',
      'acces: []',
    ].join('\n');
    const found = problemsOf(text);
    expect(found.map(({ path, line }) => [path, line])).toEqual(
      expect.arrayContaining([
        ['clusters.a', 3],
        ['clusters.a.address', 2],
        ['clusters.a.token', 4],
        ['clusters.a.peers.b', 5],
        ['clusters.bad name', 6],
        ['clusters.bad name.address', 7],
        ['', 8],
      ]),
    );
    expect(found.find(({ line }) => line === 3)?.message).toContain('"address"');
    expect(found.find(({ line }) => line === 8)?.message).toContain('"access"');
  });

  it.each([
    ['a literal token', 'clusters: { a: { address: "https://x", token: "LEAK-ME" } }'],
    ['a literal in a list', 'clusters: { a: { address: "https://x", token: ["LEAK-ME"] } }'],
    ['a literal peering token', 'clusters: { a: { address: "https://x", peering_token: LEAK-ME } }'],
    ['a password in the address', 'clusters: { a: { address: "https://u:LEAK-ME@x" } }'],
    ['a token beside a syntax error', 'clusters:\n  a:\n    token: "LEAK-ME\n'],
    ['a token as a variable name', 'clusters: { a: { address: "https://x", token: { env: "LEAK-ME" } } }'],
  ])('does not repeat %s', (_, text) => {
    const found = problemsOf(text);
    expect(found).not.toEqual([]);
    expect(JSON.stringify(found)).not.toContain('LEAK-ME');
  });

  it.each([
    ['a path', 'https://x/v1'],
    ['a query', 'https://x?token=1'],
    ['no scheme', 'x:8500'],
    ['another scheme', 'unix:///x'],
    ['nothing', ''],
  ])('refuses an address with %s', (_, address) => {
    expect(problemsOf(`clusters: { a: { address: "${address}" } }`)).toHaveLength(1);
  });

  it.each([
    ['an unknown command', '{ allow: [tokn], users: [U012AB3CD] }', /did you mean "token"/],
    ['people by name', '{ allow: [token], users: [ada] }', /user ids/],
    ['no people', '{ allow: [token], channels: [C012AB3CD] }', /names people/],
  ])('refuses a grant with %s', (_, grant, message) => {
    const [problem] = problemsOf(`clusters: {}\naccess:\n  - ${grant}\n`);
    expect(problem?.path).toMatch(/^access\.0/);
    expect(problem?.line).toBe(3);
    expect(problem?.message).toMatch(message);
  });

  it.each([
    ['no list', 'consul.example:8503', 'clusters.a.server_external_addresses'],
    ['no address', '[]', 'clusters.a.server_external_addresses'],
    ['no port', '[consul.example]', 'clusters.a.server_external_addresses.0'],
    [
      'a URL',
      '["consul.example:1", "https://consul.example:8503"]',
      'clusters.a.server_external_addresses.1',
    ],
  ])('refuses server addresses with %s', (_, addresses, path) => {
    const text = `clusters: { a: { address: "https://x", server_external_addresses: ${addresses} } }`;
    expect(problemsOf(text).map((problem) => problem.path)).toEqual([path]);
  });

  it('refuses a gateway token named in two ways', () => {
    const text =
      'clusters: { a: { address: "https://x", gateway_tokens: [{ gateway: g, role: r, policy: p }] } }';
    expect(problemsOf(text).map(({ path }) => path)).toEqual(['clusters.a.gateway_tokens.0']);
  });

  it.each([
    '',
    'null',
    '[]',
    '"text"',
    '42',
    'clusters: 1',
    'a: &a [*a]',
    '\t- x',
    'a: b: c',
    '%YAML 9',
    '{',
  ])('answers %p with a problem and never throws', (text) => {
    expect(problemsOf(text)).not.toEqual([]);
  });

  describe('its digests', () => {
    const withDigest = (digest: string, name = 'morning-prod'): string =>
      `clusters:\n  prod-east: { address: "https://east:8501" }\ndigests:\n  ${name}:\n${digest
        .split('\n')
        .map((line) => `    ${line}`)
        .join('\n')}\n`;
    const fine = 'channel: C012AB3CD\nowner: U012AB3CD\nclusters: [prod-*]\nschedule: ';

    it.each([
      ['daily 09:00', 'timezone: europe/berlin', { cron: '0 9 * * *', zone: 'Europe/Berlin' }],
      ['weekdays 8:30', 'only_changes: true', { cron: '30 8 * * 1-5', zone: 'UTC' }],
      ['"*/10 * * * *"', '', { cron: '*/10 * * * *', zone: 'UTC' }],
    ])('have a schedule: %s %s', (schedule, rest, when) => {
      const checked = parseClustersFile(withDigest(`${fine}${schedule}\n${rest}`), 'clusters.yml');
      expect(checked).toMatchObject({
        ok: true,
        value: {
          digests: [
            {
              name: 'morning-prod',
              channel: 'C012AB3CD',
              owner: 'U012AB3CD',
              clusters: ['prod-*'],
              when,
              onlyChanges: rest.includes('true'),
            },
          ],
        },
      });
    });

    it.each([
      ['a cluster that is not configured', 'clusters: [prod-east, prod-aest]', 'clusters.1', 7],
      ['a glob that matches none', 'clusters: [staging-*]', 'clusters.0', 7],
      ['no cluster', 'clusters: []', 'clusters', 7],
      ['a schedule that is none', 'schedule: sometimes', 'schedule', 8],
      ['a schedule with words after it', 'schedule: daily 09:00 Europe/Berlin', 'schedule', 8],
      ['a schedule that comes too often', 'schedule: "* * * * *"', 'schedule', 8],
      ['a schedule that never comes', 'schedule: "0 0 31 2 *"', 'schedule', 8],
      ['an unknown time zone', 'timezone: Europe/Berlni', 'timezone', 9],
      ['a channel by its name', 'channel: "#platform"', 'channel', 5],
      ['an owner by their name', 'owner: "@robin"', 'owner', 6],
      ['an unknown key', 'only_change: true', '', 9],
    ])('are refused with %s', (_, wrong, path, line) => {
      const [key = ''] = wrong.split(':');
      const lines = `${fine}daily 09:00`.split('\n');
      const at = lines.findIndex((one) => one.startsWith(`${key}:`));
      const digest = at === -1 ? [...lines, wrong] : lines.with(at, wrong);
      const problems = problemsOf(withDigest(digest.join('\n')));
      expect(problems).toMatchObject([
        { path: ['digests.morning-prod', path].filter(Boolean).join('.'), line },
      ]);
      expect(problems[0]?.message).toMatch(/expected|did you mean|too often|never/);
    });

    it.each([
      ['owner:platform', undefined],
      ['label:team=payments', undefined],
      ['label:team', undefined],
      ['owner:platfrom', 'owner:platform'],
      ['label:team=paymetns', 'label:team=payments'],
    ])('select clusters by owner and label: %s', (word, meant) => {
      const digest = withDigest(fine.replace('prod-*', `"${word}"`) + 'daily 09:00');
      const owned = digest.replace(
        'https://east:8501"',
        '$&, owner: { name: platform, usergroup: S012AB3CD, channel: C012AB3CD, labels: { team: payments } }',
      );
      const problems = problemsOf(owned);
      expect(problems.map(({ path }) => path)).toEqual(
        meant === undefined ? [] : ['digests.morning-prod.clusters.0'],
      );
      if (meant !== undefined) expect(problems[0]?.message).toContain(`"${meant}`);
      // Without an owner, nothing is selected.
      expect(problemsOf(digest)).toHaveLength(1);
    });

    it.each(['abcd', 'Morning', 'morning/prod', '5-days'])('are refused with the name %s', (name) => {
      expect(problemsOf(withDigest(`${fine}daily 09:00`, name))).toMatchObject([
        { path: `digests.${name}`, line: 4 },
      ]);
    });

    it('show no value that could be a secret', () => {
      const secret = 'c4na7y00-5ec7-e700-beef-0123456789ab';
      for (const key of ['channel', 'owner', 'schedule', 'timezone', 'clusters', 'only_changes']) {
        const lines = `${fine}daily 09:00`.split('\n').filter((line) => !line.startsWith(`${key}:`));
        for (const value of [secret, `[${secret}]`, `daily ${secret}`, `every ${secret}`]) {
          const problems = problemsOf(withDigest([...lines, `${key}: ${value}`].join('\n')));
          expect(problems.length).toBeGreaterThan(0);
          expect(JSON.stringify(problems)).not.toContain(secret.slice(0, 20));
        }
      }
    });
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        parseClustersFile(text, 'f');
      }),
    );
  });

  it('names a file that is not there', () => {
    const checked = readClustersFile('/nowhere/clusters.yml');
    expect(checked).toMatchObject({ ok: false, error: [{ file: '/nowhere/clusters.yml' }] });
  });
});
