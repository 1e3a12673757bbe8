import type { Delivery, DeliveryFilter, StoredDelivery, Storing } from './delivery.js';
import type { Json, JsonObject } from './json.js';
import type { Outcome } from './outcome.js';
import type { SourceFacts } from './row.js';
import type { PlannedState, RowState, StateCounts } from './row-state.js';

/** Names a vendor account for the ledger: whatever of these was seen before means the same account. */
export interface AccountRef {
  readonly vendor: string;
  /** Operator's own name; if given it alone decides. */
  readonly name: string | null;
  /** `token:<16 hex>` (a keyed digest, never the token) and `profile:<config path>#<profile>`, strongest first. */
  readonly aliases: readonly string[];
}

/** What is known of a run before its rows. */
export interface RunDraft {
  readonly account: string;
  readonly profile: string;
  readonly vendor: string;
  readonly operation: string;
  readonly scope: string;
  readonly reachesPerson: boolean;
  readonly source: Omit<SourceFacts, 'sha256'> & { readonly sha256: string };
  /** Header of the input, for the results file; empty where rows bring their own keys. */
  readonly columns: readonly string[];
  /** Everything that decides what is sent: mapping, constants, formats, the operation's options. No secret. */
  readonly settings: JsonObject;
  /** SHA-256 of the canonical settings. */
  readonly settingsHash: string;
}

export interface Run extends RunDraft {
  readonly id: string;
  readonly createdAt: number;
  /** When the plan was sealed; null while it is being written. */
  readonly sealedAt: number | null;
  readonly updatedAt: number;
}

/** A row as planning hands it over. */
export interface PlannedRow {
  readonly row: number;
  readonly state: PlannedState;
  readonly code: string | null;
  readonly reason: string | null;
  /** E.164 for an operation that reaches a person, else a field's value or a content hash; null if the row has none. */
  readonly key: string | null;
  readonly phone: string | null;
  readonly ref: string;
  readonly payload: JsonObject | null;
  /** Size in a request, in bytes. */
  readonly bytes: number;
  /** The input's own cells, beside RunDraft.columns; an object where the row brought its own keys. */
  readonly source: Json;
}

/** A row as the ledger has it. */
export interface LedgerRow extends Omit<PlannedRow, 'state'> {
  readonly run: string;
  readonly state: RowState;
  readonly vendorId: string | null;
  /** What the vendor told of a success (Outcome.detail). */
  readonly detail: Json;
  readonly attempt: number;
  readonly updatedAt: number;
}

export interface RecontactPolicy {
  readonly mode: 'never' | 'after' | 'always';
  /** For `after`: how long ago the last delivery must be. */
  readonly afterMs: number;
}

export interface PlanPolicy {
  readonly recontact: RecontactPolicy;
  readonly allowDuplicates: boolean;
}

/** Who holds a lock: enough to tell whether a holder on this machine still lives. */
export interface Owner {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Start time of the process as the system tells it; empty where it does not. */
  readonly started: string;
}

/** A held lock. Its token is repeated by every statement that settles a row. */
export interface Lock {
  readonly name: string;
  readonly owner: Owner;
  readonly epoch: number;
}

/** Rows whose intent to send is on disk. */
export interface Claim {
  readonly run: string;
  readonly lock: Lock;
  /** When the claim was committed (wall clock, ms). */
  readonly at: number;
  readonly rows: readonly LedgerRow[];
}

export interface ClaimLimits {
  readonly items: number;
  readonly bytes: number;
}

export interface Settlement {
  readonly row: number;
  readonly outcome: Outcome;
}

export interface RowFilter {
  readonly states?: readonly RowState[];
  /** Only this row. */
  readonly row?: number;
}

/** How a person settles a row that is in doubt (T9), or gives up one that was never sent. */
export type Resolution = 'delivered' | 'not-sent' | 'abandoned';

/** A number nobody may contact. */
export interface BlockEntry {
  /** E.164. */
  readonly phone: string;
  readonly reason: string;
  readonly addedAt: number;
}

/**
 * The record that makes the promises true. SQLite is one implementation, PostgreSQL another; both pass
 * `test/contract/ledger.ts`. Every method that changes something has committed, fsync included, when it resolves.
 * Throws UserError for what a person can mend (`ledger.locked`, `ledger.read-only`, `ledger.newer`, `ledger.corrupt`).
 */
