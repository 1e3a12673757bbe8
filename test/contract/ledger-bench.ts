import { expect } from 'vitest';
import type { Clock } from '../../src/core/clock.js';
import type { UserError } from '../../src/core/errors.js';
import type {
  Claim,
  Ledger,
  LedgerRow,
  Lock,
  Owner,
  PlannedRow,
  PlanPolicy,
  RunDraft,
} from '../../src/core/ledger.js';
import { PhoneNumber } from '../../src/core/number.js';
import type { Outcome } from '../../src/core/outcome.js';
import type { SourceFacts } from '../../src/core/row.js';

/** One ledger under test, in a world the test owns. */
export interface Bench {
  readonly ledger: Ledger;
  /** Another handle on the same ledger, as another process would have it. */
  readonly another: () => Promise<Ledger>;
  readonly clock: TestClock;
  /** Owner ids: whether their process lives. Not listed: it lives. */
  readonly alive: Map<string, boolean | null>;
  /** How many random lives to live; fewer where a step takes longer. */
  readonly lives?: number;
  /** What is wrong in the stored rows as such; empty where all is well. */
  readonly audit: () => Promise<string[]>;
  /** Makes a run one of a program that did not keep every number of a row. */
  readonly outdate: (run: string) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

export interface Check {
  readonly name: string;
  run(bench: Bench): Promise<void>;
}

/** Wall time stands still unless it is moved; waiting is short and real. */
export class TestClock implements Clock {
  wall = Date.UTC(2026, 0, 15, 12);
  now(): number {
    return this.wall;
  }
  monotonic(): number {
    return performance.now();
  }
  sleep(ms: number): Promise<void> {
    return new Promise((done) => setTimeout(done, Math.min(ms, 5)));
  }
}

export const day = 86_400_000;
export const never: PlanPolicy = { recontact: { mode: 'never', afterMs: 0 }, allowDuplicates: false };
export const always: PlanPolicy = { recontact: { mode: 'always', afterMs: 0 }, allowDuplicates: false };
export const after = (days: number): PlanPolicy => ({
  recontact: { mode: 'after', afterMs: days * day },
  allowDuplicates: false,
});

export const source: SourceFacts = {
  name: 'leads.csv',
  sha256: 'ab'.repeat(32),
  bytes: 120,
  format: 'csv',
  encoding: 'utf-8',
  delimiter: ';',
};

/** Parts of a draft; `reachesPerson` says it for checks that do not care how a person is reached. */
export type DraftParts = Partial<RunDraft> & { readonly reachesPerson?: boolean };

export const draft = (account: string, { reachesPerson = true, ...over }: DraftParts = {}): RunDraft => ({
  account,
  profile: 'acme',
  vendor: 'sales-q',
  operation: 'import',
  scope: 'sales-q.import',
  reaches: reachesPerson ? 'by-number' : 'nobody',
  source,
  columns: ['phone', 'name'],
  settings: { country: 'DE' },
  settingsHash: 'cd'.repeat(32),
  ...over,
});

export const phone = (n: number): string => `+49178${String(n).padStart(7, '0')}`;

/** Number n in a payload; `dials` where the vendor may ring it because of the row. */
export const numberOf = (n: number, dials: boolean): PhoneNumber =>
  new PhoneNumber(phone(n), `0178 ${n}`, dials);

let refs = 0;

/** A ready row of person n. */
export const person = (row: number, n: number, over: Partial<PlannedRow> = {}): PlannedRow => ({
  row,
  state: 'ready',
  code: null,
  reason: null,
  key: phone(n),
  phone: phone(n),
  ref: (refs += 1).toString(16).padStart(24, '0'),
  payload: { phone: numberOf(n, false) },
  bytes: 100,
  source: [phone(n), 'Ada'],
  ...over,
});

let owners = 0;

export const owner = (): Owner => {
  owners += 1;
  return { id: `owner-${owners}`, host: 'desk', pid: 1000 + owners, started: '1' };
};

export const someAccount = (ledger: Ledger, token = 'a'): Promise<string> =>
  ledger.account({ vendor: 'sales-q', name: null, aliases: [`token:${token}`] });

export interface Prepared {
  readonly run: string;
  readonly lock: Lock;
  readonly rows: LedgerRow[];
}

export interface Preparing {
  readonly policy?: PlanPolicy;
  readonly draft?: DraftParts;
  readonly account?: string;
  readonly sealed?: boolean;
}

/** A run with these rows, sealed unless said otherwise, and a lock that is held. */
export async function prepare(
  ledger: Ledger,
  rows: readonly PlannedRow[],
  how: Preparing = {},
): Promise<Prepared> {
  const account = how.account ?? (await someAccount(ledger));
  const lock = await ledger.lock(`test-${(owners += 1)}`, owner());
  const run = await ledger.beginPlan(draft(account, how.draft), lock);
  const stored = await ledger.addRows(run, rows, how.policy ?? never);
  if (how.sealed ?? true) await ledger.seal(run, source, ['phone', 'name']);
  return { run, lock, rows: stored };
}

export const large = { items: 1_000, bytes: 1_000_000_000 };

export async function claimAll(ledger: Ledger, { run, lock }: Prepared): Promise<Claim> {
  const { claim } = await ledger.claim(run, lock, large);
  if (claim === null) throw new Error('Nothing could be claimed.');
  return claim;
}

export const outcomes = {
  delivered: { kind: 'delivered', vendorId: 'v1', detail: { status: 200 } },
  already: { kind: 'already', code: 'vendor.existing-contact', reason: 'Known.', vendorId: 'v2' },
  rejected: { kind: 'rejected', code: 'vendor.unknown-type', reason: 'Refused.' },
  deferred: { kind: 'deferred', code: 'vendor.rate-limit', reason: 'Later.', retryAfterMs: 1000 },
  'not-sent': { kind: 'not-sent', code: 'net.refused', reason: 'No connection.' },
  'in-doubt': { kind: 'in-doubt', code: 'net.reset', reason: 'Lost.' },
} as const satisfies Record<string, Outcome>;

/** Sends all ready rows of a run; every one gets this outcome. */
export async function push(ledger: Ledger, prepared: Prepared, outcome: Outcome): Promise<LedgerRow[]> {
  const claim = await claimAll(ledger, prepared);
  return ledger.settle(
    claim,
    claim.rows.map(({ row }) => ({ row, outcome })),
  );
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

export const states = async (ledger: Ledger, run: string): Promise<string[]> =>
  (await all(ledger.rows(run))).map(({ state }) => state);

export async function refused(promise: Promise<unknown>, code: string, exit: number): Promise<void> {
  const error = await promise.then(
    () => null,
    (caught: unknown) => caught as UserError,
  );
  expect(error, `expected ${code}`).toMatchObject({ name: 'UserError', code, exit });
  expect(error?.message).not.toContain('+49');
}
