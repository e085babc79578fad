import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { type Managed, startManaged, waitFor } from '../lab/process';

const root = resolve(__dirname, '../..');

export interface Fleet {
  readonly start: (role: BotRole) => Promise<void>;
  /** Processes that run, by role. */
  readonly running: (role: BotRole) => readonly Managed[];
  /** Ids of the processes that were killed. */
  readonly killed: ReadonlySet<number>;
  /** Kills one, and starts another in its place. */
  readonly replace: (role: BotRole, process: Managed) => Promise<void>;
  /** The whole lines that processes of this role wrote since the last call, also those that are gone. */
  readonly newOutput: (role: BotRole) => string;
  /** Ends all; returns the status of each, and the time that it took in ms. */
  readonly stop: () => Promise<void>;
}

type BotRole = 'bot' | 'worker';

/** Time until a process that ended by itself is started again, in ms: `RestartSec` of deploy/systemd. */
const restartMs = 5000;

export interface FleetOptions {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Bots and workers, each a process of its own, as they are run in production. Needs `npm run build`. */
export const createFleet = ({ folder, env }: FleetOptions): Fleet => {
  const members: { readonly role: BotRole; readonly process: Managed; readonly log: string }[] = [];
  let stopping = false;
  const killed = new Set<number>();
  const readUpTo = new Map<string, number>();
  mkdirSync(folder, { recursive: true });

  const launch = (role: BotRole): { readonly process: Managed; readonly log: string } => {
    const log = join(folder, `${role}-${members.length}.log`);
    const command = `exec "$0" "$@" > ${log} 2>&1`;
    const args = [process.execPath, join(root, 'dist/main.js'), 'start', '--role', role];
    const started = startManaged('sh', ['-c', command, ...args], {
      env: { PATH: process.env['PATH'], ...env },
    });
    members.push({ role, process: started, log });
    // As `Restart=always` of deploy/systemd does; one that was killed is replaced where it is killed.
    void started.exited.then(() => {
      if (started.status() !== null && !stopping)
        setTimeout(() => stopping || launch(role), restartMs).unref();
    });
    return { process: started, log };
  };
  const start = async (role: BotRole): Promise<void> => {
    const { process: started, log } = launch(role);
    await waitFor('a process to be ready', () => readFileSync(log, 'utf8').includes('"msg":"ready"'), {
      timeoutMs: 60_000,
      whileRunning: started,
    });
  };
  const running = (role: BotRole): readonly Managed[] =>
    members
      .filter((member) => member.role === role && member.process.running())
      .map((member) => member.process);
  return {
    start,
    running,
    killed,
    replace: async (role, old) => {
      killed.add(old.pid);
      await old.end('SIGKILL');
      launch(role);
    },
    newOutput: (role) =>
      members
        .filter((member) => member.role === role)
        .map(({ log }) => {
          const from = readUpTo.get(log) ?? 0;
          const text = readFrom(log, from);
          const lines = text.subarray(0, text.lastIndexOf('\n') + 1);
          readUpTo.set(log, from + lines.length);
          return lines.toString();
        })
        .join(''),
    stop: async () => {
      stopping = true;
      await Promise.all(
        members.filter(({ process: one }) => one.running()).map(({ process: one }) => one.end('SIGKILL')),
      );
    },
  };
};

/** Reads a file from an offset on. */
const readFrom = (path: string, from: number): Buffer => {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - from));
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
  } finally {
    closeSync(file);
  }
};

/** The use of resources by one process and the processes that it started. */
interface ProcessUse {
  /** Resident memory of all. */
  readonly memoryMiB: number;
  /** Open sockets of the process itself. */
  readonly sockets: number;
  /** Open sockets of the processes that it started. */
  readonly socketsBelow: number;
}

export const measureProcess = (pid: number): ProcessUse => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean);
    const below = children.map((child) => measureProcess(Number(child)));
    return {
      memoryMiB: kib / 1024 + below.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0),
      sockets: readdirSync(`/proc/${pid}/fd`).filter((fd) => isSocket(`/proc/${pid}/fd/${fd}`)).length,
      socketsBelow: below.reduce((sum, { sockets, socketsBelow }) => sum + sockets + socketsBelow, 0),
    };
  } catch {
    // It ended meanwhile.
    return { memoryMiB: 0, sockets: 0, socketsBelow: 0 };
  }
};

const isSocket = (path: string): boolean => {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    return false;
  }
};
