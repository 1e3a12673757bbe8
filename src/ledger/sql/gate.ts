import { judge, type Moment, type Reaches, type Ruling } from '../../core/gate.js';
import {
  keyOf,
  numbersIn,
  subjectOf,
  textOfKey,
  unseal,
  type PhoneKey,
  type Sealed,
} from '../../core/number.js';
import { buildOnce, type Db, type Tx } from '../store.js';
import type { Flavour } from '../flavour.js';
import { numbersOf, ownNumbers } from './numbers.js';
import { reachesOf, type RowRecord, type RunRecord } from './records.js';

/** A row with the numbers that may be dialled because of it (`dialled`). */
export type Dialled = RowRecord & { readonly dialled: string | null };

/** The numbers of the person a row is about; none where nobody hears of it. */
export function peopleOf(
  reaches: Reaches,
  row: { readonly phone: string | null; readonly key: string | null },
  dialled: readonly string[],
): PhoneKey[] {
  if (reaches === 'nobody') return [];
  return [...new Set([...ownNumbers(row), ...dialled])].map(keyOf);
}

/** A stored row as the gate is asked about it. */
export function candidateOf(run: RunRecord, record: Dialled) {
  const reaches = reachesOf(run);
  return {
    record,
    row: record.row,
    ref: record.ref,
    reaches,
    people: peopleOf(reaches, record, numbersOf(record.dialled)),
    payload: unseal(record.payload ?? '{}'),
  };
}

/** Which of the numbers of these rows are on the do-not-call list now. */
export function listedAmong(
  where: { readonly db: Db; readonly flavour: Flavour },
  rows: readonly { readonly people: readonly PhoneKey[]; readonly payload: Sealed }[],
): Promise<Set<PhoneKey>> {
  const keys = rows.flatMap(({ people, payload }) => [
    ...people,
    ...numbersIn(payload).map(({ key }) => key),
  ]);
  return listed(where, keys);
}

/** Which of these numbers are on the do-not-call list now. */
export async function listed(
  { db, flavour }: { readonly db: Db; readonly flavour: Flavour },
  keys: readonly PhoneKey[],
): Promise<Set<PhoneKey>> {
  if (keys.length === 0) return new Set();
  const wanted = [...new Set(keys)].map((key) => ({ phone: textOfKey(key) }));
  const { rows } = await found({ db, flavour }, { phones: flavour.encode(phoneType, wanted) });
  return new Set(rows.map(({ phone }) => keyOf(phone)));
}

const phoneType = { phone: 'text' } as const;

interface Where {
  readonly db: Db;
  readonly flavour: Flavour;
}

const found = buildOnce<{ phones: string }, { phone: string }, Where>(({ db, flavour }, { phones }) =>
  db
    .selectFrom(flavour.encoded<{ phone: string }>(phoneType, phones))
    .innerJoin('do_not_call', 'do_not_call.phone', 't.phone')
    .select('t.phone'),
);

/** What the gate says of stored rows at this moment; rows it lets pass are not in it. */
export async function rulingsOn(
  tx: Tx,
  run: RunRecord,
  records: readonly Dialled[],
  moment: Moment,
): Promise<Map<number, Ruling>> {
  const candidates = records.map((record) => candidateOf(run, record));
  const facts = { listed: await listedAmong(tx, candidates), earlier: null };
  const rulings = new Map<number, Ruling>();
  for (const candidate of candidates) {
    const ruling = judge(subjectOf(candidate), facts, moment);
    if (ruling) rulings.set(candidate.row, ruling);
  }
  return rulings;
}
