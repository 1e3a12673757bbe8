import { createHash, type Hash } from 'node:crypto';
import { sql } from 'kysely';
import type { CopiedTable } from '../../core/ledger-admin.js';
import { storableText, type Columns } from '../flavour.js';
import type { Db } from '../store.js';
import type { Keeper, TableColumn, TableShape } from './keeper.js';
import { writeJson } from '../../core/json.js';

/** About how much text is read at a time: rows of deliveries may be large. */
const pageBytes = 2_000_000;
const mostRows = 1_000;

type Value = string | number | null;
type Row = Readonly<Record<string, Value>>;

/** Called between pages; throws where the command was stopped. */
export type Checkpoint = () => Promise<void>;

/** Copies a table's rows into an empty one, and reads them back. Throws `refused` where the two sides differ. */
export async function copyTable(
  from: { readonly keeper: Keeper; readonly db: Db },
  to: { readonly keeper: Keeper; readonly db: Db },
  table: TableShape,
  checkpoint: Checkpoint,
  refused: () => Error,
): Promise<CopiedTable> {
  const written = await digest(from, table, checkpoint, (rows) => insert(to, table, rows));
  const read = await digest(to, table, checkpoint);
  if (written.rows !== read.rows || written.sha256 !== read.sha256) throw refused();
  return written;
}

/** The figures of a table: SHA-256 over its rows, a line of JSON each, columns by name, ordered by key. */
export async function digest(
  { keeper, db }: { readonly keeper: Keeper; readonly db: Db },
  table: TableShape,
  checkpoint: Checkpoint,
  onRows: (rows: readonly Row[]) => Promise<void> = () => Promise.resolve(),
): Promise<CopiedTable> {
  const hash = createHash('sha256');
  let count = 0;
  let limit = 100;
  for (let last: Row | null = null; ;) {
    const page: Row[] = await pageAfter(keeper, db, table, last, limit);
    const bytes = add(hash, table, page);
    await onRows(page);
    count += page.length;
    if (page.length < limit) return { table: table.name, rows: count, sha256: hash.digest('hex') };
    last = page[page.length - 1] ?? null;
    limit = Math.max(1, Math.min(mostRows, Math.floor((pageBytes / (bytes + 1)) * page.length)));
    await checkpoint();
  }
}

function add(hash: Hash, { columns }: TableShape, rows: readonly Row[]): number {
  let bytes = 0;
  for (const row of rows) {
    const line = `${writeJson(columns.map(({ name }) => shared(row[name] ?? null)))}\n`;
    bytes += line.length;
    hash.update(line);
  }
  return bytes;
}

/** The value as both engines can hold it: in nothing else may two copies differ. */
const shared = (value: Value): Value => (typeof value === 'string' ? storableText(value) : value);

async function pageAfter(
  keeper: Keeper,
  db: Db,
  { name, columns, key }: TableShape,
  last: Row | null,
  limit: number,
): Promise<Row[]> {
  const keys = key.map((one) => columns.find((column) => column.name === one) as TableColumn);
  const order = sql.join(keys.map((column) => keeper.ordered(column)));
  const after = last
    ? sql`where (${order}) > (${sql.join(keys.map((column) => sql`${last[column.name]}`))})`
    : sql``;
  const wanted = sql.join(columns.map((column) => sql.ref(column.name)));
  const { rows } = await sql<Record<string, unknown>>`select ${wanted} from ${sql.table(name)} ${after}
    order by ${order} limit ${sql.lit(limit)}`.execute(db);
  return rows.map((row) => normal(columns, row));
}

/** The row with plain numbers: engines return large ones as text or bigint; none here exceeds what JSON can hold. */
const normal = (columns: readonly TableColumn[], row: Record<string, unknown>): Row =>
  Object.fromEntries(
    columns.map(({ name, type }) => {
      const value = row[name] ?? null;
      return [name, value === null ? null : type === 'integer' ? Number(value) : (value as Value)];
    }),
  );

async function insert(
  { keeper, db }: { readonly keeper: Keeper; readonly db: Db },
  { name, columns }: TableShape,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const types = Object.fromEntries(columns.map((column) => [column.name, column.type])) as Columns<Row>;
  const names = sql.join(columns.map((column) => sql.ref(column.name)));
  const values = sql.join(columns.map((column) => sql.ref(`t.${column.name}`)));
  const table = keeper.store.flavour.table(types, rows);
  await sql`insert into ${sql.table(name)} (${names}) ${keeper.explicitNumbers} select ${values} from ${table}`.execute(
    db,
  );
}
