import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import { configEntryRemediation } from '../../../src/checks/remediation/config-entry';
import { differences, jqProgram } from '../../../src/checks/remediation/difference';
import { entryData } from '../../../src/checks/remediation/entry-data';
import type { Data } from '../../../src/checks/remediation/hcl';
import { customResource, yaml } from '../../../src/checks/remediation/kubernetes';
import { wellFormedJson } from '../../../src/checks/remediation/text';
import { asConsulReads, hostileText } from './hostile';

const languages = (remediations: readonly { language: string }[]): readonly string[] =>
  remediations.map(({ language }) => language);

const codeOf = (remediations: readonly { language: string; code: string }[], language: string): string =>
  remediations.find((remediation) => remediation.language === language)?.code ?? '';

const exportsWeb = {
  Kind: 'exported-services',
  Name: 'default',
  Services: [{ Name: 'web', Consumers: [{ Peer: 'east' }] }],
};

describe('entryData', () => {
  it('drops what Consul adds and what is not set, and keeps what has a meaning', () => {
    expect(
      entryData({
        MeshGateway: { Mode: '' },
        Name: 'web',
        Kind: 'service-resolver',
        Meta: { note: '' },
        Subsets: { v1: {} },
        Redirect: null,
        Failover: {},
        CreateIndex: 1,
        ModifyIndex: 2,
        Hash: 3,
        Status: { Conditions: [{ Type: 'Bound' }] },
      } as never),
    ).toEqual({ Kind: 'service-resolver', Name: 'web', Meta: { note: '' }, Subsets: { v1: {} } });
  });
});

describe('configEntryRemediation', () => {
  it('writes the whole entry in every form', () => {
    const remediations = configEntryRemediation({ title: 'Export web', entry: exportsWeb });
    expect(languages(remediations)).toEqual(['hcl', 'shell', 'yaml']);
    expect(codeOf(remediations, 'shell')).toContain(codeOf(remediations, 'hcl'));
    expect(parseYaml(codeOf(remediations, 'yaml'))).toEqual({
      apiVersion: 'consul.hashicorp.com/v1alpha1',
      kind: 'ExportedServices',
      metadata: { name: 'default' },
      spec: { services: [{ name: 'web', consumers: [{ peer: 'east' }] }] },
    });
  });

  it('is refused by Consul where the entry has changed since', () => {
    const existing = { entry: { ...exportsWeb, ModifyIndex: 42 }, withheld: [] };
    const remediations = configEntryRemediation({ title: '', entry: existing.entry, existing });
    expect(codeOf(remediations, 'shell')).toMatch(/^consul config write -cas -modify-index 42 - <</u);
  });

  it('names partition and namespace, and then has no resource whose Kubernetes namespace is unknown', () => {
    const entry = {
      Kind: 'service-defaults',
      Name: 'web',
      Partition: 'p1',
      Namespace: 'n1',
      Protocol: 'http',
    };
    const remediations = configEntryRemediation({ title: '', entry });
    expect(languages(remediations)).toEqual(['hcl', 'shell']);
    expect(codeOf(remediations, 'shell')).toContain('consul config write -partition p1 -namespace n1 -');
  });

  it('puts the resource first where Kubernetes manages the entry', () => {
    const entry = { ...exportsWeb, Meta: { 'external-source': 'kubernetes' } };
    expect(languages(configEntryRemediation({ title: '', entry }))).toEqual(['yaml', 'hcl', 'shell']);
  });

  it('changes the live entry where the snapshot does not hold all of it', () => {
    const before = { Kind: 'proxy-defaults', Name: 'global', MeshGateway: { Mode: 'none' }, Config: {} };
    const after = { ...before, MeshGateway: { Mode: 'remote' } };
    const remediations = configEntryRemediation({
      title: '',
      entry: after,
      existing: { entry: before, withheld: ['/Config/envoy_tracing_json'] },
    });
    expect(languages(remediations)).toEqual(['hcl', 'shell']);
    expect(codeOf(remediations, 'hcl')).toBe(
      'Kind = "proxy-defaults"\nName = "global"\nMeshGateway = { Mode = "remote" }\n',
    );
    expect(codeOf(remediations, 'shell')).toBe(
      [
        'consul config read -kind proxy-defaults -name global |',
        `  jq 'del(.CreateIndex, .ModifyIndex, .Hash) | .MeshGateway.Mode = "remote"' |`,
        '  consul config write -',
        '',
      ].join('\n'),
    );
  });
});

