import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { runChecks } from '../../src/checks/runner';
import { hostileSnapshot } from './hostile';

/** Commands that snippets may run. `printf` is of the shell itself. */
const commands = ['consul', 'curl', 'jq', 'kubectl', 'sleep', 'systemctl', 'tee'];

/** Commands that hostile names try to run. Each leaves a mark. */
const bait = ['reboot', 'rm', 'id'];

describe('the snippets of checks over hostile clusters', () => {
  let folder: string;
  let marks: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'snippets-'));
    marks = join(folder, 'marks');
    const add = (name: string, script: string): void => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    };
    // A peering that is being deleted is gone at the first look, which is what snippets wait for.
    const end = `[ "$0 $1 $2" != "${folder}/consul peering read" ]`;
    for (const name of commands) {
      add(name, `while IFS= read -r line; do :; done; echo ${name} >> "$RAN"; ${end}`);
    }
    for (const name of bait) add(name, `echo ${name} >> "$MARKS"`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a snippet in a real shell that finds nothing but our stand-ins. */
  const paste = (code: string) => {
    const ran = join(folder, 'ran');
    writeFileSync(ran, '');
    const { status, stderr } = spawnSync('/bin/sh', ['-c', code], {
      cwd: folder,
      env: { PATH: folder, RAN: ran, MARKS: marks },
      input: '',
      encoding: 'utf8',
      timeout: 10_000,
    });
    return { status, stderr, ran: readFileSync(ran, 'utf8').split('\n').filter(Boolean) };
  };

  it('run what they say, and nothing that a name holds', () => {
    const snippets = new Set(
      fc
        .sample(hostileSnapshot, { numRuns: 60, seed: 7 })
        .flatMap((snapshot) => runChecks(snapshot).results)
        .flatMap(({ findings }) => findings)
        .flatMap(({ remediation }) => remediation)
        .filter(({ language }) => language === 'shell')
        .map(({ code }) => code),
    );
    expect(snippets.size).toBeGreaterThan(30);
    for (const code of snippets) {
      const { status, stderr, ran } = paste(code);
      // A shell that does not find a command, or cannot read the snippet, says so.
      expect({ code, ended: status !== null, stderr }).toEqual({ code, ended: true, stderr: '' });
      expect(ran.length).toBeGreaterThan(0);
    }
    expect(existsSync(marks)).toBe(false);
  }, 120_000);

  it('would show what they ran', () => {
    paste('consul members $(reboot)');
    expect(readFileSync(marks, 'utf8')).toBe('reboot\n');
  });
});
