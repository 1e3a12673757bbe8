import type { Generated } from 'kysely';
import type { DeliveryState } from '../core/ledger.js';
import type { Reaches } from '../core/gate.js';
import { liveStates, rowStates, type RowState } from '../core/life.js';

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
  /** For people: the operator's own name for it, if there is one. `account_aliases` alone tell accounts apart. */
  name: string | null;
  created_at: number;
  /** Rows that may have reached a person, counted when they were first claimed. */
  contacts: Generated<number>;
  /** The account it was made one with: everything it had is there. */
  same_as: number | null;
  /** When a person said that it is the same as another one, or one of its own; by whom and why. */
  decided_at: number | null;
  decided_by: string | null;
  decided_why: string | null;
}

export interface AliasTable {
  vendor: string;
  /** As `core/account.ts` makes it. */
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

/** When the next request of an account's operation may leave, whichever process sends it. */
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

/** One step of the schema. Steps are only ever added: a step that was released is never changed. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** Live rows: no second row of the person may be added. Queries repeat it word for word, so that SQLite uses the indexes. */
export const liveWhere = `state in (${quoted(liveStates)}) and superseded_run is null`;

/** Rows whose phone is not their key (a lead removed by its id): few, and found by their phone. */
const otherPhoneWhere = `phone is not null and (key is null or phone <> key)`;

/** Rows that were taken back after the person had been contacted. */
export const removedWhere = `state = 'withdrawn' and code = 'withdrawn.removed'`;

/**
 * All steps, for an engine.
 * @param identity how the engine spells a growing integer primary key (SQLite: `integer primary key`)
 */
export const migrations = (identity: string): readonly Migration[] => [
  { number: 1, name: 'start', statements: start(identity) },
  { number: 2, name: 'every number of a row', statements: everyNumber },
  { number: 3, name: 'how far it has got', statements: progress },
  { number: 4, name: 'one person in Argentina', statements: argentina },
  { number: 5, name: 'which account, what time', statements: accountsAndTime },
];

const start = (identity: string): string[] => [
  `create table meta (name text primary key, value text not null)`,
  ...accountTables(identity),
  ...runTables(identity),
  ...rowTables(),
  `create table locks (
    name text primary key, epoch bigint not null, owner text, host text not null, pid bigint not null,
    started text not null, since bigint not null, heartbeat_at bigint not null)`,
  `create table paces (name text primary key, next_at bigint not null)`,
  `create table do_not_call (phone text primary key, reason text not null, added_at bigint not null)`,
  `create table do_not_call_log (
    phone text not null, seq bigint not null, at bigint not null, action text not null,
    reason text not null, who text not null, primary key (phone, seq))`,
  `create table keepsakes (
    run bigint not null references runs (no), row bigint not null, seq bigint not null,
    at bigint not null, record text not null, primary key (run, row, seq))`,
  ...deliveryTables(identity),
];

const deliveryTables = (identity: string): string[] => [
  `create table deliveries (
    no ${identity}, account bigint not null references accounts (no), at bigint not null, digest text not null,
    state text not null check (state in ('stored', 'quarantined')), code text, phone text, vendor_id text,
    record text, body text not null, bytes bigint not null, unique (account, state, digest))`,
  `create index deliveries_at on deliveries (account, state, at)`,
  `create index deliveries_phone on deliveries (phone) where phone is not null`,
];

const accountTables = (identity: string): string[] => [
  `create table accounts (no ${identity}, vendor text not null, name text, created_at bigint not null)`,
  `create unique index accounts_name on accounts (vendor, name) where name is not null`,
  `create table account_aliases (
    vendor text not null, alias text not null, account bigint not null references accounts (no),
    created_at bigint not null, primary key (vendor, alias))`,
  `create table histories (
    no ${identity}, account bigint not null references accounts (no), scope text not null,
    unique (account, scope))`,
];

const runTables = (identity: string): string[] => [
  `create table runs (
    no ${identity}, id text not null unique, account bigint not null references accounts (no),
    history bigint not null references histories (no), profile text not null, vendor text not null,
    operation text not null, reaches_person bigint not null, source text not null, sha256 text not null,
    columns text not null, settings text not null, settings_hash text not null, created_at bigint not null,
    sealed_at bigint, reported_at bigint, updated_at bigint not null)`,
  `create index runs_of on runs (account, operation, sha256)`,
];

const rowTables = (): string[] => [
  `create table rows (
    run bigint not null references runs (no), row bigint not null, account bigint not null,
    history bigint not null, key text, slot bigint not null,
    state text not null check (state in (${quoted(rowStates)})),
    superseded_run bigint, superseded_row bigint, code text, reason text, phone text, ref text not null,
    payload text, bytes bigint not null, source text not null, vendor_id text, detail text,
    attempt bigint not null default 0, owner text, epoch bigint, sent_at bigint, request_hash text,
    updated_at bigint not null, primary key (run, row),
    check (superseded_run is null or state in ('delivered', 'withdrawn')))`,
  `create index rows_state on rows (run, state, row)`,
  `create unique index rows_live on rows (key, history, slot) where ${liveWhere}`,
  `create unique index rows_ref on rows (ref, account) where ${liveWhere}`,
  `create index rows_phone on rows (phone) where ${otherPhoneWhere}`,
  `create index rows_superseded on rows (key, history) where superseded_run is not null`,
  `create index rows_given_up on rows (key, history) where state = 'abandoned' and attempt > 0`,
  `create index rows_removed on rows (key, history) where ${removedWhere}`,
  `create index rows_vendor_id on rows (vendor_id, account) where state = 'delivered' and vendor_id is not null`,
  `create index rows_superseded_by on rows (superseded_run) where superseded_run is not null`,
  `create table events (
    run bigint not null, row bigint not null, seq bigint not null, at bigint not null, kind text not null,
    attempt bigint not null, code text, reason text, detail text, who text, primary key (run, row, seq))`,
];

/** Rows planned before are known by their phone and key only; their runs are not sent any more (`runs.reaches` is null). */
const everyNumber: readonly string[] = [
  `create table numbers (
    run bigint not null references runs (no), row bigint not null,
    kind text not null check (kind in ('phone', 'email', 'vendor-id')), value text not null,
    history bigint not null, main bigint not null, dials bigint not null,
    place text not null check (place in ('row', 'payload', 'record')),
    primary key (run, row, kind, value)) without rowid`,
  `create index numbers_value on numbers (value, kind)`,
  `insert into numbers (run, row, kind, value, history, main, dials, place)
    select run, row, 'phone', phone, history, 1, 0, 'row' from rows where phone is not null`,
  `insert into numbers (run, row, kind, value, history, main, dials, place)
    select run, row, 'phone', key, history, 1, 0, 'row' from rows
    where key like '+%' and (phone is null or phone <> key)`,
  `alter table runs add column reaches text`,
  `update paces set next_at = next_at * 1000`,
];

/** Counters that a copy is compared by: rows that may have reached a person, changes of the do-not-call list. */
const progress: readonly string[] = [
  `alter table accounts add column contacts bigint not null default 0`,
  `update accounts set contacts = (select count(*) from runs join rows on rows.run = runs.no
    where runs.account = accounts.no and runs.reaches_person = 1 and rows.attempt > 0)`,
  `insert into meta (name, value) select 'opt-outs', '' || count(*) from do_not_call_log`,
];

/** Argentina's numbers with the 9 of a mobile, as the ledger kept them before both spellings were one person. */
const withNine = (column: string): string => `${column} like '+549%' and length(${column}) = 14`;
const withoutNine = (column: string): string => `'+54' || substr(${column}, 5)`;

/** Where the other spelling is there already, both stay: it is the one that is looked for. */
const argentina: readonly string[] = [
  `insert into do_not_call (phone, reason, added_at)
    select ${withoutNine('phone')}, reason, added_at from do_not_call where ${withNine('phone')}
    on conflict do nothing`,
  `update rows set key = ${withoutNine('key')} where ${withNine('key')} and not exists (
    select 1 from rows o where o.history = rows.history and o.key = ${withoutNine('rows.key')})`,
  `update rows set phone = ${withoutNine('phone')} where ${withNine('phone')}`,
  `update numbers set value = ${withoutNine('value')} where kind = 'phone' and ${withNine('value')} and not exists (
    select 1 from numbers o where o.run = numbers.run and o.row = numbers.row and o.kind = 'phone'
      and o.value = ${withoutNine('numbers.value')})`,
];

/**
 * An account is known by place and name together; one that has several places before this step keeps its name in each. The
 * newest entry is told by what was there: it is kept from now on.
 */
const accountsAndTime: readonly string[] = [
  `drop index accounts_name`,
  `alter table accounts add column same_as bigint`,
  `alter table accounts add column decided_at bigint`,
  `alter table accounts add column decided_by text`,
  `alter table accounts add column decided_why text`,
  `update account_aliases set alias = alias || '\t' || coalesce(
    (select name from accounts where accounts.no = account_aliases.account), '') where alias like 'place:%'`,
  `insert into meta (name, value) select 'newest', '' || max(at) from (
    select 0 as at union all select max(updated_at) from runs union all select max(created_at) from runs
    union all select max(updated_at) from rows union all select max(at) from do_not_call_log) entries`,
];
