import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** The real servers that tests use, found by environment variable, in `.cache/bin`, or on the path. */
export type Binary =
  | 'consul'
  | 'consul-oldest'
  | 'consul-newest'
  | 'envoy'
  | 'redis'
  | 'chromium'
  | 'cc'
  | 'helm'
  | 'hclfmt'
  | 'kubeconform'
  | 'kustomize'
  | 'promtool'
  | 'systemd-analyze'
  | 'zsh'
  | 'fish';

const known: Record<Binary, { readonly variable: string; readonly names: readonly string[] }> = {
  consul: { variable: 'CONSUL_BIN', names: ['consul'] },
  'consul-oldest': { variable: 'CONSUL_OLDEST_BIN', names: ['consul-1.14.11'] },
  'consul-newest': { variable: 'CONSUL_NEWEST_BIN', names: ['consul-1.20.6'] },
  envoy: { variable: 'ENVOY_BIN', names: ['envoy'] },
  redis: { variable: 'REDIS_SERVER_BIN', names: ['redis-server', 'valkey-server'] },
  chromium: { variable: 'CHROMIUM_BIN', names: ['chromium', 'chromium-browser', 'google-chrome'] },
  cc: { variable: 'CC_BIN', names: ['cc', 'gcc', 'clang'] },
  kubeconform: { variable: 'KUBECONFORM_BIN', names: ['kubeconform'] },
  kustomize: { variable: 'KUSTOMIZE_BIN', names: ['kustomize'] },
  hclfmt: { variable: 'HCLFMT_BIN', names: ['hclfmt'] },
  helm: { variable: 'HELM_BIN', names: ['helm'] },
  promtool: { variable: 'PROMTOOL_BIN', names: ['promtool'] },
  'systemd-analyze': { variable: 'SYSTEMD_ANALYZE_BIN', names: ['systemd-analyze'] },
  zsh: { variable: 'ZSH_BIN', names: ['zsh'] },
  fish: { variable: 'FISH_BIN', names: ['fish'] },
};

const cache = resolve(__dirname, '../../.cache/bin');

const runnable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The absolute path of a binary, or undefined where this machine has none. */
const findBinary = (binary: Binary): string | undefined => {
  const { variable, names } = known[binary];
  const named = process.env[variable];
  if (named) return runnable(named) ? resolve(named) : undefined;
  const folders = [cache, ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(runnable);
};

/** The path of a binary that the surrounding `describeWith` has made sure of. */
export const binary = (name: Binary): string => {
  const path = findBinary(name);
  if (!path) throw new Error(`no ${name} found: set ${known[name].variable}, or run .ci/prepare`);
  return path;
};

/** The binaries of a list that this machine has not. */
export const missingBinaries = (needs: readonly Binary[]): readonly Binary[] =>
  needs.filter((need) => !findBinary(need));

/**
 * `describe` for tests that need real servers. Without them the block is left out (`npm test` says so at its
 * end), but in CI it fails: there, a server that is missing is a defect.
 */
export const describeWith = (needs: readonly Binary[], title: string, body: () => void): void => {
  const missing = missingBinaries(needs);
  if (missing.length === 0) {
    describe(title, body);
  } else if (process.env['CI']) {
    describe(title, () => {
      it('has the servers it needs', () => {
        throw new Error(`missing in CI: ${missing.join(', ')}`);
      });
    });
  } else {
    describe.skip(`${title} [needs ${missing.join(', ')}]`, body);
  }
};
