import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { exit } from '../../src/cli/command';
import { check } from '../../src/cli/commands/check';
import { snapshot } from '../../src/cli/commands/snapshot';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { runInProcess } from './support';

const root = resolve(__dirname, '..', '..');

const exporting = (peer: string): string => `
Kind = "exported-services"
Name = "default"
Services = [{ Name = "api", Consumers = [{ Peer = "${peer}" }] }]
`;

interface Answer {
  readonly verdict: { readonly before: string; readonly after: string };
  readonly breaks: readonly { readonly check: string; readonly subject: { readonly name: string } }[];
  readonly fixes: readonly { readonly check: string }[];
}

describeWith(['consul'], 'peering-bot check --with, with a real cluster', () => {
  let agent: ConsulAgent;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    agent = await startConsul();
    await agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    folder = mkdtempSync(join(tmpdir(), 'what-if-'));
    env = { PEERING_CLUSTERS: join(folder, 'clusters.yml'), ALL: agent.token };
    writeFileSync(
      join(folder, 'clusters.yml'),
      `clusters:\n  prod: { address: "${agent.address}", token: { env: ALL } }\n  gone: { address: "http://127.0.0.1:1", token: { env: ALL } }\n`,
    );
    writeFileSync(join(folder, 'wrong.hcl'), exporting('wset'));
    writeFileSync(join(folder, 'right.hcl'), exporting('west'));
    writeFileSync(join(folder, 'cut.hcl'), 'Kind = "exported-services"\nServices = [\n');
  }, 60_000);
  afterAll(async () => {
    await agent?.stop();
    rmSync(folder, { recursive: true });
  });

  const file = (name: string): string => join(folder, name);
  const run = (...argv: string[]) => runInProcess([check, snapshot], argv, { env });
  const answer = async (...argv: string[]) => {
    const { code, out } = await run(...argv, '--format', 'json');
    return { code, ...(JSON.parse(out) as Answer) };
  };
  const put = (peer: string) =>
    agent.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Peer: peer }] }],
    });

  it('exits with 1 for what a change would break, and names it', async () => {
    const { code, breaks } = await answer('check', 'prod', '--with', file('wrong.hcl'));
    expect(code).toBe(exit.findings);
    expect(breaks.map((one) => `${one.check} ${one.subject.name}`)).toContain(
      'exported-services-peer-known default → wset',
    );
    const { out } = await run('check', 'prod', '--with', file('wrong.hcl'));
    expect(out).toContain('would break');
    expect(out).toContain('exported-services-peer-known');
    expect((await run('check', 'prod', '--with', file('wrong.hcl'), '--fail-on', 'never')).code).toBe(
      exit.fine,
    );
  });

  it.each([
    ['2 for an error', ['--with', 'wrong.hcl'], 2],
    ['1 for a warning', ['--with', 'wrong.hcl', '--only', 'exported-services-exist'], 1],
    ['0 for nothing', ['--with', 'right.hcl', '--only', 'exported-services-peer-known'], 0],
    ['3 for a mistake', ['--with', 'cut.hcl'], 3],
    ['3 for a cluster that cannot be read', ['--with', 'right.hcl', '-snapshot=none.json'], 3],
  ])('answers a change with %s to a monitor', async (_, argv, expected) => {
    const words = argv.map((arg) => (arg.endsWith('.hcl') ? file(arg) : arg));
    for (const codes of [
      ['--exit-codes', 'monitor'],
      ['-exit-codes=monitor', '--fail-on', 'never'],
    ])
      expect((await run('check', 'prod', ...words, ...codes)).code).toBe(expected);
  });

  it('writes nothing, and does not count what is broken anyway', async () => {
    expect(await agent.call<unknown[]>('GET', '/v1/config/exported-services')).toEqual([]);
    await put('wset');
    try {
      const { code, fixes } = await answer('check', 'prod', '--with', file('right.hcl'));
      expect(code).toBe(exit.fine);
      expect(fixes.map((one) => one.check)).toContain('exported-services-peer-known');
      const same = await answer('check', 'prod', '--with', file('wrong.hcl'));
      expect([same.code, same.breaks, same.fixes]).toEqual([exit.fine, [], []]);
      expect(await agent.call('GET', '/v1/config/exported-services/default')).toMatchObject({
        Services: [{ Consumers: [{ Peer: 'wset' }] }],
      });
    } finally {
      await agent.call('DELETE', '/v1/config/exported-services/default');
    }
  });

  it('foretells a deletion', async () => {
    await put('wset');
    try {
      const { fixes } = await answer('check', 'prod', '--without', 'exported-services/default');
      expect(fixes.map((one) => one.check)).toContain('exported-services-peer-known');
    } finally {
      await agent.call('DELETE', '/v1/config/exported-services/default');
    }
  });

  it('checks a saved snapshot, without a cluster', async () => {
    await run('snapshot', 'prod', '--out', file('prod.json'));
    const { code, breaks } = await answer(
      'check',
      '--snapshot',
      file('prod.json'),
      '--with',
      file('wrong.hcl'),
    );
    expect([code, breaks.length > 0]).toEqual([exit.findings, true]);
  });

  it.each([
    ['a file that is cut short', ['prod', '--with', 'cut.hcl'], 'cut.hcl:3'],
    ['a file that is none', ['prod', '--with', 'none.hcl'], 'none.hcl'],
    ['an entry of no kind', ['prod', '--without', 'exported-service/default'], 'exported-services'],
    [
      'two entries of one name',
      ['prod', '--with', 'right.hcl', '--with', 'wrong.hcl'],
      'exported-services/default',
    ],
    ['several clusters', ['prod', 'gone', '--with', 'right.hcl'], 'one cluster'],
  ])('refuses %s', async (_, argv, expected) => {
    const { code, out, err } = await run(
      'check',
      ...argv.map((arg) => (arg.endsWith('.hcl') ? file(arg) : arg)),
    );
    expect([code, out]).toEqual([exit.usage, '']);
    expect(err).toContain(expected);
  });

  it('says that a cluster cannot be read', async () => {
    const { code, err } = await run('check', 'gone', '--with', file('right.hcl'));
    expect(code).toBe(exit.undecided);
    expect(err).toContain('gone could not be read');
  });

  describe('in a pipeline', () => {
    const page = readFileSync(join(root, 'docs/ci.md'), 'utf8');
    const example = (name: string): unknown =>
      parse(new RegExp(`<!-- ${name} -->\\s*\`\`\`yaml\\n([^]*?)\`\`\``, 'u').exec(page)?.[1] ?? '');
    const github = example('github') as {
      jobs: Record<string, { steps: { run?: string; env?: Record<string, string> }[] }>;
    };
    const gitlab = example('gitlab') as { peering: { script: string[] } };
    const steps = Object.values(github.jobs).flatMap((job) =>
      job.steps.filter((step) => step.run !== undefined),
    );
    const scripts = {
      github: steps.map((step) => step.run).join('\n'),
      gitlab: gitlab.peering.script.join('\n'),
    };

    /** Runs a script in a repository whose last commit changes one file. */
    const inPipeline = async (script: string, text: string) => {
      const repository = mkdtempSync(join(folder, 'repository-'));
      const bin = join(repository, '.bin');
      mkdirSync(bin);
      writeFileSync(
        join(bin, 'npx'),
        `#!/bin/sh\nshift\nexec '${process.execPath}' -r '${root}/test/lab/register.cjs' '${root}/src/main.ts' "$@"\n`,
      );
      chmodSync(join(bin, 'npx'), 0o755);
      const git = (...args: string[]): string =>
        execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
          cwd: repository,
          encoding: 'utf8',
        }).trim();
      git('init', '-q', '-b', 'main');
      git('commit', '-q', '--allow-empty', '-m', 'first');
      git('update-ref', 'refs/remotes/origin/main', 'HEAD');
      mkdirSync(join(repository, 'consul'));
      writeFileSync(join(repository, 'consul', 'exported-services.hcl'), text);
      git('add', 'consul');
      git('commit', '-q', '-m', 'second');
      const child = spawn('sh', ['-e', '-c', script], {
        cwd: repository,
        env: {
          PATH: [bin, dirname(process.execPath), process.env['PATH']].join(':'),
          CONSUL_HTTP_ADDR: agent.address,
          CONSUL_HTTP_TOKEN: agent.token,
          GITHUB_BASE_REF: 'main',
          CI_MERGE_REQUEST_DIFF_BASE_SHA: git('rev-parse', 'HEAD~1'),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let out = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
      const code = await new Promise<number | null>((done) => child.once('close', done));
      return { code, out };
    };

    it.each(['github', 'gitlab'] as const)(
      'runs the example for %s',
      async (name) => {
        const wrong = await inPipeline(scripts[name], exporting('wset'));
        expect(wrong.out).toContain('exported-services-peer-known');
        expect(wrong.code).toBe(exit.findings);
        const right = await inPipeline(scripts[name], `${exporting('west')}# reviewed\n`);
        expect(right.out).not.toContain('exported-services-peer-known');
        const cut = await inPipeline(scripts[name], 'Kind = ');
        expect([cut.code, cut.out]).toEqual([
          exit.usage,
          expect.stringContaining('consul/exported-services.hcl'),
        ]);
      },
      120_000,
    );

    it('reads manifests from standard input', async () => {
      const manifest = `apiVersion: consul.hashicorp.com/v1alpha1
kind: ExportedServices
metadata: { name: default }
spec:
  services: [{ name: api, consumers: [{ peer: wset }] }]
`;
      const { code, out } = await inPipeline(
        `cat <<'EOF' | npx peering-bot check --with -\n${manifest}EOF\n`,
        '',
      );
      expect([code, out]).toEqual([exit.findings, expect.stringContaining('exported-services-peer-known')]);
    }, 60_000);
  });
});
