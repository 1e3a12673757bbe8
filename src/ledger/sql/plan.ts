import { sql, type InsertResult } from 'kysely';
import { handedOver, judge, type Earlier, type Subject } from '../../core/gate.js';
import type { LedgerRow, OnList, PlannedRow, PlanPolicy } from '../../core/ledger.js';
import { planChunk } from '../../core/ledger.js';
import { peopleOf, seal, subjectOf, textOfKey, type PhoneKey } from '../../core/number.js';
import { secondNumbers, withoutShared } from '../../core/second-number.js';
import { historyGate, storableText } from '../flavour.js';
import type { RowTable } from '../schema.js';
import { buildOnce, type Tx } from '../store.js';
import { findHolders, findSharers, listedAmong, type Holder } from './gate.js';
import { addNumbers } from './numbers.js';
import { refusedLater } from './refusals.js';
import { isLive, mustChange, reachesOf, type RunRecord } from './records.js';
import { mustUnsealed } from './runs.js';
import { writeJson } from '../../core/json.js';

/** Judges the rows of one chunk and stores them, in the order given. */
export async function addRows(
  tx: Tx,
  id: string,
  rows: readonly PlannedRow[],
  policy: PlanPolicy,
): Promise<LedgerRow[]> {
  if (rows.length > planChunk) throw new Error(`A plan takes ${planChunk} rows at a time.`);
  const run = await mustUnsealed(tx, id);
  if (rows.length === 0) return [];
  await tx.flavour.pass(tx.db, historyGate(run.history));
  const asked = rows.map((row) => askedOf(run, withStorableTexts(row)));
  const facts = await readFacts(tx, run, asked, policy);
  const judged = asked.map((row) => judgePlanned(row, facts));
  await supersede(tx, run.no, judged);
  await insertRows(tx, run, judged);
  await addNumbers(tx, run, judged);
  return judged.map(({ row }) => storedRow(row, id, tx.now));
}

/** A row, and what the gate is asked about it. */
interface Asked {
  readonly row: PlannedRow;
  readonly subject: Subject;
  /** Its second numbers, if rows are recognised by the person's number. */
  readonly second: readonly PhoneKey[];
}

function askedOf(run: RunRecord, row: PlannedRow): Asked {
  const reaches = reachesOf(run);
  const people = peopleOf(reaches, row);
  const subject = subjectOf({ row: row.row, reaches, people, payload: row.payload });
  return { row, subject, second: row.state === 'ready' ? secondNumbers(reaches, row) : [] };
}

/** Written out: a copy by `...` takes several times as long, and a plan has many rows. */
const storedRow = (row: PlannedRow, run: string, updatedAt: number): LedgerRow => ({
  row: row.row,
  state: row.state,
  code: row.code,
  reason: row.reason,
  key: row.key,
  phone: row.phone,
  ref: row.ref,
  payload: row.payload,
  bytes: row.bytes,
  source: row.source,
  run,
  vendorId: null,
  detail: row.refuses === undefined ? null : { refuses: row.refuses },
  attempt: 0,
  updatedAt,
});

/** The row with its texts as every engine can hold them. */
function withStorableTexts(row: PlannedRow): PlannedRow {
  const storable = (text: string | null): string | null => (text === null ? null : storableText(text));
  const key = storable(row.key);
  const phone = storable(row.phone);
  const reason = storable(row.reason);
  const ref = storableText(row.ref);
  const same = key === row.key && phone === row.phone && reason === row.reason && ref === row.ref;
  return same ? row : { ...row, key, phone, reason, ref };
}

async function readFacts(
  tx: Tx,
  run: RunRecord,
  asked: readonly Asked[],
  policy: PlanPolicy,
): Promise<ChunkFacts> {
  const ready = asked.filter(({ row }) => row.state === 'ready');
  const keys = new Set<string>();
  for (const { row, second } of ready) {
    if (row.key !== null) keys.add(row.key);
    for (const number of second) keys.add(textOfKey(number));
  }
  const byNumber = reachesOf(run) === 'by-number';
  return {
    no: run.no,
    run: run.id,
    now: tx.now,
    policy,
    onList: await listedAmong(
      tx,
      ready.map(({ subject }) => subject),
    ),
    refused: await refusedLater(
      tx,
      run,
      ready.map(({ subject }) => subject),
    ),
    holders: await findHolders(tx.db, tx.flavour, run.history, keys),
    sharers: byNumber ? await findSharers(tx.db, tx.flavour, run.history, keys) : new Map<string, Holder[]>(),
    refs: await refHolders(tx, run.account, new Set(ready.map(({ row }) => row.ref))),
  };
}

