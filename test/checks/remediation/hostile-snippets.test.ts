import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { hostileSnapshot } from '../hostile';
import { run } from '../world';

/**
 * Every snippet of every check, over clusters full of hostile names, in a real shell: nothing runs but the
 * commands that remediations are made of, each as one of the calls they make.
 */

const tools = ['consul', 'curl', 'jq', 'tee', 'kubectl', 'sleep'];

/** The first words of every call that a remediation makes. */
const calls =
  /^(?:consul (?:acl (?:policy (?:create|update)|role update|token (?:update|create|read))|config (?:delete|read|write)|connect envoy|force-leave|keyring|members|operator|peering (?:delete|establish|generate-token|list|read)|reload|services (?:deregister|register)|watch|login)|curl|jq|tee|kubectl|sleep)\b/u;

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'peering-bot-hostile-'));
  for (const name of ['bin', 'calls', 'cwd']) mkdirSync(join(folder, name));
  for (const tool of tools) {
    const path = join(folder, 'bin', tool);
    // Writes its words on one line of a file of its own, as pipes run at the same time. `consul peering read` says
    // that there is none, which loops wait for.
    const script = `#!/bin/sh
{ printf '${tool}'; for word; do printf ' %s' "$word" | /usr/bin/tr '\\n' '_'; done; echo; } >>"$CALLS/${tool}.$$"
[ "$1 $2" = 'peering read' ] && exit 1
exit 0
`;
    writeFileSync(path, script);
    chmodSync(path, 0o755);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runIt = (code: string): { readonly stderr: string; readonly made: readonly string[] } => {
  const log = join(folder, 'calls');
  for (const name of readdirSync(log)) rmSync(join(log, name));
  const done = spawnSync('/bin/sh', [], {
    input: code,
    cwd: join(folder, 'cwd'),
    env: { PATH: join(folder, 'bin'), CALLS: log, HOME: folder },
    timeout: 10_000,
  });
  return {
    stderr: done.stderr.toString(),
    made: readdirSync(log).flatMap((name) => readFileSync(join(log, name), 'utf8').trimEnd().split('\n')),
  };
};

it('runs nothing but its own commands, whatever the cluster is called', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(hostileSnapshot, (snapshot) => {
      const snippets = run(snapshot).results.flatMap(({ id, findings }) =>
        findings.flatMap(({ remediation }) =>
          remediation.filter(({ language }) => language === 'shell').map(({ code }) => ({ id, code })),
        ),
      );
      for (const { id, code } of snippets) {
        if (seen.has(code)) continue;
        const { stderr, made } = runIt(code);
        expect([id, stderr]).toEqual([id, '']);
        expect(made.length).toBeGreaterThan(0);
        for (const call of made) expect(call).toMatch(calls);
        expect(readdirSync(join(folder, 'cwd'))).toEqual([]);
        seen.add(code);
      }
    }),
    { numRuns: 25 },
  );
  expect(seen.size).toBeGreaterThan(20);
}, 120_000);
