import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { AdoptionNote, ClockNote } from '../../core/ledger-admin.js';
import type { Loss, Progress } from '../../core/ledger.js';
import { farAheadMs } from '../../core/gate.js';
import { buildOnce, type Db, type Tx } from '../store.js';
import { readJson, writeJson } from '../../core/json.js';

/** Names in the table `meta`. */
const names = {
  id: 'id',
  optOuts: 'opt-outs',
  adopted: 'adopted',
  contested: 'contested',
  newest: 'newest',
  clock: 'clock',
} as const;

/** How far the ledger has got, all but the time. */
export async function readProgress(db: Db, account: string | null): Promise<Omit<Progress, 'at'>> {
  const { id, optOuts, adopted, contested, newest } = await readIdentity(db);
  const contacts = account === null ? 0 : await contactsOf(db, Number(account));
  return { ledger: id ?? '', contacts, optOuts, newest, adoptedAt: adopted?.at ?? null, contested };
}

interface Identity {
  readonly id: string | null;
  readonly optOuts: number;
  readonly adopted: AdoptionNote | null;
  readonly contested: Loss | null;
  readonly newest: number;
  /** That a person decided to go on although the clock and the newest entry disagree. */
  readonly clock: ClockNote | null;
}

/** What the ledger is known by. */
export async function readIdentity(db: Db): Promise<Identity> {
  const { rows } = await identityRows({ db }, {});
  const found = new Map(rows.map(({ name, value }) => [name, value]));
  const adopted = found.get(names.adopted);
  const contested = found.get(names.contested);
  const clock = found.get(names.clock);
  return {
    id: found.get(names.id) ?? null,
    optOuts: Number(found.get(names.optOuts) ?? 0),
    adopted: adopted === undefined ? null : (readJson(adopted) as AdoptionNote),
    contested: contested === undefined ? null : (readJson(contested) as Loss),
    newest: Number(found.get(names.newest) ?? 0),
    clock: clock === undefined ? null : (readJson(clock) as ClockNote),
  };
}

const identityRows = buildOnce<object, { name: string; value: string }>(({ db }) =>
  db.selectFrom('meta').select(['name', 'value']).where('name', 'in', Object.values(names)),
);

async function contactsOf(db: Db, account: number): Promise<number> {
  const { rows } = await contactsRow({ db }, { account });
  return Number(rows[0]?.contacts ?? 0);
}

const contactsRow = buildOnce<{ account: number }, { contacts: number }>(({ db }, { account }) =>
  db.selectFrom('accounts').select('contacts').where('no', '=', account),
);

/** Counts rows that may reach a person from now on; in the transaction that lets them. */
export async function countContacts(tx: Tx, account: number, contacts: number): Promise<void> {
  if (contacts > 0) await addContacts(tx, { account, contacts });
}

const addContacts = buildOnce<{ account: number; contacts: number }, unknown>(
  ({ db }, { account, contacts }) =>
    db
      .updateTable('accounts')
      .set({ contacts: sql<number>`contacts + ${contacts}` })
      .where('no', '=', account),
);

/** Counts changes of the do-not-call list, whose gate the transaction has passed alone. */
export async function countOptOuts(tx: Tx, changes: number): Promise<void> {
  await tx.db
    .insertInto('meta')
    .values({ name: names.optOuts, value: String(changes) })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({
        value: sql<string>`cast(cast(meta.value as bigint) + ${changes} as text)`,
      }),
    )
    .execute();
  await noteTime(tx);
}

const newId = (): string => randomBytes(12).toString('hex');

/** Gives the ledger an id where it has none. */
export async function giveId({ db }: Tx): Promise<void> {
  await db
    .insertInto('meta')
    .values({ name: names.id, value: newId() })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
}

/** Keeps what the ledger was first seen not to know of. */
export async function contest({ db }: Tx, loss: Loss): Promise<void> {
  await db
    .insertInto('meta')
    .values({ name: names.contested, value: writeJson(loss) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
}

/** Notes that the ledger was taken into use as it is, and makes it another one than those it is a copy of. */
export async function noteAdoption({ db }: Tx, note: AdoptionNote): Promise<void> {
  const values = [
    { name: names.id, value: newId() },
    { name: names.adopted, value: writeJson(note) },
  ];
  await db.deleteFrom('meta').where('name', '=', names.contested).execute();
  for (const one of values)
    await db
      .insertInto('meta')
      .values(one)
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: one.value }))
      .execute();
}

/** The newest moment is kept to half a minute, so that workers do not wait for each other at its one record. */
const newestMs = 30_000;

/**
 * Notes that something happened now. The moment kept never falls but by a person's decision, and a clock so far ahead that
 * it is asked about does not move it.
 */
export async function noteTime(tx: Tx): Promise<void> {
  await raiseNewest(tx, {
    text: String(tx.now),
    due: tx.now - newestMs,
    early: tx.now - farAheadMs,
  });
}

const raiseNewest = buildOnce<{ text: string; due: number; early: number }, unknown, Tx>(
  ({ db, flavour }, { text, due, early }) =>
    db
      .updateTable('meta')
      .set({ value: text })
      .where('name', 'in', (eb) =>
        flavour.hold(
          eb
            .selectFrom('meta')
            .select('name')
            .where('name', '=', names.newest)
            .where(sql<number>`cast(value as bigint)`, '<', due)
            .where((or) =>
              or.or([
                or(sql<number>`cast(value as bigint)`, '=', 0),
                or(sql<number>`cast(value as bigint)`, '>=', early),
              ]),
            ),
          'free',
        ),
      ),
);

/** Takes the clock as it is now for the right one. */
export async function noteClock({ db, now }: Tx, note: ClockNote): Promise<void> {
  const values = [
    { name: names.newest, value: String(now) },
    { name: names.clock, value: writeJson(note) },
  ];
  for (const one of values)
    await db
      .insertInto('meta')
      .values(one)
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: one.value }))
      .execute();
}