describe('customResource', () => {
  it.each(['Web', 'web_1', 'web.', '-web', 'a'.repeat(254), 'web\n'])(
    'does not exist for the name %p',
    (Name) => {
      expect(customResource({ Kind: 'service-defaults', Name, Protocol: 'http' })).toBeUndefined();
    },
  );

  it('does not exist for a kind or a field that Kubernetes does not know', () => {
    expect(customResource({ Kind: 'bound-api-gateway', Name: 'web' })).toBeUndefined();
    expect(customResource({ Kind: 'service-defaults', Name: 'web', Nonesuch: 1 })).toBeUndefined();
  });

  it('spells fields as the resources do, and leaves keys and values of the user alone', () => {
    const text = customResource({
      Kind: 'service-defaults',
      Name: 'web',
      ExternalSNI: 'x',
      MutualTLSMode: 'strict',
      UpstreamConfig: {
        Overrides: [{ Name: 'api', EnvoyListenerJSON: '{}', MeshGateway: { Mode: 'local' } }],
      },
      EnvoyExtensions: [{ Name: 'builtin/lua', Arguments: { ProxyType: 'connect-proxy' } }],
    });
    expect(parseYaml(text ?? '').spec).toEqual({
      externalSNI: 'x',
      mutualTLSMode: 'strict',
      upstreamConfig: {
        overrides: [{ name: 'api', envoyListenerJSON: '{}', meshGateway: { mode: 'local' } }],
      },
      envoyExtensions: [{ name: 'builtin/lua', arguments: { ProxyType: 'connect-proxy' } }],
    });
    const mesh = customResource({ Kind: 'mesh', TLS: { Incoming: { TLSMinVersion: 'TLSv1_2' } }, HTTP: {} });
    expect(parseYaml(mesh ?? '')).toMatchObject({
      metadata: { name: 'mesh' },
      spec: { tls: { incoming: { tlsMinVersion: 'TLSv1_2' } }, http: {} },
    });
    const resolver = customResource({
      Kind: 'service-resolver',
      Name: 'api',
      Subsets: { V1: { Filter: 'x' } },
      Failover: { '*': { Targets: [{ Peer: 'east' }] } },
    });
    expect(parseYaml(resolver ?? '').spec).toEqual({
      subsets: { V1: { filter: 'x' } },
      failover: { '*': { targets: [{ peer: 'east' }] } },
    });
    const intentions = customResource({
      Kind: 'service-intentions',
      Name: 'api',
      Sources: [{ Name: 'web', Peer: 'east', Action: 'allow', Precedence: 9, Type: 'consul' }],
    });
    expect(parseYaml(intentions ?? '').spec).toEqual({
      destination: { name: 'api' },
      sources: [{ name: 'web', peer: 'east', action: 'allow' }],
    });
  });

  it('is read back exactly by YAML 1.1 and 1.2, whatever the text', () => {
    const words = fc.constantFrom(
      'yes',
      'Off',
      'NULL',
      '~',
      '1e3',
      '0o17',
      '017',
      '1_000',
      '12:30',
      '.inf',
      '=',
      '<<',
      '\ntouch canary\n \nEOF\ntouch canary\n',
    );
    fc.assert(
      fc.property(fc.oneof(hostileText(), words), fc.oneof(hostileText(), words), (key, value) => {
        fc.pre(!['__proto__', '<<'].includes(key));
        const text = yaml({ [key]: [value] });
        for (const version of ['1.1', '1.2'] as const) {
          expect(parseYaml(text, { version })).toEqual({ [asConsulReads(key)]: [asConsulReads(value)] });
        }
      }),
      { numRuns: 300, examples: [['\u2028'.repeat(171), 'yes']] },
    );
  });
});

describe('jqProgram', () => {
  const leaf = fc.oneof(fc.integer(), fc.boolean(), hostileText(200));
  const { node } = fc.letrec<{ node: Data }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(fc.constantFrom('Name', 'Mode', 'a b'), hostileText(20)), tie('node'), {
        maxKeys: 3,
      }),
    ),
  }));
  const object = fc.dictionary(fc.constantFrom('Kind', 'Name', 'x y', '\\(env)'), node, { maxKeys: 3 });
  const hasJq = spawnSync('jq', ['--version']).status === 0;

  (hasJq ? it : it.skip)('makes one entry out of another in a real jq', () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        const expected = JSON.parse(wellFormedJson(after)) as unknown;
        const program = jqProgram(differences(before, after));
        const done = spawnSync('jq', [program], { input: wellFormedJson(before) });
        expect(done.stderr.toString()).toBe('');
        expect(JSON.parse(done.stdout.toString())).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});
