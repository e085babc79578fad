import { AsyncResource } from 'node:async_hooks';
import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import type { Environment } from '../config/secret';
import type { RequestObservation } from '../consul/send-request';
import { createSemaphore } from '../consul/semaphore';
import { failure, type Result, success } from '../result';
import { processArguments, processFile } from './process-file';
import type { Bug, FromProcess, ProcessJob, SecondMessage } from './process-messages';

/** The reason why a job has no answer. */
export type ProcessEnd = 'out-of-memory' | 'deadline' | 'threw' | 'crashed' | 'cancelled';

interface RunOptions {
  /** Ends the job at once. */
  readonly signal: AbortSignal;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly onBug: (bug: Bug) => void;
  /** A message that follows the job as soon as it is there, if the job still runs. Never rejects. */
  readonly follows?: Promise<SecondMessage> | undefined;
}

export interface ProcessPool {
  /** Returns the gzipped answer of a job, or why it has none. Never rejects. Waits while all processes are busy. */
  readonly run: (job: ProcessJob, options: RunOptions) => Promise<Result<Uint8Array, ProcessEnd>>;
  /** Kills all processes; running jobs end as cancelled. */
  readonly close: () => void;
}

export interface ProcessPoolOptions {
  /** Maximum processes, and so jobs at once. */
  readonly count: number;
  /** Memory for the values of a process, in MiB. */
  readonly memoryMiB: number;
  /** Time for one job, in ms. */
  readonly deadlineMs: number;
  /** The environment of the bot. Only the few variables that Node itself reads are passed on. */
  readonly environment: Environment;
  readonly onCall: (call: RequestObservation) => void;
}

/** Consul's agents take 200 connections of one address (`http_max_conns_per_client`). */
const maxConnections = 192;

/** An unused process beyond the first ends after this long. */
const maxIdleMs = 60_000;

/** A process that has grown beyond this many bytes is not used for another job. */
const maxReusedBytes = 384 * 1024 * 1024;

/** Variables that Node and OpenSSL read for themselves. None of them is secret. */
const passedOn = ['PATH', 'TZ', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'OPENSSL_CONF'];

interface Member {
  readonly child: ChildProcess;
  /** The cluster that it read last: it still has connections to it. */
  cluster: string;
  idle: NodeJS.Timeout | undefined;
}

/**
 * Creates a pool of processes that read clusters, one cluster at a time each. The first is started at once. If one
 * dies, only its job fails, and another takes its place.
 */
export const createProcessPool = (options: ProcessPoolOptions): ProcessPool => {
  const { count, memoryMiB, deadlineMs, onCall } = options;
  const connections = Math.min(64, Math.max(8, Math.floor(maxConnections / count)));
  const env = Object.fromEntries(
    passedOn.flatMap((name) => {
      const value = options.environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const semaphore = createSemaphore(count);
  const unused = new Set<Member>();
  const members = new Set<Member>();
  const closing = new AbortController();

  const start = (): Member => {
    const child = fork(processFile, [String(connections)], {
      execArgv: [...processArguments, `--max-old-space-size=${memoryMiB}`, '--expose-gc'],
      env,
      serialization: 'advanced',
      // V8 prints pages of text when memory runs out, and none of it is JSON like the log.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const member: Member = { child, cluster: '', idle: undefined };
    members.add(member);
    // An unused process must not keep the bot running.
    child.unref();
    child.channel?.unref();
    const forget = (): void => {
      clearTimeout(member.idle);
      members.delete(member);
      unused.delete(member);
    };
    child.once('exit', forget);
    child.on('error', forget);
    yieldTo(child.pid);
    return member;
  };

  /** The unused process that knows the cluster, else the one that was used last, else a new one. */
  const take = (cluster: string): Member => {
    const found = [...unused].find((member) => member.cluster === cluster) ?? [...unused].at(-1);
    if (found === undefined) return start();
    clearTimeout(found.idle);
    unused.delete(found);
    return found;
  };

  const giveBack = (member: Member, rssBytes: number): void => {
    if (rssBytes > maxReusedBytes || closing.signal.aborted) {
      member.child.kill('SIGKILL');
      return;
    }
    unused.add(member);
    member.idle = setTimeout(() => {
      if (unused.size > 1) member.child.kill('SIGKILL');
    }, maxIdleMs).unref();
  };

  const runOn = (
    member: Member,
    job: ProcessJob,
    { signal, onProgress, onBug, follows }: RunOptions,
  ): Promise<Result<Uint8Array, ProcessEnd>> =>
    new Promise((resolve) => {
      const { child } = member;
      let killedFor: ProcessEnd | undefined;
      const kill = (end: ProcessEnd): void => {
        killedFor ??= end;
        child.kill('SIGKILL');
      };
      const cancel = (): void => kill('cancelled');
      const timer = setTimeout(() => kill('deadline'), deadlineMs);
      let isFinished = false;
      const finish = (result: Result<Uint8Array, ProcessEnd>): void => {
        isFinished = true;
        clearTimeout(timer);
        signal.removeEventListener('abort', cancel);
        closing.signal.removeEventListener('abort', cancel);
        child.off('message', onMessage).off('exit', onExit).off('error', onError);
        child.unref();
        child.channel?.unref();
        resolve(result);
      };
      // Messages arrive outside of the request that they are for.
      const onMessage = AsyncResource.bind((message: FromProcess) => {
        if (message.kind === 'progress') onProgress?.(message.done, message.total);
        else if (message.kind === 'called') message.calls.forEach(onCall);
        else if (message.kind === 'bug') onBug(message.bug);
        else {
          finish(message.answer === null ? failure('threw') : success(message.answer));
          giveBack(member, message.rssBytes);
        }
      });
      const onExit = (_code: number | null, by: NodeJS.Signals | null): void =>
        finish(failure(killedFor ?? endOf(by)));
      const onError = (): void => {
        child.kill('SIGKILL');
        finish(failure('crashed'));
      };
      child.on('message', onMessage).once('exit', onExit).once('error', onError);
      child.ref();
      child.channel?.ref();
      signal.addEventListener('abort', cancel, { once: true });
      closing.signal.addEventListener('abort', cancel, { once: true });
      member.cluster = job.cluster.name;
      child.send(job, (error) => error && onError());
      void follows?.then((message) => {
        if (!isFinished) child.send(message, () => undefined);
      });
    });

  unused.add(start());
  return {
    run: async (job, runOptions) => {
      const { signal } = runOptions;
      if (closing.signal.aborted || !(await semaphore.acquire(signal))) return failure('cancelled');
      try {
        if (signal.aborted || closing.signal.aborted) return failure('cancelled');
        return await runOn(take(job.cluster.name), job, runOptions);
      } finally {
        semaphore.release();
      }
    },
    close: () => {
      closing.abort();
      for (const { child } of members) child.kill('SIGKILL');
    },
  };
};

/** Returns why a process ended that was not killed here. If memory runs out, V8 aborts, or the kernel kills. */
const endOf = (signal: NodeJS.Signals | null): ProcessEnd =>
  signal === 'SIGABRT' || signal === 'SIGKILL' || signal === 'SIGTRAP' ? 'out-of-memory' : 'crashed';

/** Lowers the priority of a process. Slack waits for the bot, so the bot goes first when CPU is short. */
const yieldTo = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    setPriority(pid, 10);
  } catch {
    // It has ended already, or the platform does not allow it.
  }
};
