import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { type DemoClusters, serveClusters } from '../../../sandbox/demo/clusters';
import { parseHcl, parseSnippet, runSnippet } from '../../../sandbox/demo/snippet';
import { configEntryRemediation } from '../../../src/checks/remediation/config-entry';
import { type DataObject, hcl } from '../../../src/checks/remediation/hcl';
import { binary, describeWith } from '../../lab/binaries';

/** Fixes as the bot writes them, run on the recordings: by the page, and by the `consul` command itself. */

const recordings = resolve(__dirname, '../../../sandbox/recordings');

const remote = { Kind: 'proxy-defaults' as const, Name: 'global', MeshGateway: { Mode: 'remote' } };
const fixOf = (index: number): string => {
  const existing = { entry: { ...remote, ModifyIndex: index }, withheld: [] };
  const all = configEntryRemediation({ title: 'Set the mode', entry: remote, existing });
  return all.find(({ language }) => language === 'shell')?.code ?? '';
};

it('reads each value that a fix can hold', () => {
  const key = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__');
  const scalar = fc.oneof(fc.string({ unit: 'grapheme-ascii' }), fc.integer(), fc.boolean());
  const { data } = fc.letrec<{ data: unknown }>((tie) => ({
    data: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(tie('data'), { maxLength: 3 }),
      fc.dictionary(key, tie('data'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(key, data, { maxKeys: 4 }), (object) => {
      expect(parseHcl(hcl(object as DataObject))).toEqual({ ...object });
    }),
  );
});

it('takes the commands of fixes, and no others', () => {
  expect(parseSnippet(fixOf(7))).toEqual({
    method: 'PUT',
    path: '/v1/config?cas=7',
    body: remote,
    command: 'consul config write -cas -modify-index 7 -',
  });
  for (const other of ['rm -rf ~', 'consul peering delete -name lab', `${fixOf(7)}rm -rf ~\n`])
    expect(parseSnippet(other)).toBeUndefined();
});

it('spells a registration as the HTTP API does, and keeps names that people chose', () => {
  const service = {
    kind: 'mesh-gateway',
    id: 'gateway-2',
    tagged_addresses: { wan_ipv4: { address: '192.0.2.1', port: 443 } },
    proxy: { upstreams: [{ destination_peer: 'west', local_bind_port: 9191 }] },
    checks: [{ name: 'listens', tcp: '127.0.0.1:8444' }],
  };
  const code = `tee fix.hcl <<'EOF'\n${hcl({ service })}EOF\nconsul services register fix.hcl\n`;
  expect(parseSnippet(code)).toMatchObject({
    path: '/v1/agent/service/register',
    body: {
      Kind: 'mesh-gateway',
      ID: 'gateway-2',
      TaggedAddresses: { wan_ipv4: { Address: '192.0.2.1', Port: 443 } },
      Proxy: { Upstreams: [{ DestinationPeer: 'west', LocalBindPort: 9191 }] },
      Checks: [{ Name: 'listens', TCP: '127.0.0.1:8444' }],
    },
  });
});

describe('on the recordings', () => {
  let clusters: DemoClusters;
  beforeEach(async () => {
    const served = await serveClusters(recordings);
    if (!served.ok) throw new Error(served.message);
    clusters = served.value;
  });
  afterEach(() => clusters.stop());

  const east = () => {
    const found = clusters.list.find(({ name }) => name === 'prod-east');
    if (!found) throw new Error('no recording of prod-east');
    return found;
  };
  const entry = async () => {
    const { address, token } = east();
    const answer = await fetch(`${address}/v1/config/proxy-defaults`, {
      headers: { 'x-consul-token': token },
    });
    const [found] = (await answer.json()) as { MeshGateway: { Mode: string }; ModifyIndex: number }[];
    return { mode: found?.MeshGateway.Mode, index: found?.ModifyIndex ?? 0 };
  };

  it('a fix is done once, and refused at an index that has passed', async () => {
    const fix = fixOf((await entry()).index);
    const run = () => runSnippet(clusters.list, 'prod-east', fix);
    expect([(await run()).includes(': done'), (await run()).includes('refused')]).toEqual([true, true]);
    expect((await entry()).mode).toBe('remote');
    expect(await runSnippet(clusters.list, 'prod-east', 'rm -rf ~')).toContain('cannot run');
  });

  describeWith(['consul'], 'by the consul command', () => {
    it('a fix does the same', async () => {
      const { address, manageToken = '' } = east();
      const { index } = await entry();
      const out = await new Promise<string>((done, fail) => {
        execFile(
          '/bin/sh',
          ['-c', fixOf(index).replace(/^consul/, `"${binary('consul')}"`)],
          { env: { CONSUL_HTTP_ADDR: address, CONSUL_HTTP_TOKEN: manageToken } },
          (error, stdout, stderr) => (error ? fail(new Error(stderr)) : done(stdout)),
        );
      });
      expect(out).toContain('proxy-defaults/global');
      expect((await entry()).mode).toBe('remote');
    });
  });
});
