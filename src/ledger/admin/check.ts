import { sql, type RawBuilder } from 'kysely';
import type { LedgerCheck, LedgerFinding } from '../../core/ledger-admin.js';
import { migrations } from '../schema.js';
import { invariants, type Invariant } from './invariants.js';
import type { Keeper } from './keeper.js';
import { notNewer } from './schema-version.js';

/** Findings told of one kind; how many there are is told with the last. */
const most = 50;

/** Asks the engine, then the ledger's own promises. Changes nothing. Throws `ledger.newer` (exit 6). */
export async function check(keeper: Keeper): Promise<LedgerCheck> {
  const { found } = await notNewer(keeper);
  const { checked, skipped, findings } = await keeper.soundness();
  const all = [...findings];
  const made = [...checked];
  if (found > 0) {
    all.push(...(await missingObjects(keeper, found)));
    made.push('schema');
  }
  for (const invariant of invariants.filter(({ since }) => found >= since)) {
    made.push(invariant.code.replace('check.', ''));
    all.push(...(await violations(keeper, invariant)));
  }
  return { where: keeper.store.where, checked: made, skipped, findings: all };
}

/** Tables and indexes the schema's steps made: without the unique ones a promise rests on nothing. */
async function missingObjects(keeper: Keeper, found: number): Promise<LedgerFinding[]> {
  const there = await keeper.objects();
  const made = migrations(keeper.store.flavour.identity)
    .slice(0, found)
    .flatMap(({ statements }) => statements)
    .map((statement) => /^create (?:unique )?(table|index) (\w+)/.exec(statement.trim()))
    .flatMap((match) => (match ? [{ kind: match[1] ?? '', name: match[2] ?? '' }] : []));
  return made
    .filter(({ name }) => !there.has(name))
    .map(({ kind, name }) => ({
      code: 'check.schema',
      run: null,
      row: null,
      message: `The ${kind} ${name} is missing or cannot be used.`,
    }));
}

async function violations(keeper: Keeper, { code, query, message }: Invariant): Promise<LedgerFinding[]> {
  try {
    const { rows } = await keeper.store.read((db) => limited(query).execute(db));
    const told = rows.slice(0, most).map(({ run, row }) => ({
      code,
      run,
      row: row === null ? null : Number(row),
      message,
    }));
    if (rows.length > most)
      told.push({ code, run: null, row: null, message: `${message} And more like it.` });
    return told;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return [
      { code: 'check.unreadable', run: null, row: null, message: `Not readable to its end (${code}).` },
    ];
  }
}

const limited = (query: RawBuilder<{ run: string | null; row: number | null }>) =>
  sql<{ run: string | null; row: number | null }>`${query} limit ${sql.lit(most + 1)}`;

/** The file is damaged where this check reads; others may still tell something. */
const isDamage = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'ledger.corrupt';