async function refHolders(
  tx: Tx,
  account: number,
  refs: ReadonlySet<string>,
): Promise<Map<string, RefHolder>> {
  const wanted = [...refs].map((ref) => ({ ref }));
  const { rows } = await selectRefHolders(tx, { account, refs: tx.flavour.encode(refType, wanted) });
  return new Map(rows.map(({ ref, ...holder }) => [ref, holder]));
}

const refType = { ref: 'text' } as const;

const selectRefHolders = buildOnce<
  { account: number; refs: string },
  RefHolder & { readonly ref: string },
  Tx
>(({ db, flavour }, { account, refs }) =>
  db
    .selectFrom(flavour.encoded<{ ref: string }>(refType, refs))
    .innerJoin('rows', 'rows.ref', 't.ref')
    .innerJoin('runs', 'runs.no', 'rows.run')
    .where('rows.account', '=', account)
    .where(isLive)
    .select(['t.ref', 'runs.no', 'runs.id as run', 'rows.row']),
);

interface Succession {
  readonly old_run: number;
  readonly old_row: number;
  readonly new_row: number;
}

/** Marks the delivered rows as superseded in the commit that inserts the new ones: never two live contacts, never none. */
async function supersede(tx: Tx, no: number, judged: readonly Judged[]): Promise<void> {
  const successions = judged.flatMap(({ row, superseded }) =>
    superseded.map((old): Succession => ({ old_run: old.no, old_row: old.row, new_row: row.row })),
  );
  if (successions.length === 0) return;
  const columns = { old_run: 'integer', old_row: 'integer', new_row: 'integer' } as const;
  const { numUpdatedRows } = await tx.db
    .updateTable('rows')
    .from(tx.flavour.table<Succession>(columns, successions))
    .set((eb) => ({ superseded_run: no, superseded_row: eb.ref('t.new_row') }))
    .whereRef('rows.run', '=', 't.old_run')
    .whereRef('rows.row', '=', 't.old_row')
    .where('rows.state', '=', 'delivered')
    .where('rows.superseded_run', 'is', null)
    .executeTakeFirst();
  mustChange('supersede', numUpdatedRows, successions.length);
}

type NewRow = Pick<
  RowTable,
  | 'row'
  | 'key'
  | 'slot'
  | 'state'
  | 'code'
  | 'reason'
  | 'phone'
  | 'ref'
  | 'payload'
  | 'bytes'
  | 'source'
  | 'detail'
>;

const newRow = {
  row: 'integer',
  key: 'text',
  slot: 'integer',
  state: 'text',
  code: 'text',
  reason: 'text',
  phone: 'text',
  ref: 'text',
  payload: 'text',
  bytes: 'integer',
  source: 'text',
  detail: 'text',
} as const;

const names = Object.keys(newRow) as (keyof NewRow)[];

async function insertRows(tx: Tx, run: RunRecord, judged: readonly Judged[]): Promise<void> {
  const records = judged.map(({ row, slot }): NewRow => {
    return {
      row: row.row,
      key: row.key,
      slot,
      state: row.state,
      code: row.code,
      reason: row.reason,
      phone: row.phone,
      ref: row.ref,
      payload: row.payload === null ? null : seal(row.payload),
      bytes: row.bytes,
      source: writeJson(row.source),
      detail: row.refuses === undefined ? null : writeJson({ refuses: row.refuses }),
    };
  });
  const { no, account, history } = run;
  await insertPlanned(tx, { no, account, history, now: tx.now, records: tx.flavour.encode(newRow, records) });
}

const insertPlanned = buildOnce<
  { no: number; account: number; history: number; now: number; records: string },
  InsertResult,
  Tx
>(({ db, flavour }, { no, account, history, now, records }) =>
  db
    .insertInto('rows')
    .columns(['run', 'account', 'history', 'updated_at', 'attempt', ...names])
    .expression((eb) =>
      eb
        .selectFrom(flavour.encoded<NewRow>(newRow, records))
        .select([
          sql<number>`${no}`.as('run'),
          sql<number>`${account}`.as('account'),
          sql<number>`${history}`.as('history'),
          sql<number>`${now}`.as('updated_at'),
          sql<number>`0`.as('attempt'),
        ])
        .select(names.map((name) => `t.${name}` as const)),
    ),
);

