import type { Generated } from 'kysely';
import type { DeliveryState } from '../core/delivery.js';
import type { Reaches } from '../core/gate.js';
import type { RowState } from '../core/life.js';

/**
 * The tables, one typed schema for every engine. Columns named after a table hold that table's `no`. Times are
 * milliseconds since 1970 unless said otherwise; JSON is kept as text, exactly as written.
 */
export interface Schema {
  migrations: MigrationTable;
  meta: MetaTable;
  accounts: AccountTable;
  account_aliases: AliasTable;
  histories: HistoryTable;
  runs: RunTable;
  rows: RowTable;
  numbers: NumberTable;
  events: EventTable;
  locks: LockTable;
  paces: PaceTable;
  do_not_call: DoNotCallTable;
  do_not_call_log: DoNotCallLogTable;
  keepsakes: KeepsakeTable;
  deliveries: DeliveryTable;
}

export interface MigrationTable {
  number: number;
  name: string;
  applied_at: number;
}

export interface MetaTable {
  name: string;
  value: string;
}

export interface AccountTable {
  no: Generated<number>;
  vendor: string;
  name: string | null;
  created_at: number;
}

export interface AliasTable {
  vendor: string;
  alias: string;
  account: number;
  created_at: number;
}

/** Rows of one account and scope share one history of who was contacted. */
export interface HistoryTable {
  no: Generated<number>;
  account: number;
  scope: string;
}

export interface RunTable {
  no: Generated<number>;
  id: string;
  account: number;
  history: number;
  profile: string;
  vendor: string;
  operation: string;
  /** Whether people may hear of it: 0 or 1. */
  reaches_person: number;
  /** Null for a run of a program that did not keep every number of a row. */
  reaches: Reaches | null;
  source: string;
  sha256: string;
  columns: string;
  settings: string;
  settings_hash: string;
  created_at: number;
  sealed_at: number | null;
  /** When the end of the run was first told. */
  reported_at: number | null;
  updated_at: number;
}

export interface RowTable {
  run: number;
  row: number;
  account: number;
  history: number;
  key: string | null;
  /** 0, or 1, 2, … for the repeats that `--allow-duplicates` lets into one run. */
  slot: number;
  state: RowState;
  /** The row that an allowed recontact put in this one's place. Only a delivered row has one. */
  superseded_run: number | null;
  superseded_row: number | null;
  code: string | null;
  reason: string | null;
  phone: string | null;
  ref: string;
  payload: string | null;
  bytes: number;
  source: string;
  vendor_id: string | null;
  /** What the vendor told of a success, as JSON. */
  detail: string | null;
  attempt: number;
  /** Who claimed it last. */
  owner: string | null;
  epoch: number | null;
  sent_at: number | null;
  /** SHA-256 of what was claimed together: rows that share it travelled in one request. */
  request_hash: string | null;
  updated_at: number;
}

/**
 * By which numbers a row is found; one line a number. Whether the row is live, the row alone says.
 */
export interface NumberTable {
  run: number;
  row: number;
  kind: 'phone' | 'email' | 'vendor-id';
  /** E.164 of a phone. */
  value: string;
  history: number;
  /** 1: it is the row's own phone or key. */
  main: number;
  /** 1: the vendor may ring or write to it because of the row. */
  dials: number;
  /** Where it is dialled from, else where it was found: the row itself, its payload, or the vendor's own record. */
  place: 'row' | 'payload' | 'record';
}

/** What happened to a row, in order; never changed. */
export interface EventTable {
  run: number;
  row: number;
  seq: number;
  at: number;
  /** See RowEvent of the contract. */
  kind: string;
  attempt: number;
  code: string | null;
  reason: string | null;
  detail: string | null;
  /** The lock's owner, or the person (`user@host`). */
  who: string | null;
}

/** A lock stays when it is free, so that its epoch only ever grows; a worker's own lock goes with the worker. */
export interface LockTable {
  name: string;
  epoch: number;
  owner: string | null;
  host: string;
  pid: number;
  started: string;
  since: number;
  heartbeat_at: number;
}

/** When the next request of an account's operation may leave, whoever sends it. */
export interface PaceTable {
  /** `<account> <operation>` */
  name: string;
  /** Microseconds since 1970: more than a thousand requests a second have turns of their own. */
  next_at: number;
}

export interface DoNotCallTable {
  phone: string;
  reason: string;
  added_at: number;
}

export interface DoNotCallLogTable {
  phone: string;
  seq: number;
  at: number;
  action: 'add' | 'remove';
  reason: string;
  who: string;
}

export interface KeepsakeTable {
  run: number;
  row: number;
  seq: number;
  at: number;
  record: string;
}

/** What was posted to a webhook; one of a content for each account and state. */
export interface DeliveryTable {
  no: Generated<number>;
  account: number;
  at: number;
  digest: string;
  state: DeliveryState;
  code: string | null;
  phone: string | null;
  vendor_id: string | null;
  record: string | null;
  body: string;
  bytes: number;
}
