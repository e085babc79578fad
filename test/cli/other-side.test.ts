import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exit } from '../../src/cli/command';
import { acl } from '../../src/cli/commands/acl';
import { check } from '../../src/cli/commands/check';
import { impact } from '../../src/cli/commands/impact';
import { trace } from '../../src/cli/commands/trace';
import { displayWidth } from '../../src/render/width';
import type { Report } from '../../src/report/report';
import type { Trace } from '../../src/report/trace';
import { describeWith } from '../lab/binaries';
import { type PeeredPair, startPeeredPair } from '../lab/pair';
import { freePorts } from '../lab/process';
import { runInProcess } from './support';

describeWith(['consul'], 'a run of two addresses without a clusters file', () => {
  jest.setTimeout(60_000);
  let pair: PeeredPair;
  let folder: string;
  let previous: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'other-'));
    previous = process.cwd();
    process.chdir(folder);
    pair = await startPeeredPair();
    writeFileSync('east.token', `${pair.east.agent.token}\n`);
  }, 60_000);
  afterAll(async () => {
    process.chdir(previous);
    await pair?.stop();
    rmSync(folder, { recursive: true });
  });

  const run = (argv: readonly string[], env: Record<string, string> = {}) =>
    runInProcess([check, trace], argv, {
      env: {
        CONSUL_HTTP_ADDR: pair.west.agent.address,
        CONSUL_HTTP_TOKEN: pair.west.agent.token,
        ...env,
      },
    });
  const other = (): readonly string[] => ['--other', pair.east.agent.address];
  const eastToken = (): Record<string, string> => ({ OTHER_CONSUL_HTTP_TOKEN: pair.east.agent.token });

  /** The status of the check that needs both sides. */
  const twoSided = async (argv: readonly string[], env: Record<string, string> = {}) => {
    const { code, out, err } = await run(['check', ...argv, '-o', 'json'], env);
    if (out === '') throw new Error(`${code}: ${err}`);
    const found = (JSON.parse(out) as Report).results.find(({ id }) => id === 'peering-two-sided');
    return found?.status;
  };

  it('reads the other side with its own token, from a file or the environment', async () => {
    expect(await twoSided([])).toBe('skip');
    expect(await twoSided([...other(), '--other-token-file', 'east.token'])).toBe('pass');
    expect(await twoSided(other(), eastToken())).toBe('pass');
    expect(await twoSided(other(), { OTHER_CONSUL_HTTP_TOKEN_FILE: 'east.token' })).toBe('pass');
  });

  it('never sends the token of the cluster to the other side', async () => {
    const { out } = await run(['check', ...other(), '--peer', 'east', '-o', 'json']);
    const found = (JSON.parse(out) as Report).results.find(({ id }) => id === 'peering-two-sided');
    expect(found?.status).toBe('unknown');
  });

  it('traces a call over both', async () => {
    const { code, out } = await run(['trace', 'web', 'api', ...other(), '-o', 'json'], eastToken());
    const hops = (JSON.parse(out) as Trace).hops.filter(({ status }) => status === 'ok');
    expect([code, new Set(hops.map(({ cluster }) => cluster)).size]).toEqual([exit.fine, 2]);
  });

  it('wraps a trace, an impact and an inspection of tokens to the terminal', async () => {
    const env = {
      CONSUL_HTTP_ADDR: pair.west.agent.address,
      CONSUL_HTTP_TOKEN: pair.west.agent.token,
      ...eastToken(),
    };
    for (const argv of [['trace', 'web', 'api', ...other()], ['impact', 'peer/east', ...other()], ['acl']]) {
      const widths = [50, 80].map(async (columns) => {
        const { out } = await runInProcess([trace, impact, acl], argv, { env, columns });
        return Math.max(...out.split('\n').map(displayWidth));
      });
      const [narrow = 0, usual = 0] = await Promise.all(widths);
      expect([narrow <= 50, usual > 50, usual <= 80]).toEqual([true, true, true]);
    }
  });

  it('asks for the peering where none is visible, and takes it by name', async () => {
    const unset = { CONSUL_HTTP_TOKEN: '' };
    const { code, err } = await run(['check', ...other()], { ...unset, ...eastToken() });
    expect(code).toBe(exit.usage);
    expect(err).toContain('--peer');
    expect((await run(['check', ...other(), '--peer', 'east'], { ...unset, ...eastToken() })).code).not.toBe(
      exit.usage,
    );
  });

  it('names settings of the other side by their variables and flags', async () => {
    const named = async (argv: readonly string[], env: Record<string, string>) => {
      const { out } = await run(['check', ...argv, '--peer', 'east', '-o', 'json'], env);
      return (JSON.parse(out) as Report).results.find(({ id }) => id === 'peering-two-sided')?.reason;
    };
    expect(await named([...other(), '--other-token-file', '/absent'], {})).toContain('--other-token-file: ');
    expect(await named(other(), { OTHER_CONSUL_CACERT: '/absent' })).toContain('OTHER_CONSUL_CACERT: ');
    expect(await named(['--other', '127.0.0.1:1'], {})).toContain('Check --other');
  });

  it('keeps on where the other side cannot be reached', async () => {
    const [port = 0] = await freePorts(1);
    expect(await twoSided(['--other', `127.0.0.1:${port}`], eastToken())).toBe('unknown');
  });

  it.each([
    ['an address that is none', ['--other', 'http://x/path']],
    ['a token file without an address', ['--other-token-file', 'east.token']],
    ['several clusters', ['--all', '--other', '127.0.0.1:1']],
  ])('refuses %s', async (_, argv) => {
    writeFileSync('some.yml', 'clusters: { a: { address: "http://127.0.0.1:1" } }');
    const clusters = argv[0] === '--all' ? ['--clusters', 'some.yml'] : [];
    expect((await run(['check', ...argv, ...clusters])).code).toBe(exit.usage);
  });

  it('refuses the cluster itself as its other side', async () => {
    expect((await run(['check', '--other', pair.west.agent.address])).code).toBe(exit.usage);
  });
});
