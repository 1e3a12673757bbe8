import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import type { Owner } from '../core/ledger.js';

/** Sends a signal, 0 to ask only; throws like `process.kill`. */
export type Kill = (pid: number, signal: 0) => unknown;

/** What names this process to other holders of a lock. The id is new for each call. */
export const currentOwner = (pid: number, host: string): Owner => ({
  id: randomBytes(8).toString('hex'),
  host,
  pid,
  started: readStart(pid)?.started ?? '',
});

/**
 * Whether the process that took a lock still runs. True and false are certain; null where this process cannot tell:
 * another host, another boot or container of the same name, or a system that does not say when a process started.
 */
export function processAlive(owner: Owner, host: string, kill: Kill): boolean | null {
  if (owner.host !== host) return null;
  if (!sameWorld(owner.started)) return null;
  const exists = answers(owner.pid, kill);
  if (!exists) return false;
  const now = readStart(owner.pid);
  if (now === null || owner.started === '') return null;
  return !now.ended && now.started === owner.started;
}

function answers(pid: number, kill: Kill): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Pids mean something only within one boot and one pid namespace, and two machines can bear one name. */
function world(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
    return `${boot}/${/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? ''}/`;
  } catch {
    return null;
  }
}

const sameWorld = (started: string): boolean => {
  const here = world();
  return here === null ? started === '' : started.startsWith(here);
};

/** Linux: field 22 of /proc/<pid>/stat, ticks since boot; the name in field 2 may hold spaces and brackets. */
function readStart(pid: number): { started: string; ended: boolean } | null {
  const here = world();
  if (here === null) return null;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { started: `${here}${fields[19] ?? ''}`, ended: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return null;
  }
}
