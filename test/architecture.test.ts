import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/**
 * The layers of src, and which of them each may import; it may always import itself and the shared files at the
 * top of src. A layer is the longest of these paths that a file begins with. `src/app` and `src/main.ts` may import anything.
 */
const layers: Readonly<Record<string, readonly string[]>> = {
  config: [],
  // The engine: knows nothing of Slack or Redis.
  consul: ['config'],
  probe: [],
  report: [],
  acl: ['consul'],
  snapshot: ['config', 'consul', 'acl', 'probe'],
  paths: ['snapshot', 'acl', 'consul', 'report'],
  checks: ['probe', 'paths', 'snapshot', 'acl', 'consul', 'report'],
  render: ['report'],
  // The bot.
  signing: [],
  redis: ['signing'],
  tracing: ['config'],
  queue: ['config', 'redis', 'signing', 'tracing'],
  'slack/api': ['queue', 'redis', 'render', 'signing'],
  access: ['config', 'slack/api'],
  slack: ['config', 'redis', 'queue', 'access', 'render', 'slack/api', 'clusters', 'tracing'],
  clusters: [
    'config',
    'consul',
    'probe',
    'acl',
    'snapshot',
    'paths',
    'checks',
    'report',
    'redis',
    'signing',
    'tracing',
  ],
  features: [
    'config',
    'consul',
    'acl',
    'snapshot',
    'paths',
    'checks',
    'report',
    'render',
    'redis',
    'signing',
    'queue',
    'slack/api',
    'access',
    'slack',
    'clusters',
    'tracing',
  ],
  health: ['config', 'report', 'redis', 'queue', 'slack/api', 'clusters', 'tracing'],
  cli: [
    'config',
    'consul',
    'acl',
    'snapshot',
    'checks',
    'report',
    'render',
    'redis',
    'signing',
    'clusters',
    'features',
  ],
};

/** Pure folders: no network, no file system, no clock. */
const pure = ['acl', 'checks', 'paths', 'report', 'render'];

const root = resolve(__dirname, '..', 'src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

const importsOf = (file: string): string[] => {
  const pattern =
    /(?:^|\s)(?:import|export)\s[^'";]*?from\s+'([^']+)'|(?:import|require)\(\s*'([^']+)'\s*\)/g;
  return [...(sources.get(file) ?? '').matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '');
};

/** The files of src that a file imports, types included. */
const filesImportedBy = (file: string): string[] =>
  importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => resolve(root, dirname(file), name))
    .map((path) => relative(root, existsSync(`${path}.ts`) ? `${path}.ts` : join(path, 'index.ts')));

/** Undefined where a file may import anything, or may be imported by anyone. */
const layerOf = (file: string): string | undefined =>
  Object.keys(layers)
    .filter((layer) => file.startsWith(`${layer}/`))
    .toSorted((a, b) => b.length - a.length)[0];

/** Small pure helpers that every layer may import. */
const shared = ['result.ts', 'find-nearest-name.ts', 'omit-undefined.ts', 'share-signal.ts'];

const isFree = (file: string): boolean =>
  file === 'main.ts' || shared.includes(file) || file.startsWith('app/');

/** The folder of a feature; undefined outside of features. */
const featureOf = (file: string): string | undefined => /^features\/([^/]+)\//.exec(file)?.[1];

const inSrc = files.map((file) => [file] as const);

describe('the layers', () => {
  it.each(inSrc.filter(([file]) => !isFree(file)))('src/%s imports only what it may', (file) => {
    const layer = layerOf(file);
    if (layer === undefined) throw new Error(`src/${file} is in no layer`);
    const allowed = layers[layer] ?? [];
    const wrong = filesImportedBy(file).filter((target) => {
      const other = layerOf(target);
      return !shared.includes(target) && other !== layer && (other === undefined || !allowed.includes(other));
    });
    expect(wrong).toEqual([]);
  });

  it.each(inSrc.filter(([file]) => featureOf(file) !== undefined || file.startsWith('cli/')))(
    'src/%s imports other features through their index alone',
    (file) => {
      const wrong = filesImportedBy(file).filter((target) => {
        const feature = featureOf(target);
        return (
          feature !== undefined && feature !== featureOf(file) && target !== `features/${feature}/index.ts`
        );
      });
      expect(wrong).toEqual([]);
    },
  );

  it.each(inSrc.filter(([file]) => file.endsWith('.store.ts')))('src/%s knows nothing of Slack', (file) => {
    const slack = (name: string): boolean => name.startsWith('@slack/');
    expect(importsOf(file).filter(slack)).toEqual([]);
    // The coordinates of a message are plain data that others store as well.
    const own = file.startsWith('slack/') ? dirname(file) : undefined;
    const isAllowed = (target: string): boolean =>
      dirname(target) === own || target === 'slack/api/message-ref.ts';
    expect(
      filesImportedBy(file).filter((target) => target.startsWith('slack/') && !isAllowed(target)),
    ).toEqual([]);
  });

  it('imports nothing in a circle, types included', () => {
    expect(circles(importedFiles)).toEqual([]);
  });

  it('imports nothing in a circle of the folders of a feature', () => {
    expect(circles(importedFolders())).toEqual([]);
  });
});

type Imports = ReadonlyMap<string, ReadonlySet<string>>;

const importedFiles: Imports = new Map(files.map((file) => [file, new Set(filesImportedBy(file))]));

/** The folders of each feature, with the other folders of the same feature that their files import. */
const importedFolders = (): Imports => {
  const folders = new Map<string, Set<string>>();
  for (const [file, targets] of importedFiles) {
    const feature = featureOf(file);
    if (feature === undefined) continue;
    const others = [...targets].filter((target) => featureOf(target) === feature).map(dirname);
    folders.set(dirname(file), new Set([...(folders.get(dirname(file)) ?? []), ...others]));
  }
  return folders;
};

/** The strongly connected parts of a graph of imports that have more than one member (Tarjan). */
const circles = (imports: Imports): string[][] => {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.get(file) ?? 0);
    stack.push(file);
    for (const target of imports.get(file) ?? []) {
      if (!order.has(target)) visit(target);
      else if (!stack.includes(target)) continue;
      lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(target) ?? 0));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const part = stack.splice(stack.indexOf(file));
    if (part.length > 1) found.push(part.toSorted());
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return found;
};

