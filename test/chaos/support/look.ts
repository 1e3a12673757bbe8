import { access } from 'node:fs/promises';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../../src/core/clock.js';
import type { Ledger, LedgerRow, Run } from '../../../src/core/ledger.js';
import { openLedger, processAlive } from '../../../src/ledger/index.js';

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
  },
};

export const openHere = (file: string): Promise<Ledger> =>
  openLedger(file, {
    clock: realClock,
    host: hostname(),
    processAlive: (owner) => processAlive(owner, hostname(), (pid, signal) => process.kill(pid, signal)),
  });

export interface SeenRun {
  readonly run: Run;
  readonly rows: readonly LedgerRow[];
}

/** Everything a ledger holds of runs and numbers, as its own code shows it. */
export interface Seen {
  readonly runs: readonly SeenRun[];
  readonly blocked: readonly string[];
}

const nothing: Seen = { runs: [], blocked: [] };

export const isAddress = (ledger: string): boolean => ledger.startsWith('postgres://');

/** Opens a ledger as the next process would and reads it. A ledger that is not there holds nothing. */
export async function look(file: string): Promise<Seen> {
  const there =
    isAddress(file) ||
    (await access(file).then(
      () => true,
      () => false,
    ));
  if (!there) return nothing;
  const ledger = await openHere(file);
  try {
    const runs: SeenRun[] = [];
    for (const run of await ledger.runs(100)) {
      const rows: LedgerRow[] = [];
      for await (const row of ledger.rows(run.id)) rows.push(row);
      runs.push({ run, rows });
    }
    const blocked: string[] = [];
    for await (const { phone } of ledger.blocked()) blocked.push(phone);
    return { runs, blocked };
  } finally {
    await ledger.close();
  }
}

interface Raw {
  readonly DatabaseSync: new (
    path: string,
    options?: { readOnly?: boolean },
  ) => {
    prepare(sql: string): { all(): Record<string, unknown>[] };
    close(): void;
  };
}

/** What SQLite itself finds wrong with the file; empty where nothing is. */
export async function damage(file: string): Promise<string> {
  const { DatabaseSync } = (await import('@photostructure/sqlite')) as unknown as Raw;
  const database = new DatabaseSync(file);
  try {
    const found = database
      .prepare('pragma integrity_check')
      .all()
      .map((row) => String(Object.values(row)[0]));
    const keys = database.prepare('pragma foreign_key_check').all();
    return found[0] === 'ok' && keys.length === 0
      ? ''
      : [...found.slice(0, 2), `${keys.length} broken keys`].join('; ');
  } finally {
    database.close();
  }
}
