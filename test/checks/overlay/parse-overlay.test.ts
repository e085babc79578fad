import { type OverlayChange, parseDeletion, parseOverlay } from '../../../src/checks/overlay';

const parsed = (name: string, text: string): readonly OverlayChange[] => {
  const overlay = parseOverlay([{ name, text }]);
  if (!overlay.ok) throw new Error(overlay.error);
  return overlay.value.changes;
};

const entryOf = (name: string, text: string): unknown => {
  const [change] = parsed(name, text);
  return change?.type === 'write' ? change.entry : undefined;
};

const problem = (name: string, text: string): string => {
  const overlay = parseOverlay([{ name, text }]);
  return overlay.ok ? '' : overlay.error;
};

const exported = {
  Kind: 'exported-services',
  Name: 'default',
  Services: [{ Name: 'api', Consumers: [{ Peer: 'west' }] }],
};

describe('the files of an overlay', () => {
  it.each([
    [
      'a.hcl',
      'Kind = "exported-services"\nName = "default"\nServices = [\n  {\n    Name = "api"\n    Consumers = [{ Peer = "west" }]\n  }\n]\n',
    ],
    [
      'blocks.hcl',
      'kind = "exported-services" # a comment\nname = "default"\nservices {\n  name = "api"\n  consumers { peer_name = "west" }\n}\n',
    ],
    ['a.json', JSON.stringify(exported)],
    ['-', `\n${JSON.stringify(exported, null, 2)}`],
    [
      'a.yaml',
      'apiVersion: consul.hashicorp.com/v1alpha1\nkind: ExportedServices\nmetadata:\n  name: default\nspec:\n  services:\n    - name: api\n      consumers:\n        - peer: west\n',
    ],
  ])('reads the same entry from %s', (name, text) => {
    expect(entryOf(name, text)).toMatchObject(exported);
  });

  it('reads the blocks in lists that the documentation of Consul uses', () => {
    expect(
      entryOf(
        'router.hcl',
        'Kind = "service-router"\nName = "web"\nRoutes = [\n  {\n    Match {\n      HTTP {\n        PathPrefix = "/admin"\n      }\n    }\n    Destination {\n      Service = "admin"\n    }\n  },\n]\n',
      ),
    ).toMatchObject({
      Name: 'web',
      Routes: [{ Match: { HTTP: { PathPrefix: '/admin' } }, Destination: { Service: 'admin' } }],
    });
  });

  it.each(['mesh-gateway', 'api-gateway', 'ingress-gateway', 'terminating-gateway'])(
    'tells the registration of a %s from a config entry',
    (Kind) => {
      const [change] = parsed('gateway.json', JSON.stringify({ Kind, Name: 'edge', Port: 8443 }));
      expect(change).toMatchObject({
        type: 'register',
        service: { Kind, Service: 'edge' },
        isChecked: false,
      });
    },
  );

  it('reads the config entry of a gateway as one', () => {
    expect(entryOf('gateway.json', '{ "Kind": "ingress-gateway", "Name": "edge", "Listeners": [] }')).toEqual(
      expect.objectContaining({ Kind: 'ingress-gateway', Name: 'edge' }),
    );
  });

  it.each([
    ['a.hcl', 'Kind = "mesh"\nToken = "x" "s3cr3t"\n'],
    ['b.hcl', 'Kind = "mesh"\nToken = s3cr3t\n'],
    ['c.hcl', 'Kind = "mesh"\nToken = { s3cr3t\n'],
    ['d.hcl', 'Kind = "mesh"\nToken = 089000\n'],
    ['e.yaml', 'kind: Mesh\ntoken: "x" "s3cr3t"\n'],
    ['f.yaml', 'kind: Mesh\ntoken: [x\n"s3cr3t": *s3cr3t\n'],
    ['g.json', '{ "Kind": "mesh", "Token": "x" "s3cr3t" }'],
    ['h.json', '{ "Kind": "mesh", "Token": s3cr3t'],
  ])('does not quote the values of a file that does not parse: %s', (name, text) => {
    expect(problem(name, text)).toMatch(new RegExp(`^${name}:[0-9]+: `));
    expect(problem(name, text)).not.toMatch(/s3cr3t|089/);
  });

  it('keeps keys that are the user’s own', () => {
    expect(
      entryOf(
        'resolver.hcl',
        'Kind = "service-resolver"\nName = "api"\nFailover = { "*" = { Targets = [{ Peer = "west" }] } }\nMeta = { my_key = "x" }\n',
      ),
    ).toMatchObject({ Failover: { '*': { Targets: [{ Peer: 'west' }] } }, Meta: { my_key: 'x' } });
  });

  it('names an intention after its destination, and several manifests of one file', () => {
    const changes = parsed(
      'all.yaml',
      'apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceIntentions\nmetadata: { name: whatever }\nspec:\n  destination: { name: api }\n  sources:\n    - { name: web, peer: west, action: allow }\n---\napiVersion: consul.hashicorp.com/v1alpha1\nkind: Mesh\nmetadata: { name: mesh }\nspec:\n  peering: { peerThroughMeshGateways: true }\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\n',
    );
    expect(
      changes.map((change) => (change.type === 'write' ? [change.kind, change.name, change.at.line] : [])),
    ).toEqual([
      ['service-intentions', 'api', 1],
      ['mesh', 'mesh', 9],
    ]);
  });

  it('reads a service with its sidecar, without its token', () => {
    const changes = parsed(
      'web.hcl',
      'service {\n  name = "web"\n  port = 9090\n  token = "0b1c-secret"\n  connect {\n    sidecar_service {\n      proxy {\n        upstreams = [{ destination_name = "api", destination_peer = "east", local_bind_port = 9191 }]\n      }\n    }\n  }\n}\n',
    );
    expect(JSON.stringify(changes)).not.toContain('0b1c-secret');
    expect(changes).toMatchObject([
      { type: 'register', service: { Service: 'web', Kind: '' } },
      {
        type: 'register',
        service: {
          ID: 'web-sidecar-proxy',
          Kind: 'connect-proxy',
          Proxy: {
            DestinationServiceName: 'web',
            Upstreams: [{ DestinationName: 'api', DestinationPeer: 'east' }],
          },
        },
      },
    ]);
  });

  it.each<[string, string, string, RegExp]>([
    ['HCL that is not closed', 'a.hcl', 'Kind = "mesh"\nPeering {\n', /^a\.hcl:3: /],
    ['YAML that does not parse', 'a.yaml', 'apiVersion: x\nkind: [\n', /^a\.yaml:[23]: /],
    [
      'a misspelt field',
      'a.hcl',
      'Kind = "exported-services"\nName = "default"\nServces = []\n',
      /^a\.hcl:3: .*did you mean "Services"/,
    ],
    [
      'a misspelt kind',
      'a.hcl',
      '\nKind = "exported-service"\nName = "default"\n',
      /^a\.hcl:2: .*did you mean "exported-services"/,
    ],
    [
      'a wrong type',
      'a.json',
      '{\n "Kind": "exported-services",\n "Name": "default",\n "Services": [\n  { "Name": 7 }\n ]\n}',
      /^a\.json:5: .*Services\.0\.Name/,
    ],
    ['an entry without a name', 'a.hcl', 'Kind = "service-resolver"\n', /^a\.hcl:1: .*Name/],
    [
      'a manifest without a destination',
      'a.yaml',
      'apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceIntentions\nmetadata: { name: x }\nspec: {}\n',
      /destination\.name/,
    ],
    ['a service without a name', 'a.hcl', 'service {\n  port = 9090\n}\n', /^a\.hcl:1: .*name/],
    [
      'nothing that is read',
      'a.yaml',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n',
      /ConfigMap/,
    ],
    ['an empty file', 'a.hcl', '', /expected a config entry/],
    ['a list of words', 'a.json', '["x"]', /^a\.json:1: expected/],
    ['an alias', 'a.yaml', 'a: &x [1]\nb: *x\n', /aliases/],
  ])('refuses %s with the line and what was expected', (_, name, text, expected) => {
    expect(problem(name, text)).toMatch(expected);
  });

  it('refuses two entries of one name that differ, and takes one that is repeated', () => {
    const other = JSON.stringify({ ...exported, Services: [] });
    const first = { name: 'a.json', text: JSON.stringify(exported) };
    expect(parseOverlay([first, { name: 'b.json', text: other }])).toMatchObject({
      error: expect.stringMatching(/^b\.json:1: .*exported-services\/default.*a\.json:1/u) as string,
    });
    expect(parseOverlay([first, { ...first, name: 'b.json' }])).toMatchObject({ value: { changes: [{}] } });
  });

  it('reads the name of an entry to delete', () => {
    expect(parseDeletion('service-intentions/api')).toMatchObject({
      value: { kind: 'service-intentions', name: 'api' },
    });
    expect(parseDeletion('service-intention/api')).toMatchObject({
      error: expect.stringContaining('service-intentions') as string,
    });
    expect(parseDeletion('exported-services').ok).toBe(false);
  });

  it.each([
    '{',
    '[[[[',
    'a = ',
    '\u0000',
    '- - -',
    'a "b" {',
    `x = ${'['.repeat(5000)}`,
    `{"a":${'['.repeat(3000)}`,
  ])('never throws, whatever the file holds (%#)', (text) => {
    for (const name of ['x.hcl', 'x.yaml', 'x.json']) expect(parseOverlay([{ name, text }]).ok).toBe(false);
  });
});
