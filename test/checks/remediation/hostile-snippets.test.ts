import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  exampleCheck,
  exampleEntry,
  exampleGateway,
  examplePeering,
  exampleExportedHealth,
  exampleSidecar,
  exampleUpstream,
  exampleExports,
} from '../../../src/checks/examples/parts';
import type { Snapshot } from '../../../src/snapshot/snapshot';
import { hostileSnapshot } from '../hostile';
import { visible, run, snapshotOf } from '../world';
import { asConsulReads, hostileText } from './hostile';

/**
 * Every snippet of every check, over clusters full of hostile names, in a real shell: nothing runs but the
 * commands that remediations are made of, each as one of the calls they make.
 */

const tools = ['consul', 'curl', 'jq', 'kubectl', 'systemctl', 'tee', 'sleep'];

/** The first words of every call that a remediation makes. */
const calls =
  /^(?:consul (?:acl (?:policy|role|token) (?:create|update|read)|config (?:delete|read|write)|catalog nodes|connect envoy|force-leave|maint -disable|members|operator raft (?:list-peers|transfer-leader)|peering (?:delete|establish|generate-token|list|read)|services (?:export|register)|watch)|curl -fsS|jq|kubectl (?:annotate --overwrite peeringacceptor|describe pods|rollout restart)|systemctl restart --|tee|sleep)(?: |$)/u;

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'peering-bot-hostile-'));
  for (const name of ['bin', 'calls', 'cwd']) mkdirSync(join(folder, name));
  for (const tool of tools) {
    const path = join(folder, 'bin', tool);
    // Writes its words, each ended by U+0000, into a file of its own, as pipes run at the same time.
    // `consul peering read` says that there is none, which loops wait for.
    const script = `#!/bin/sh
{ printf '${tool}\\0'; for word; do printf '%s\\0' "$word"; done; } >"$CALLS/${tool}.$$"
[ "$1 $2" = 'peering read' ] && exit 1
exit 0
`;
    writeFileSync(path, script);
    chmodSync(path, 0o755);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Call = readonly string[];

/** Runs shell text, and gives the calls it made. */
const callsOf = (code: string): readonly Call[] => {
  const log = join(folder, 'calls');
  for (const name of readdirSync(log)) rmSync(join(log, name));
  const done = spawnSync('/bin/sh', [], {
    input: code,
    cwd: join(folder, 'cwd'),
    env: { PATH: join(folder, 'bin'), CALLS: log, HOME: folder },
    timeout: 10_000,
  });
  expect(done.stderr.toString()).toBe('');
  expect(readdirSync(join(folder, 'cwd'))).toEqual([]);
  const made = readdirSync(log).map((name) => readFileSync(join(log, name), 'utf8').split('\0').slice(0, -1));
  expect(made.length).toBeGreaterThan(0);
  for (const call of made) expect(call.join(' ')).toMatch(calls);
  return made;
};

const seen = new Map<string, readonly Call[]>();

/** All calls of all shell snippets of a report. */
const callsFor = (snapshot: Snapshot): readonly Call[] =>
  run(snapshot).results.flatMap(({ findings }) =>
    findings.flatMap(({ remediation }) =>
      remediation
        .filter(({ language }) => language === 'shell')
        .flatMap(({ code }) => {
          const made = seen.get(code) ?? callsOf(code);
          seen.set(code, made);
          return made;
        }),
    ),
  );

it('runs nothing but its own commands, whatever a cluster holds', () => {
  fc.assert(
    fc.property(hostileSnapshot, (snapshot) => {
      callsFor(snapshot);
    }),
    { numRuns: 25 },
  );
}, 120_000);

/** A cluster in which much is wrong, with these names throughout. */
const wrong = (peer: string, service: string, node: string): Snapshot => {
  const sidecar = (withheld: readonly string[], upstream: Parameters<typeof exampleUpstream>[0]) =>
    exampleSidecar([exampleUpstream(upstream)], {
      node,
      id: node,
      service: `${node}-sidecar-proxy`,
      withheld,
      registration: { Address: '', Port: 1, TaggedAddresses: {}, Meta: {} },
    });
  const missing = { DestinationName: service, DestinationPeer: '' };
  return snapshotOf({
    peerings: visible({
      enabled: true,
      list: [
        examplePeering({ Name: peer, StreamStatus: { ImportedServices: [service], ExportedServices: [] } }),
        examplePeering({ ID: 'b', Name: `${peer}b`, State: 'TERMINATED' }),
        examplePeering({ ID: 'c', Name: `${peer}c`, State: 'FAILING', PeerServerAddresses: ['192.0.2.1:1'] }),
        examplePeering({ ID: 'd', Name: `${peer}d`, State: 'PENDING' }),
      ],
    }),
    sidecars: visible([
      sidecar([], missing),
      sidecar(['/Meta/x'], missing),
      { ...sidecar([], missing), managedBy: 'catalog' },
      sidecar([], { DestinationName: `${service} other`, DestinationPeer: peer }),
    ]),
    gateways: visible([
      exampleGateway({
        service: { ID: node },
        checks: [exampleCheck({ CheckID: `_service_maintenance:${node}`, Status: 'critical' })],
      }),
    ]),
    exportedServices: visible([
      exampleExports(
        [service, `${service} down`].map((name) => ({ name, peers: [`${peer} unknown to all`] })),
      ),
    ]),
    exportedHealth: visible([
      exampleExportedHealth({
        name: `${service} down`,
        downInMesh: {
          kind: 'connect-proxy',
          service,
          id: `${node}-down`,
          node,
          synthetic: false,
          failing: [service],
        },
      }),
      exampleExportedHealth({
        name: service,
        passing: 0,
        inMesh: 0,
        sample: { node, id: node, port: 1 },
        maintenance: [{ node, service: `${node}-down` }],
      }),
    ]),
    proxyDefaults: visible([
      exampleEntry(
        {
          Kind: 'proxy-defaults' as const,
          Name: 'global',
          Mode: '',
          Config: {},
          MeshGateway: { Mode: 'none' },
        },
        ['/Config/x'],
      ),
    ]),
  });
};

it('hands names over as they are', () => {
  // A word that ends in a newline is not written.
  const name = hostileText(300).filter((text) => !['', '*'].includes(text) && !/\/|\n$/u.test(text));
  fc.assert(
    fc.property(name, name, name, (peer, service, node) => {
      const made = callsFor(wrong(peer, service, node));
      const given = (...call: readonly string[]): void => expect(made).toContainEqual(call);
      given('consul', 'peering', 'delete', '-name', asConsulReads(`${peer}b`));
      given('consul', 'peering', 'read', '-name', asConsulReads(`${peer}c`));
      given('consul', 'peering', 'generate-token', '-name', asConsulReads(`${peer}d`));
      given('consul', 'watch', '-type', 'service', '-service', asConsulReads(service));
      given('consul', 'connect', 'envoy', '-proxy-id', asConsulReads(`${node}-down`));
      given('consul', 'maint', '-disable', '-service', asConsulReads(node));
      given('consul', 'maint', '-disable', '-service', asConsulReads(`${node}-down`));
      given('consul', 'connect', 'envoy', '-proxy-id', asConsulReads(`${service}-sidecar-proxy`));
    }),
    { numRuns: 20 },
  );
}, 120_000);
