import { registry } from '../../src/checks/registry';
import { changeSnapshot } from '../../src/checks/examples/healthy';
import {
  exampleEntry,
  exampleExportedHealth,
  exampleExports,
  examplePeering,
} from '../../src/checks/examples/parts';
import { fixesInPartition } from '../../src/checks/remediation/tenancy';
import type { Remediation } from '../../src/report/report';
import { codesOf } from './check-table';
import { check, run } from './world';

/** Fixes for a cluster that is read in an admin partition of Consul Enterprise. */

const edge = { enterprise: true, partition: 'edge' } as const;

/** Commands that act on servers or on all of a cluster, and so take no partition. */
const clusterWide = /^consul (?:operator|members|connect ca) /u;

/** The lines of scripts that run the `consul` command, without texts that they write and what runs at the other side. */
const commandsOf = (fixes: readonly Remediation[]): readonly string[] =>
  fixes
    .filter(
      ({ language, title }) =>
        language === 'shell' && !/^(?:(?:First, in|Then, in|In) west|On the other side of )/u.test(title),
    )
    .flatMap(({ code }) => code.replaceAll(/(?<=<<'EOF'\n)[\s\S]*?^EOF$/gmu, '').split('\n'))
    .map((line) => line.trim())
    .filter((line) => /\bconsul (?!.*PEERING_VERSION)/u.test(line) && !line.startsWith('kubectl'));

describe('in a partition, every command of a fix names it', () => {
  it.each(registry.map((one) => [one.id, one] as const))('%s', (id, { examples }) => {
    const { cluster, ...changes } = examples.fail;
    const snapshot = changeSnapshot({ ...changes, cluster: { ...cluster, ...edge } });
    const { findings } = check(id, snapshot);
    const without = commandsOf(findings.flatMap(({ remediation }) => remediation)).filter(
      (line) => !clusterWide.test(line) && !/(?:-partition |CONSUL_PARTITION=|partition=)edge\b/u.test(line),
    );
    expect(without).toEqual([]);
  });
});

describe('peerings', () => {
  const linesIn = (partition: string, there: string) =>
    codesOf(
      check(
        'peering-active',
        changeSnapshot({
          cluster: { enterprise: true, partition },
          peerings: {
            enabled: true,
            list: [
              examplePeering({
                State: 'FAILING',
                Partition: partition,
                Remote: { Partition: there, Datacenter: 'dc2' },
              }),
            ],
          },
        }),
      ),
    );

  it('are read, renewed and established in the partition of each side', () => {
    expect(linesIn('edge', 'far').slice(0, 3)).toEqual([
      'consul peering read -partition edge -name west\n',
      'consul peering generate-token -partition edge -name west\n',
      'consul peering establish -partition far -name prod-east -peering-token "$PEERING_TOKEN"\n',
    ]);
  });

  it('need no flag in the default partition', () => {
    expect(linesIn('default', 'default').join('')).not.toContain('-partition');
  });
});

describe('a service in a namespace', () => {
  it('is registered, watched and started there', () => {
    const exported = exampleExports([{ name: 'api', peers: ['west'] }]);
    const inShop = {
      ...exported,
      entry: {
        ...exported.entry,
        Services: exported.entry.Services.map((one) => ({ ...one, Namespace: 'shop' })),
      },
    };
    const down = { kind: 'connect-proxy', service: 'api-sidecar-proxy', id: 'api-1', node: 'app-1' };
    const of = (changes: object) =>
      codesOf(
        check(
          'exported-services-in-mesh',
          changeSnapshot({
            cluster: edge,
            exportedServices: [inShop],
            exportedHealth: [exampleExportedHealth({ namespace: 'shop', ...changes })],
          }),
        ),
      ).join('');
    const none = of({ inMesh: 0 });
    expect(none).toContain('namespace = "shop"');
    expect(none).toContain(
      'consul connect envoy -partition edge -namespace shop -proxy-id api-sidecar-proxy',
    );
    const stopped = of({ downInMesh: { ...down, synthetic: false, failing: ['ready'] } });
    expect(stopped).toContain('consul connect envoy -partition edge -namespace shop -proxy-id api-1');
    expect(stopped).toContain('CONSUL_PARTITION=edge CONSUL_NAMESPACE=shop consul watch');
  });
});

describe('the text of fixes', () => {
  const shell = (code: string, title = 'fix'): Remediation => ({ title, language: 'shell', code });
  const codeIn = (fix: Remediation, partition = 'edge') => fixesInPartition([fix], partition)[0]?.code;

  it('stays as it is in the default partition, and at the other side', () => {
    expect(codeIn(shell('consul config read -kind mesh\n'), 'default')).toBe(
      'consul config read -kind mesh\n',
    );
    const there = shell('consul config read -kind mesh\n', 'In prod-west: read it');
    expect(codeIn(there)).toBe(there.code);
  });

  it('names the partition in entries that name none', () => {
    const entry = 'Kind = "service-resolver"\nName = "a\\"b"\n';
    const written = `consul config write - <<'EOF'\n${entry}EOF\n`;
    expect(codeIn(shell(written))).toBe(
      `consul config write -partition edge - <<'EOF'\n${entry}Partition = "edge"\nEOF\n`,
    );
    const other = 'Kind = "mesh"\nPartition = "other"\n';
    expect(codeIn({ title: 'fix', language: 'hcl', code: other })).toBe(other);
  });

  it('changes no line of a text that only looks like a command', () => {
    const text = "consul acl policy create -name x -rules - <<'EOF'\nconsul config read -kind mesh\nEOF\n";
    expect(codeIn(shell(text))?.split('-partition')).toHaveLength(2);
  });
});

it('compares local sources of intentions by the namespace that Consul gives them', () => {
  const entry = exampleEntry({
    Kind: 'service-intentions' as const,
    Name: 'api',
    Namespace: 'shop',
    Sources: [{ Name: '*', Peer: 'west', Action: 'allow', Permissions: [] }],
  });
  const exported = exampleExports([]);
  const services = [{ Name: 'api', Namespace: 'shop', Consumers: [{ Peer: 'west' }] }];
  const report = run(
    changeSnapshot({
      cluster: { enterprise: true },
      intentions: [entry],
      exportedServices: [{ ...exported, entry: { ...exported.entry, Services: services } }],
      exportedHealth: [exampleExportedHealth({ namespace: 'shop' })],
    }),
  );
  const [result] = report.results.filter(({ id }) => id === 'intentions-allow-peer');
  expect(result?.status).toBe('pass');
});
