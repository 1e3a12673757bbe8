import { sql } from 'kysely';
import { isNamesake } from '../../core/account.js';
import { Exit, UserError } from '../../core/errors.js';
import type { AccountContacts, AccountDecision, AccountRef, KnownAccount } from '../../core/ledger.js';
import type { Db, Tx } from '../store.js';

/** Finds or makes the account, and stores the aliases that were new to it. */
export async function account(tx: Tx, ref: AccountRef): Promise<string> {
  const known = await knownAliases(tx.db, ref);
  const no = (await find(tx.db, ref, known)) ?? (await create(tx, ref));
  const unknown = ref.aliases.filter((alias) => !known.has(alias));
  if (unknown.length > 0) {
    await tx.db
      .insertInto('account_aliases')
      .values(
        [...new Set(unknown)].map((alias) => ({
          vendor: ref.vendor,
          alias,
          account: no,
          created_at: tx.now,
        })),
      )
      .execute();
  }
  return String(no);
}

/** The account that is there; null where it would have to be made. */
export async function findAccount(db: Db, ref: AccountRef): Promise<string | null> {
  const no = await find(db, ref, await knownAliases(db, ref));
  return no === null ? null : String(no);
}

async function find(db: Db, ref: AccountRef, known: ReadonlyMap<string, number>): Promise<number | null> {
  for (const alias of ref.aliases) {
    const no = known.get(alias);
    if (no !== undefined) return no;
  }
  if (ref.name === null) return null;
  const found = (await readAccounts(db)).find((one) => isNamesake(one.account, ref));
  return found?.no ?? null;
}

async function knownAliases(db: Db, ref: AccountRef): Promise<Map<string, number>> {
  if (ref.aliases.length === 0) return new Map();
  const found = await db
    .selectFrom('account_aliases')
    .select(['alias', 'account'])
    .where('vendor', '=', ref.vendor)
    .where('alias', 'in', ref.aliases)
    .execute();
  return new Map(found.map((one) => [one.alias, one.account]));
}

async function create({ db, now }: Tx, ref: AccountRef): Promise<number> {
  const made = await db
    .insertInto('accounts')
    .values({ vendor: ref.vendor, name: ref.name, created_at: now })
    .returning('no')
    .executeTakeFirstOrThrow();
  return made.no;
}

/** The accounts with their names and contacts; only the one of that number where one is given. */
export async function readAccounts(
  db: Db,
  only?: number,
): Promise<(AccountContacts & { readonly no: number })[]> {
  const accounts = await db
    .selectFrom('accounts')
    .select(['no', 'vendor', 'name', 'contacts'])
    .$if(only !== undefined, (query) => query.where('no', '=', only ?? 0))
    .orderBy('no')
    .execute();
  const aliases = await db
    .selectFrom('account_aliases')
    .select(['account', 'alias'])
    .$if(only !== undefined, (query) => query.where('account', '=', only ?? 0))
    .orderBy('alias')
    .execute();
  return accounts.map(({ no, vendor, name, contacts }) => ({
    no,
    account: {
      vendor,
      name,
      aliases: aliases.filter((alias) => alias.account === no).map(({ alias }) => alias),
    },
    contacts: Number(contacts),
  }));
}

/** All accounts with their use and what was decided of them; without those that are no account of their own any more. */
export async function knownAccounts(db: Db): Promise<KnownAccount[]> {
  const all = await readAccounts(db);
  const decided = await db
    .selectFrom('accounts')
    .select(['no', 'same_as', 'decided_at', 'decided_by', 'decided_why'])
    .where('decided_at', 'is not', null)
    .orderBy('no')
    .execute();
  const used = await db
    .selectFrom('runs')
    .select(({ fn }) => ['account', fn.min('created_at').as('first'), fn.max('updated_at').as('last')])
    .groupBy('account')
    .execute();
  const gone = new Set(decided.filter(({ same_as }) => same_as !== null).map(({ no }) => no));
  return all
    .filter(({ no }) => !gone.has(no))
    .map(({ no, account: ref, contacts }) => {
      const use = used.find((one) => one.account === no);
      const own = decided.find((one) => one.no === no);
      return {
        id: String(no),
        ref,
        contacts,
        firstUsed: use ? Number(use.first) : null,
        lastUsed: use ? Number(use.last) : null,
        separate: own ? decisionOf(own) : null,
        joined: decided
          .filter((one) => one.same_as === no)
          .map((one) => ({ id: String(one.no), ...decisionOf(one) })),
      };
    });
}

const decisionOf = (record: {
  readonly decided_at: number | null;
  readonly decided_by: string | null;
  readonly decided_why: string | null;
}): AccountDecision => ({
  at: record.decided_at ?? 0,
  by: record.decided_by ?? '',
  reason: record.decided_why,
});

/** The account that has everything of this one: itself, or the one it was made one with. */
export async function accountNow(db: Db, no: number): Promise<number> {
  const found = await db.selectFrom('accounts').select('same_as').where('no', '=', no).executeTakeFirst();
  return found?.same_as ?? no;
}

/** Refuses a plan for an account that was made one with another meanwhile. Throws UserError `account.joined` (exit 11). */
export async function mustBeOwn({ db }: Tx, no: number): Promise<void> {
  if ((await accountNow(db, no)) === no) return;
  throw new UserError({
    code: 'account.joined',
    message: 'The account was made one with another one a moment ago; nothing was sent.',
    hint: 'Run the same command again.',
    exit: Exit.locked,
  });
}

/** Keeps that a person called it an account of its own. */
export async function separate(
  { db, now }: Tx,
  who: string,
  no: number,
  reason: string | null,
): Promise<void> {
  await db
    .updateTable('accounts')
    .set({ decided_at: now, decided_by: who, decided_why: reason })
    .where('no', '=', no)
    .where('same_as', 'is', null)
    .where('decided_at', 'is', null)
    .execute();
}

/** Gives the account that is kept what names, contacts and earlier joinings the other one has. */
export async function takeOver(
  { db, now }: Tx,
  who: string,
  kept: number,
  gone: number,
  reason: string | null,
) {
  const { name, contacts } = await db
    .selectFrom('accounts')
    .select(['name', 'contacts'])
    .where('no', '=', gone)
    .executeTakeFirstOrThrow();
  await db.updateTable('account_aliases').set({ account: kept }).where('account', '=', gone).execute();
  await db.updateTable('accounts').set({ same_as: kept }).where('same_as', '=', gone).execute();
  await db
    .updateTable('accounts')
    .set({ contacts: sql<number>`contacts + ${Number(contacts)}`, name: sql`coalesce(name, ${name})` })
    .where('no', '=', kept)
    .execute();
  await db
    .updateTable('accounts')
    .set({ same_as: kept, contacts: 0, decided_at: now, decided_by: who, decided_why: reason })
    .where('no', '=', gone)
    .execute();
}
