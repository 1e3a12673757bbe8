import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PartFailure } from './part.js';

/** Runs the work for every item, so many at a time; each worker has a number of its own from 0. */
export async function pool<T>(
  items: readonly T[],
  workers: number,
  work: (item: T, worker: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const one = async (worker: number): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) await work(items[at] as T, worker);
  };
  const ends = await Promise.allSettled(Array.from({ length: workers }, (_, worker) => one(worker)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/**
 * In memory where the system has that: a program that is killed, or told that its disk failed, leaves the same files there,
 * and nobody waits for a disk that has nothing to prove.
 */
const quickFolder = (): Promise<string> =>
  access('/dev/shm', constants.W_OK).then(
    () => '/dev/shm',
    () => tmpdir(),
  );

/** A folder of the part's own; `close` removes it. */
export async function workshop(name: string): Promise<{ path: string; close(): Promise<void> }> {
  const folder = await mkdtemp(path.join(await quickFolder(), `salesq-chaos-${name}-`));
  return { path: folder, close: () => rm(folder, { recursive: true, force: true }) };
}

let gc: (() => void) | null = null;

/** The SQLite package closes its files when their statements are collected: with thousands of ledgers we must see to it. */
export async function collectGarbage(): Promise<void> {
  if (gc === null) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc') as () => void;
  }
  for (let turn = 0; turn < 2; turn += 1) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What went wrong, by kind, each kind shown a few times only. */
export class Failures {
  readonly list: PartFailure[] = [];
  readonly #counts = new Map<string, number>();

  constructor(private readonly most = 5) {}

  add(kind: string, what: string, replay: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count <= this.most) this.list.push({ what: `${kind}: ${what}`, replay });
  }

  count(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** So many of a list, spread evenly over it; another seed gives others. */
export function spread<T>(list: readonly T[], most: number, seed = 0): T[] {
  if (list.length <= most) return [...list];
  const shift = (seed * 0.618) % 1;
  return Array.from({ length: most }, (_, i) => list[Math.floor(((i + shift) * list.length) / most)] as T);
}
