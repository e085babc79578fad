import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { allCommands } from '../../src/cli/all-commands';
import { exit, type ExitCode } from '../../src/cli/command';
import { stateOf } from '../../src/checks/changes/state-of';
import { changeSnapshot } from '../../src/checks/examples/healthy';
import { runChecks } from '../../src/checks/runner';
import { createReports } from '../../src/features/history';
import { createSealer } from '../../src/signing/seal-record';
import { openAudit } from '../../src/features/audit/audit.store';
import { success } from '../../src/result';
import { createSigner } from '../../src/signing/sign';
import { manifest } from '../local-manifest';
import { describeWith } from '../lab/binaries';
import { type PeeredPair, startPeeredPair } from '../lab/pair';
import { type RedisServer, startRedis } from '../lab/redis';
import { connectTestRedis } from '../redis-client';
import { runInProcess } from './support';

const signingKey = 'the-output-of-openssl-rand-hex-32';

/** Runs the examples of every `--help` on real clusters. */

const commands = allCommands(async () => success(undefined));
const shown = commands.filter(({ isHidden }) => isHidden !== true);
const examples = shown.flatMap((command) => (command.examples ?? []).map((example) => [example] as const));

it.each(shown.map(({ name }) => [name] as const))('%s has examples in its help', async (name) => {
  const { out } = await runInProcess(commands, ['help', name]);
  expect(out).toMatch(new RegExp(`Examples:\\n\\n  peering-bot ${name}`));
});

/** The JSON of a command line, and its schema in docs/schema. */
const schemas: readonly (readonly [string, string, readonly ExitCode[]])[] = [
  ['check prod-west', 'report', [exit.fine, exit.findings]],
  ['check --all', 'fleet', [exit.fine, exit.findings]],
  ['check prod-east --without exported-services/default', 'what-if', [exit.findings]],
  ['check --list-checks', 'checks-list', [exit.fine]],
  ['trace prod-west web api', 'trace', [exit.fine]],
  ['impact prod-west peer/east', 'impact', [exit.findings]],
  ['peerings', 'peerings', [exit.fine]],
  ['acl prod-east', 'acl', [exit.fine, exit.findings]],
  ['acl prod-east --can service:read:web', 'acl-can', [exit.fine]],
  ['version', 'version', [exit.fine]],
  ['explain mesh-gateway-mode', 'explain', [exit.fine]],
  ['audit', 'audit-list', [exit.fine]],
  ['diff prod-east --before monday.json', 'diff', [exit.fine]],
  ['diff prod-east', 'diff', [exit.fine]],
  ['clusters', 'clusters-list', [exit.fine]],
  ['config validate', 'problems', [exit.fine]],
  ['config validate --clusters absent.yml', 'problems', [exit.usage]],
  ['config approvers prod-east prod-west', 'approvers', [exit.fine, exit.findings]],
  ['doctor', 'doctor', [exit.findings]],
  ['migrate-storage', 'migrate-storage', [exit.fine, exit.findings]],
];

describeWith(['consul', 'redis'], 'the command lines in help', () => {
  jest.setTimeout(60_000);
  let pair: PeeredPair;
  let redis: RedisServer;
  let slack: Workspace;
  let folder: string;
  let previous: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'examples-'));
    previous = process.cwd();
    process.chdir(folder);
    [pair, redis, slack] = await Promise.all([startPeeredPair(), startRedis(), startWorkspace({ manifest })]);
    const client = connectTestRedis(redis.url, 'working');
    await openAudit(client, createSigner(signingKey), {
      maxAgeMs: Infinity,
      onEntry: () => undefined,
    }).append({
      action: 'mute added',
      requestId: 'request0001',
      person: 'U1',
      team: 'T1',
      cluster: 'prod-east',
      hash: null,
      detail: '',
    });
    const reports = createReports(client, createSealer({ signingKey }), { reports: 9, maxAgeMs: 86_400_000 });
    for (const [run, at] of [
      ['run-1', '2026-11-27T08:00:00.000Z'],
      ['run-2', '2026-11-27T13:00:00.000Z'],
    ] as const) {
      const snapshot = { ...changeSnapshot(run === 'run-2' ? { gateways: [] } : {}), takenAt: at };
      await reports.save(run, { ...runChecks(snapshot), state: stateOf(snapshot) });
    }
    client.disconnect();
    const { east, west } = pair;
    writeFileSync(
      'clusters.yml',
      JSON.stringify({
        clusters: {
          'prod-east': {
            address: east.agent.address,
            token: { env: 'EAST' },
            peers: { west: 'prod-west' },
            owner: { name: 'platform', usergroup: 'S0PLATFORM', channel: 'C0PLATFORM' },
          },
          'prod-west': { address: west.agent.address, token: { env: 'WEST' }, peers: { east: 'prod-east' } },
        },
      }),
    );
    writeFileSync('west.token', west.agent.token);
    for (const file of ['monday.json', 'tuesday.json']) await run(`snapshot prod-east --out ${file}`);
    writeFileSync(
      'exported-services.hcl',
      'Kind = "exported-services"\nName = "default"\nServices = [{ Name = "api", Consumers = [{ Peer = "west" }] }]\n',
    );
  }, 120_000);
  afterAll(async () => {
    process.chdir(previous);
    await Promise.all([pair?.stop(), redis?.stop(), slack?.stop()]);
    rmSync(folder, { recursive: true });
  });

  /** The words of a command line, with the addresses and names of this lab in place of the examples'. */
  const wordsOf = (line: string): readonly string[] =>
    line
      .replaceAll("'", '')
      .replace('8f2c6a1e', pair.east.gatewayToken.accessor)
      .replace('http://127.0.0.1:8500', pair.east.agent.address)
      .replace('http://127.0.0.1:8501', pair.west.agent.address)
      .replace('5m', '1s')
      .split(' ');

  const run = (line: string) =>
    runInProcess(commands, wordsOf(line), {
      env: {
        EAST: pair.east.agent.token,
        WEST: pair.west.agent.token,
        CONSUL_HTTP_TOKEN: pair.east.agent.token,
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_APP_TOKEN: slack.appToken,
        SLACK_API_URL: slack.apiUrl,
        REDIS_URL: redis.url,
        PEERING_SIGNING_KEY: signingKey,
      },
    });

  it.each(examples)('run: %s', async (line) => {
    const { code, err } = await run(line);
    expect(code === exit.usage ? err : '').toBe('');
  });

  it.each(schemas)('%s -o json is as its schema says', async (line, name, codes) => {
    const { code, out } = await run(`${line} -o json`);
    expect(codes).toContain(code);
    const schema = JSON.parse(
      readFileSync(resolve(__dirname, `../../docs/schema/${name}.schema.json`), 'utf8'),
    ) as object;
    const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
    validate(JSON.parse(out));
    expect(validate.errors ?? []).toEqual([]);
  });

  it('every command with a format prints JSON', () => {
    const withFormat = shown.filter(({ options }) => 'format' in options).map(({ name }) => name);
    expect(new Set(schemas.map(([line]) => line.split(' ')[0]))).toEqual(new Set(withFormat));
  });
});
