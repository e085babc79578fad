import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

const root = resolve(__dirname, '../..');
export const deployPath = (path: string): string => resolve(root, 'deploy', path);
export const readDeploy = (path: string): string => readFileSync(deployPath(path), 'utf8');

interface Container {
  readonly args: readonly string[];
  readonly securityContext: {
    readonly readOnlyRootFilesystem: boolean;
    readonly allowPrivilegeEscalation: boolean;
    readonly capabilities: { readonly drop: readonly string[] };
  };
  readonly livenessProbe: { readonly httpGet: { readonly path: string } };
  readonly readinessProbe: { readonly httpGet: { readonly path: string } };
}

/** The fields of a manifest that tests read. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data: Readonly<Record<string, string>>;
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly automountServiceAccountToken: boolean;
        readonly securityContext: { readonly runAsNonRoot: boolean };
        readonly containers: readonly [Container];
      };
    };
  };
}

export const parseManifests = (text: string): readonly Manifest[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);

/** Validates manifests by the schemas of Kubernetes. Returns one line for each mistake. */
export const findMistakes = (text: string): readonly string[] => {
  const run = spawnSync(process.execPath, [resolve(__dirname, 'validate-manifests.mjs')], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout.split('\n').filter((line) => line !== '');
};

/** Promises of every way to run the bot on Kubernetes, as [promise, whether it is kept]. */
export const hardening = ({ spec }: Manifest): readonly (readonly [string, unknown])[] => {
  const { spec: pod } = spec.template;
  const [container] = pod.containers;
  const withTokens = !container.args.includes('bot');
  return [
    ['runAsNonRoot', pod.securityContext.runAsNonRoot],
    ['readOnlyRootFilesystem', container.securityContext.readOnlyRootFilesystem],
    ['no privilege escalation', !container.securityContext.allowPrivilegeEscalation],
    ['no capabilities', container.securityContext.capabilities.drop.includes('ALL')],
    ['no API token', !pod.automountServiceAccountToken],
    ['livez', container.livenessProbe.httpGet.path === '/livez'],
    ['readyz', container.readinessProbe.httpGet.path === '/readyz'],
    // A worker of the queue tokens takes up to 45 s to stop, everything else 10 s.
    ['time to stop', pod.terminationGracePeriodSeconds > (withTokens ? 45 : 10)],
  ];
};
