import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { binary } from '../lab/binaries';

const root = resolve(__dirname, '../..');
export const deployPath = (path: string): string => resolve(root, 'deploy', path);
export const readDeploy = (path: string): string => readFileSync(deployPath(path), 'utf8');

interface Container {
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly ports: readonly object[];
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
    /** Of an Ingress. */
    readonly rules?: readonly object[];
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly egress: readonly { readonly ports: readonly object[] }[];
    readonly ingress: readonly [{ readonly ports: readonly object[] }];
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

const Answer = z.object({
  resources: z.array(z.object({ kind: z.string(), name: z.string(), status: z.string(), msg: z.string() })),
});

/** Kinds of the Prometheus operator, whose schemas are not Kubernetes' own. */
const skipped = 'ServiceMonitor,PrometheusRule';

/** Validates manifests by the schemas of Kubernetes. Returns one line for each mistake. */
export const findMistakes = (text: string): readonly string[] => {
  const schemas = join(root, '.cache/kubernetes-schemas/{{.ResourceKind}}{{.KindSuffix}}.json');
  const options = ['-strict', '-verbose', '-output', 'json', '-skip', skipped, '-schema-location', schemas];
  const run = spawnSync(binary('kubeconform'), options, { input: text, encoding: 'utf8' });
  const { resources } = Answer.parse(JSON.parse(run.stdout));
  if (resources.length === 0) throw new Error('no manifests were validated');
  return resources
    .filter(({ status }) => status !== 'statusValid' && status !== 'statusSkipped')
    .map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`);
};

/** Builds an overlay as `kubectl apply -k` does. */
export const buildOverlay = (overlay: string): string =>
  execFileSync(binary('kustomize'), ['build', deployPath(overlay)], { encoding: 'utf8' });

/** Promises of every way to run the bot on Kubernetes, as [promise, whether it is kept]. */
export const hardening = ({ spec }: Manifest): readonly (readonly [string, unknown])[] => {
  const { spec: pod } = spec.template;
  const [container] = pod.containers;
  const withTokens = !container.args.includes('--probe-from') && !container.args.includes('bot');
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
