import { liveStates, rowStates } from '../core/life.js';

/** One step of the schema. Steps are only ever added: a step that was released is never changed. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** Rows no second row may join; queries repeat it word for word, so that SQLite uses the partial indexes. */
export const liveWhere = `state in (${quoted(liveStates)}) and superseded_run is null`;

/** Rows whose person is not their key (a lead removed by its id): few, and looked up by their phone. */
export const otherPhoneWhere = `phone is not null and (key is null or phone <> key)`;

/** Rows that were taken back after the person had been contacted. */
export const removedWhere = `state = 'withdrawn' and code = 'withdrawn.removed'`;

/**
 * All steps, for an engine.
 * @param identity how the engine spells a growing integer primary key (SQLite: `integer primary key`)
 */
export const migrations = (identity: string): readonly Migration[] => [
  { number: 1, name: 'start', statements: start(identity) },
  { number: 2, name: 'every number of a row', statements: everyNumber },
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
