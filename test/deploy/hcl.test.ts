import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary, describeWith } from '../lab/binaries';
import { deployPath, readDeploy } from './manifests';

const files = ['nomad/peering-bot.nomad.hcl', 'terraform/main.tf', 'terraform/outputs.tf'];

describeWith(['hclfmt'], 'files in HCL', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hcl-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Returns the status of a parse and a format that must change nothing. */
  const check = (path: string): number | null =>
    spawnSync(binary('hclfmt'), ['-check', '-require-no-change', path]).status;
  const checkText = (text: string): number | null => {
    const file = join(folder, 'file.hcl');
    writeFileSync(file, text);
    return check(file);
  };

  it.each(files)('deploy/%s parses, and is formatted as Nomad and Terraform do', (file) => {
    expect(check(deployPath(file))).toBe(0);
    // Mistakes are seen at all: of the format, and of the syntax.
    const text = readDeploy(file);
    expect(checkText(text.replace(/^ {2}(?=\S)/m, '   '))).not.toBe(0);
    expect(checkText(text.replace(/\}\s*$/, ''))).not.toBe(0);
  });
});
