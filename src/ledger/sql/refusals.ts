import { sql } from 'kysely';
import { refusedSince, type Subject } from '../../core/gate.js';
import { readJson, type JsonObject } from '../../core/json.js';
import { retriedRun } from '../../core/life.js';
import { textOfKey, type PhoneKey } from '../../core/number.js';
import { listedAs } from '../../core/phone-key.js';
import type { SourceFacts } from '../../core/row.js';
import type { Tx } from '../store.js';
import { chunks } from './contacts.js';
import { runOf, type RunRecord } from './records.js';

/** Whether a row's refusal, as it is kept with it, is of every contact; older programs did not tell. */
export const refusesEvery = (detail: string | null): boolean =>
  detail === null || (readJson(detail) as JsonObject)['refuses'] !== 'message';

/** Whether a run calls people; of an older program's run it is not known, and it is taken for one that writes to them. */
export const isCall = (settings: string): boolean => (readJson(settings) as JsonObject)['channel'] === 'call';

/**
 * Which numbers of these rows another file refuses since the file of this run was first planned: what is planned from it
 * again, by a retry or by pushing it once more, is older news than that refusal.
 */
export async function refusedLater(
  tx: Tx,
  run: RunRecord,
  rows: readonly Pick<Subject, 'people' | 'numbers'>[],
): Promise<Set<PhoneKey>> {
  const refused = new Set<PhoneKey>();
  const file = await fileOf(tx, run);
  const since = await firstPlanned(tx, file, run.no);
  if (since === null) return refused;
  const keys = new Set(rows.flatMap(({ people, numbers }) => [...people, ...numbers.map(({ key }) => key)]));
  const files = new Map<number, string>();
  for (const part of chunks([...keys])) {
    const named = namesOf(part);
    for (const { phone, no, detail } of await refusalsOf(tx, [...named.keys()], since)) {
      if (!refusesEvery(detail) && isCall(run.settings)) continue;
      const own = files.get(no) ?? (await fileOf(tx, { no }));
      files.set(no, own);
      // What the file itself said was judged with it, or somebody has vouched for its column since.
      if (own !== file) for (const key of named.get(phone) ?? []) refused.add(key);
    }
  }
  return refused;
}

/** The numbers by each entry that means them: one that no rule could read means several. */
function namesOf(keys: readonly PhoneKey[]): Map<string, PhoneKey[]> {
  const named = new Map<string, PhoneKey[]>();
  for (const key of keys)
    for (const entry of listedAs(textOfKey(key))) named.set(entry, [...(named.get(entry) ?? []), key]);
  return named;
}

/** SHA-256 of the file that the rows of a run came from; a retry has those of the run it tries again. */
async function fileOf(tx: Tx, { no }: Pick<RunRecord, 'no'>): Promise<string> {
  let found = await tx.db
    .selectFrom('runs')
    .select(['sha256', 'source'])
    .where('no', '=', no)
    .executeTakeFirstOrThrow();
  for (;;) {
    const before = retriedRun((readJson(found.source) as SourceFacts).name);
    const [run] = before === null ? [] : (await runOf(tx, { id: before })).rows;
    if (!run) return found.sha256;
    found = run;
  }
}

/** When a file was first planned, by a run other than this; null where it never was. */
async function firstPlanned({ db }: Tx, sha256: string, not: number): Promise<number | null> {
  const { at } = await db
    .selectFrom('runs')
    .select(sql<number | null>`min(created_at)`.as('at'))
    .where('sha256', '=', sha256)
    .where('no', '!=', not)
    .where('sealed_at', 'is not', null)
    .executeTakeFirstOrThrow();
  return at === null ? null : Number(at);
}

const refusalsOf = ({ db, flavour }: Tx, phones: readonly string[], since: number) =>
  db
    .selectFrom(
      flavour.table<{ phone: string }>(
        { phone: 'text' },
        phones.map((phone) => ({ phone })),
      ),
    )
    .innerJoin('numbers', 'numbers.value', 't.phone')
    .innerJoin('rows', (join) =>
      join.onRef('rows.run', '=', 'numbers.run').onRef('rows.row', '=', 'numbers.row'),
    )
    .innerJoin('runs', 'runs.no', 'rows.run')
    .where('numbers.kind', '=', 'phone')
    .where('rows.state', '=', 'held')
    .where('rows.code', '=', refusedSince.code)
    .where('runs.sealed_at', '>=', since)
    .select(['t.phone', 'runs.no', 'rows.detail'])
    .execute();
