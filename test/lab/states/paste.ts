import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { binary } from '../binaries';
import type { ConsulAgent } from '../consul';
import { temporaryFolder } from '../process';

/** A shell of an operator at one cluster: the address of the agent, a token, and the commands on the path. */
export interface Paste {
  /** Runs a snippet as it stands. @throws where it fails, with what it wrote. */
  readonly run: (script: string) => Promise<void>;
  /** Ends the Envoys that snippets have started. */
  readonly end: () => void;
  readonly stop: () => void;
}

/**
 * Stands for the Envoy that `consul connect envoy` starts in the foreground: it goes on in the background, so that
 * the snippet ends, and does not outlive this process. It gives itself out as a version that Consul 1.20 supports.
 */
const envoyWrapper = (envoy: string, pids: string): string => `#!/bin/sh
if [ "$1" = --version ]; then echo "envoy  version: 0/1.29.0/Clean/RELEASE/BoringSSL"; exit; fi
"${envoy}" "$@" --concurrency 1 -l warn >/dev/null 2>&1 </dev/null &
pid=$!
echo $pid >>"${pids}"
(while kill -0 ${process.pid} && kill -0 $pid; do sleep 1; done; kill -9 $pid) >/dev/null 2>&1 </dev/null &
sleep 0.5
`;

export const startPaste = async (agent: ConsulAgent): Promise<Paste> => {
  const folder = await temporaryFolder('paste');
  const bin = join(folder.path, 'bin');
  const pids = join(folder.path, 'pids');
  await mkdir(bin);
  await symlink(binary('consul'), join(bin, 'consul'));
  await writeFile(pids, '');
  await writeFile(join(bin, 'envoy'), envoyWrapper(binary('envoy'), pids), { mode: 0o700 });
  const env = {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    CONSUL_HTTP_ADDR: agent.address,
    CONSUL_HTTP_TOKEN: agent.token,
    // Else `consul connect envoy` takes the TLS port, for which these agents have no CA.
    CONSUL_GRPC_ADDR: `127.0.0.1:${agent.grpcPort}`,
  };
  let started: readonly number[] = [];

  const run: Paste['run'] = async (script) => {
    const { status, output } = await new Promise<{ status: number | null; output: string }>(
      (resolve, reject) => {
        const child = spawn('sh', ['-e', '-c', script], { env, cwd: folder.path, timeout: 30_000 });
        let output = '';
        const keep = (chunk: Buffer): void => void (output += chunk.toString());
        child.stdout.on('data', keep);
        child.stderr.on('data', keep);
        child.once('error', reject);
        child.once('exit', (status) => resolve({ status, output }));
        child.stdin.end();
      },
    );
    started = (await readFile(pids, 'utf8')).split('\n').filter(Boolean).map(Number);
    if (status !== 0) throw new Error(`status ${status} of:\n${script}\n${output}`);
  };
  const end: Paste['end'] = () => {
    for (const pid of started) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    started = [];
    // The kernel may give these numbers to other processes.
    writeFileSync(pids, '');
  };
  return {
    run,
    end,
    stop: () => {
      end();
      folder.remove();
    },
  };
};
