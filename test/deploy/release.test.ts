import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageVersion } from '../../src/config/package-version';

const root = resolve(__dirname, '../..');
const text = readFileSync(resolve(root, '.github/workflows/release.yml'), 'utf8');

const Step = z.object({
  id: z.string().optional(),
  name: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const Workflow = z.object({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.object({
      needs: z.string().optional(),
      permissions: z.record(z.string(), z.string()).optional(),
      'timeout-minutes': z.number(),
      steps: z.array(Step),
    }),
  ),
});
const { permissions, jobs } = Workflow.parse(parse(text));
const steps = Object.values(jobs).flatMap((job) => job.steps);

const runStep = (name: string, env: Readonly<Record<string, string>>): number | null => {
  const run = steps.find((step) => step.name === name)?.run;
  if (run === undefined) throw new Error(`no step is called ${name}`);
  return spawnSync('bash', ['-euo', 'pipefail', '-c', run], { cwd: root, env: { ...process.env, ...env } })
    .status;
};

describe('the release workflow', () => {
  it('publishes nothing that has not passed the tests', () => {
    expect(jobs['test']?.steps.map(({ run }) => run)).toContain('sudo .ci/run');
    const others = Object.entries(jobs).filter(([name]) => name !== 'test');
    expect(others.map(([, { needs }]) => needs)).toEqual(others.map(() => 'test'));
  });

  it('runs actions by commit, and says their versions', () => {
    const used = text.split('\n').filter((line) => line.includes('uses:'));
    expect(used.length).toBe(steps.filter(({ uses }) => uses !== undefined).length);
    expect(used.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it('gives each job only the rights that it needs', () => {
    expect(permissions).toEqual({ contents: 'read' });
    expect(jobs['test']?.permissions).toBeUndefined();
    expect(jobs['image']?.permissions).toEqual({ contents: 'read', packages: 'write', 'id-token': 'write' });
    expect(jobs['package']?.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  });

  it('builds for both architectures, with an SBOM and provenance, and signs the digest', () => {
    const build = steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'));
    expect(build?.with).toMatchObject({
      target: 'bot',
      platforms: 'linux/amd64,linux/arm64',
      sbom: true,
      provenance: 'mode=max',
    });
    expect(steps.find(({ name }) => name === 'Sign the image')?.run).toContain('$IMAGE@$DIGEST');
  });

  it('names the image as the chart and the overlays do: by the version without its v', () => {
    const folder = mkdtempSync(join(tmpdir(), 'release-'));
    const file = join(folder, 'env');
    const env = { GITHUB_ENV: file, GITHUB_REF_NAME: 'v1.2.3', GITHUB_REPOSITORY: 'Example/Peering-Bot' };
    expect(runStep('Name the image', env)).toBe(0);
    const variables = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('='));
    rmSync(folder, { recursive: true });
    const tags = z.string().parse(steps.find(({ id }) => id === 'build')?.with?.['tags']);
    const tag = variables.reduce(
      (text, [name, value]) => text.replace(`\${{ env.${name} }}`, value ?? ''),
      tags,
    );
    expect(tag).toBe('ghcr.io/example/peering-bot:1.2.3');
    const { images } = parse(
      readFileSync(resolve(root, 'deploy/kubernetes/base/kustomization.yaml'), 'utf8'),
    ) as {
      images: readonly { readonly newTag: string }[];
    };
    const nomad = readFileSync(resolve(root, 'deploy/nomad/peering-bot.nomad.hcl'), 'utf8');
    expect(images.map(({ newTag }) => newTag)).toEqual([packageVersion]);
    expect(nomad).toContain(`peering-bot:${packageVersion}"`);
  });

  it('refuses a tag that is not the version of the package', () => {
    const name = 'The tag is the version of package.json';
    expect(runStep(name, { GITHUB_REF_NAME: `v${packageVersion}` })).toBe(0);
    expect(runStep(name, { GITHUB_REF_NAME: `v${packageVersion}-other` })).toBe(1);
  });
});