export interface Ledger {
  /** What it is and where, without credentials; for people. */
  readonly where: string;
  close(): Promise<void>;

  /** Finds the account any alias names, or makes one; learns the aliases it did not know. */
  account(ref: AccountRef): Promise<string>;

  /** Takes the lock of that name, taking it over from a dead holder. Throws UserError exit 11 where the holder lives. */
  lock(name: string, owner: Owner): Promise<Lock>;
  /** Says that the holder lives. False: the lock is no longer ours, stop at once. */
  heartbeat(lock: Lock): Promise<boolean>;
  unlock(lock: Lock): Promise<void>;

  /** Sealed runs of these bytes in this account and operation, newest first. */
  runsOf(account: string, operation: string, sha256: string): Promise<Run[]>;
  run(id: string): Promise<Run | null>;
  /** Newest first. */
  runs(limit: number): Promise<Run[]>;
  /** Runs whose id starts so. */
  runsByPrefix(prefix: string): Promise<Run[]>;

  /**
   * T0. Starts a plan; unsealed plans of the same account and operation are thrown away first (their writer is dead:
   * the caller holds the lock, and nothing of an unsealed plan was ever sent).
   */
  beginPlan(draft: RunDraft, lock: Lock): Promise<string>;
  /**
   * T0. At most 1,000 rows, one commit. A `ready` row whose key is on the do-not-call list becomes `blocked`
   * (`dnc.listed`); one whose key is live already becomes `duplicate` (`duplicate.in-file`, `duplicate.contacted`,
   * `duplicate.pending`, `duplicate.in-doubt`); one whose ref is taken in the account becomes `invalid` (`field.not-unique`).
   * Returns the rows as stored, in the order given.
   */
  addRows(run: string, rows: readonly PlannedRow[], policy: PlanPolicy): Promise<LedgerRow[]>;
  /** T0 ends. From here on rows may be claimed. The facts found out while reading replace the draft's. */
  seal(run: string, source: SourceFacts, columns: readonly string[]): Promise<void>;
  /** Throws an unsealed plan away. */
  discardPlan(run: string): Promise<void>;
  /** The blocking facts `addRows` would act on, for keys not yet in a plan (dry run). */
  standing(
    account: string,
    scope: string,
    keys: readonly string[],
    policy: PlanPolicy,
  ): Promise<Map<string, Standing>>;

  /** T6: `sending` rows of dead owners become in doubt (`run.interrupted`). Returns how many. Holder of the lock only. */
  recover(run: string, lock: Lock): Promise<number>;
  /** T1. Oldest ready rows first, as many as fit; the do-not-call list is looked at again and `blocked` rows are returned apart. */
  claim(run: string, lock: Lock, limits: ClaimLimits): Promise<{ claim: Claim | null; blocked: LedgerRow[] }>;
  /** T3 and T5. Every row of the claim must be settled. Returns the rows as they are now. */
  settle(claim: Claim, settlements: readonly Settlement[]): Promise<LedgerRow[]>;
  /** T9. Throws UserError where the row is not in a state that allows it. Keeps who, when and why. */
  resolve(run: string, row: number, as: Resolution, reason: string): Promise<LedgerRow>;

  counts(run: string): Promise<StateCounts>;
  /** In row order, a page at a time; memory does not grow with the run. */
  rows(run: string, filter?: RowFilter): AsyncIterable<LedgerRow>;

  /** Stores the last copy of something before it is destroyed; a phone given becomes the row's phone. */
  keep(run: string, row: number, record: Json, phone: string | null): Promise<void>;
  kept(run: string): AsyncIterable<{ readonly row: number; readonly record: Json }>;

  /** T10: live `ready` rows of these phones become blocked in the same commit. */
  block(
    entries: readonly { readonly phone: string; readonly reason: string }[],
  ): Promise<{ added: number; blockedRows: number }>;
  unblock(phones: readonly string[], reason: string): Promise<number>;
  blocked(phones?: readonly string[]): AsyncIterable<BlockEntry>;

  /** Stores what was posted to a webhook, once; equal is what has the same account, state and digest. */
  storeDelivery(delivery: Delivery): Promise<Storing>;
  /** Oldest first, a page at a time. */
  deliveries(filter?: DeliveryFilter): AsyncIterable<StoredDelivery>;
}

/** Why a key may not be planned again. */
export interface Standing {
  readonly state: 'blocked' | 'duplicate';
  readonly code: string;
  readonly reason: string;
}
