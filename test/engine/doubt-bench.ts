import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '../../src/core/clock.js';
import type { Ledger, Lock, Owner, PlannedRow, Run } from '../../src/core/ledger.js';
import type { SealedObject } from '../../src/core/number.js';
import type { RowState } from '../../src/core/life.js';
import { Secret } from '../../src/core/secret.js';
import type { OptionValues, PushOperation } from '../../src/core/vendor.js';
import { createHttp } from '../../src/http/client.js';
import { openLedger } from '../../src/ledger/index.js';
import type { ReconcileRequest } from '../../src/engine/reconcile.js';
import { fictitious } from '../support/leads.js';

/** Time that passes when somebody sleeps, or when a test says so. */
export class VirtualClock implements Clock {
  ms = Date.UTC(2026, 2, 1, 9);
  /** How long each sleep was. */
  readonly slept: number[] = [];
  now = (): number => this.ms;
  monotonic = (): number => this.ms;
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (!signal?.aborted) {
      this.slept.push(ms);
      this.ms += ms;
    }
    return Promise.resolve();
  }
  pass(ms: number): void {
    this.ms += ms;
  }
}

/** A run whose rows were all sent, and whose answers were all lost, in a real ledger file. */
export interface DoubtfulRun {
  readonly ledger: Ledger;
  readonly run: Run;
  readonly clock: VirtualClock;
  readonly request: ReconcileRequest;
  states(): Promise<RowState[]>;
  /** Sends what is ready again, and loses the answer again. */
  loseAgain(): Promise<void>;
  close(): Promise<void>;
}

const owner: Owner = { id: 'me', host: 'test', pid: 1, started: '' };

export const refOf = (row: number): string => String(row).padStart(24, 'c');

export async function doubtfulRun(of: {
  readonly operation: PushOperation;
  readonly options?: OptionValues;
  readonly url: string;
  readonly payloads: readonly SealedObject[];
  readonly phones?: readonly string[];
}): Promise<DoubtfulRun> {
  const folder = await mkdtemp(path.join(tmpdir(), 'salesq-doubt-'));
  const clock = new VirtualClock();
  const ledger = await openLedger(path.join(folder, 'ledger.db'), {
    clock,
    host: 'test',
    processAlive: () => false,
  });
  const lock = await ledger.lock('push test', owner);
  const rows = of.payloads.map((payload, at): PlannedRow => ({
    row: at + 1,
    state: 'ready',
    code: null,
    reason: null,
    key: of.phones?.[at] ?? fictitious(at + 1),
    phone: of.phones?.[at] ?? fictitious(at + 1),
    ref: refOf(at + 1),
    payload,
    bytes: 60,
    source: ['x'],
  }));
  const run = await plan(ledger, lock, of.operation, rows);
  const loseAgain = () => lose(ledger, lock, run.id);
  await loseAgain();
  const request: ReconcileRequest = {
    ledger,
    lock,
    run,
    operation: of.operation,
    options: of.options ?? {},
    context: contextOf(of.url, clock),
    clock,
    probe: false,
    wait: false,
    stopping: new AbortController().signal,
  };
  return {
    ledger,
    run,
    clock,
    request,
    loseAgain,
    async states() {
      const found: RowState[] = [];
      for await (const { state } of ledger.rows(run.id)) found.push(state);
      return found;
    },
    async close() {
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const contextOf = (url: string, clock: Clock): ReconcileRequest['context'] => ({
  settings: {
    url,
    perSecond: null,
    concurrency: null,
    timeoutMs: 5_000,
    account: null,
    secrets: {
      token: new Secret('CANARY-secret'),
      password: new Secret('CANARY-secret'),
      key: new Secret('CANARY-secret'),
    },
    values: { username: 'ops', countryCode: 49, auth: 'basic' },
  },
  http: createHttp(),
  clock,
  signal: new AbortController().signal,
  warn: () => undefined,
});

async function plan(
  ledger: Ledger,
  lock: Lock,
  operation: PushOperation,
  rows: readonly PlannedRow[],
): Promise<Run> {
  const account = await ledger.account({ vendor: 'test', name: 'test', aliases: [] });
  const source = {
    name: 'x.csv',
    sha256: 'a'.repeat(64),
    bytes: 1,
    format: 'csv',
    encoding: 'utf-8',
    delimiter: ';',
  } as const;
  const id = await ledger.beginPlan(
    {
      account,
      profile: 'test',
      vendor: 'test',
      operation: operation.id,
      scope: 'x',
      reaches: 'by-number',
      source,
      columns: ['Phone'],
      settings: {},
      settingsHash: 'b'.repeat(64),
    },
    lock,
  );
  await ledger.addRows(id, rows, { recontact: { mode: 'never', afterMs: 0 }, allowDuplicates: true });
  await ledger.seal(id, source, ['Phone']);
  const run = await ledger.run(id);
  if (!run) throw new Error('no run');
  return run;
}

async function lose(ledger: Ledger, lock: Lock, run: string): Promise<void> {
  for (;;) {
    const { claim } = await ledger.claim(run, lock, { items: 1_000, bytes: 1e9 });
    if (!claim) return;
    const outcome = { kind: 'in-doubt', code: 'net.reset', reason: 'lost' } as const;
    await ledger.settle(
      claim,
      claim.rows.map(({ row }) => ({ row, outcome })),
    );
  }
}