/** What the ledger knows about the keys, numbers and refs of a chunk. */
interface ChunkFacts {
  /** Number of the run being planned. */
  readonly no: number;
  readonly run: string;
  readonly now: number;
  readonly policy: PlanPolicy;
  readonly onList: OnList;
  readonly refused: ReadonlySet<PhoneKey>;
  readonly holders: Map<string, Holder[]>;
  /** Rows that have a number as their second one. */
  readonly sharers: Map<string, Holder[]>;
  readonly refs: Map<string, RefHolder>;
}

interface RefHolder {
  readonly no: number;
  readonly run: string;
  readonly row: number;
}

/** A row as it will be stored, and the delivered rows it supersedes. */
interface Judged {
  readonly row: PlannedRow;
  readonly numbers: Subject['numbers'];
  readonly slot: number;
  readonly superseded: readonly Holder[];
}

/** Decides about a row, and adds it to the facts, so that the next row of the chunk sees it. */
function judgePlanned({ row: given, subject, second }: Asked, facts: ChunkFacts): Judged {
  const { numbers } = subject;
  if (given.state !== 'ready') return { row: given, numbers, slot: 0, superseded: [] };
  const held = (given.key === null ? undefined : facts.holders.get(given.key)) ?? [];
  const [own, others] = splitByRun(held, facts);
  const earlier = earlierOf(given.key, facts);
  const ruling = judge(subject, { ...facts.onList, refused: facts.refused, earlier }, 'plan');
  if (ruling) return { row: { ...given, ...ruling }, numbers, slot: 0, superseded: [] };
  const isTest = isTestNumber(given.key, facts.policy);
  const superseded = isTest ? [] : others.filter((holder) => !holder.superseded);
  const taken = facts.refs.get(given.ref);
  if (taken && !superseded.some((holder) => holder.no === taken.no && holder.row === taken.row))
    return { row: { ...given, ...notUnique(taken) }, numbers, slot: 0, superseded: [] };
  const row = withoutShared(given, second, (number) =>
    handedOver(subject, earlierOf(textOfKey(number), facts)),
  );
  const slot = 1 + Math.max(-1, ...(isTest ? held : own).map((holder) => holder.slot));
  addToFacts(row, second, slot, facts);
  return { row, numbers, slot, superseded };
}

const isTestNumber = (key: string | null, { testNumbers }: PlanPolicy): boolean =>
  key !== null && testNumbers?.has(key) === true;

/** Earlier rows that handed a number over: as their own, or as a second one. */
function earlierOf(key: string | null, facts: ChunkFacts): Earlier {
  const { recontact, allowDuplicates } = facts.policy;
  const all =
    key === null || isTestNumber(key, facts.policy)
      ? []
      : [facts.holders, facts.sharers].flatMap((rows) => rows.get(key) ?? []);
  const [own, others] = splitByRun(all, facts);
  return { inFile: own[0]?.row ?? null, others, recontact, allowDuplicates, now: facts.now };
}

/** Rows of the run that is planned, and rows of other runs. */
const splitByRun = (held: readonly Holder[], { no }: ChunkFacts): [Holder[], Holder[]] => [
  held.filter((holder) => holder.no === no),
  held.filter((holder) => holder.no !== no),
];

const notUnique = (taken: RefHolder) =>
  ({
    state: 'invalid',
    code: 'field.not-unique',
    reason: `Row ${taken.row} of run ${taken.run} has the same reference.`,
  }) as const;

function addToFacts(row: PlannedRow, second: readonly PhoneKey[], slot: number, facts: ChunkFacts): void {
  const { no, run, now } = facts;
  facts.refs.set(row.ref, { no, run, row: row.row });
  const holderOf = (key: string): Holder => {
    return { key, no, slot, run, row: row.row, state: 'ready', superseded: false, at: now };
  };
  for (const number of second) {
    const key = textOfKey(number);
    facts.sharers.set(key, [...(facts.sharers.get(key) ?? []), holderOf(key)]);
  }
  if (row.key === null) return;
  const held = facts.holders.get(row.key) ?? [];
  const past = held.map((holder) => (holder.no === no ? holder : { ...holder, superseded: true }));
  facts.holders.set(row.key, [...past, holderOf(row.key)]);
}