const isPure = (file: string): boolean =>
  pure.includes(layerOf(file) ?? '') || /\.(?:message|modal)\.ts$/.test(file);

describe('the kinds of files', () => {
  it.each(inSrc.filter(([file]) => isPure(file)))('src/%s is pure', (file) => {
    const text = (sources.get(file) ?? '').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(
      importsOf(file).filter((name) => /^(?:node:|axios$|ioredis$|bullmq$|@slack\/(?!types))/.test(name)),
    ).toEqual([]);
    expect(text).not.toMatch(/\bDate\.now\(|\bnew Date\(\)|\bfetch\(|\bsetTimeout\(|\bprocess\./);
  });

  it.each(inSrc)('src/%s reads the environment only where it may', (file) => {
    const reads = /\bprocess\.env\b/.test(sources.get(file) ?? '');
    expect(reads && !file.startsWith('config/') && file !== 'main.ts').toBe(false);
  });
});

/** The names that a file declares and exports; re-exports do not count. */
const exportsOf = (file: string): string[] => {
  const pattern =
    /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|function\*?|interface|type|class|enum)\s+(\w+)/gm;
  return [...(sources.get(file) ?? '').matchAll(pattern)].map(([, name = '']) => name);
};

describe('exported names', () => {
  it('are each declared in one file', () => {
    const declaredIn = new Map<string, readonly string[]>();
    for (const file of files) {
      for (const name of new Set(exportsOf(file))) {
        declaredIn.set(name, [...(declaredIn.get(name) ?? []), file]);
      }
    }
    const ambiguous = [...declaredIn].filter(([, declaring]) => declaring.length > 1);
    expect(Object.fromEntries(ambiguous)).toEqual({});
  });
});

/** Values that a file exports: what they are for shows in the file that imports them. */
const valuesOf = (file: string): string[] =>
  [
    ...(sources.get(file) ?? '').matchAll(
      /^export\s+(?:async\s+)?(?:const|let|function\*?|class|enum)\s+(\w+)/gm,
    ),
  ].map(([, name = '']) => name);

describe('exported values', () => {
  it('are used by another file, and not by tests alone', () => {
    const generator = join(root, '..', 'docs', 'generate.mjs');
    const words = new Map<string, Set<string>>();
    for (const [file, text] of [...sources, [generator, readFileSync(generator, 'utf8')] as const]) {
      for (const word of text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '').match(/\w+/g) ?? []) {
        const users = words.get(word) ?? new Set();
        words.set(word, users.add(file));
      }
    }
    const unused = files.flatMap((file) =>
      valuesOf(file).flatMap((name) => ((words.get(name)?.size ?? 0) > 1 ? [] : [`${name} of ${file}`])),
    );
    expect(unused).toEqual([]);
  });
});

/** Lists what a file loads at once: no types, and nothing that a function loads later. */
const loadedBy = (file: string): string[] => {
  const statements = (sources.get(file) ?? '').matchAll(
    /^(?:import|export)\s+(?!type\s)(?:\{([^}]*)\}|[^'";{]*)\s*from\s+'([^']+)'/gm,
  );
  return [...statements].flatMap(([, names, name = '']) =>
    names !== undefined && names.split(',').every((one) => /^\s*(?:type\s|$)/.test(one)) ? [] : [name],
  );
};

describe('the command line', () => {
  it('loads neither schemas nor clients before a command runs, since each TAB waits for it', () => {
    const seen = new Set<string>();
    const packages = new Set<string>();
    const load = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const name of loadedBy(file)) {
        if (name.startsWith('.')) {
          const path = relative(root, resolve(root, dirname(file), name));
          load(existsSync(join(root, `${path}.ts`)) ? `${path}.ts` : join(path, 'index.ts'));
        } else if (!name.startsWith('node:')) packages.add(name);
      }
    };
    load('main.ts');
    expect(seen).toContain('cli/candidates.ts');
    // For names in the clusters file, and for misspelt ones.
    expect([...packages].toSorted()).toEqual(['fastest-levenshtein', 'yaml']);
    expect([...seen].filter((file) => /^(?:app|checks\/registry|clusters|features)\b/.test(file))).toEqual(
      [],
    );
  });
});

describe('the sandbox', () => {
  it('imports nothing of src: it runs the bot as a process', () => {
    const sandbox = join(root, '..', 'sandbox');
    const wrong = readdirSync(sandbox, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => /from '(?:\.\.\/)+src\//.test(readFileSync(join(sandbox, file), 'utf8')));
    expect(wrong).toEqual([]);
  });
});
