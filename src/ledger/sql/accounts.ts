import type { AccountRef } from '../../core/ledger.js';
import type { Tx } from '../store.js';

/**
 * Finds or makes the account: by the operator's name, else by the strongest known alias. An account known only by an alias
 * takes the name when one is first given, so that its history is not lost. New aliases are stored.
 */
export async function account(tx: Tx, ref: AccountRef): Promise<string> {
  const known = await knownAliases(tx, ref);
  const no = (await byName(tx, ref)) ?? (await byAlias(tx, ref, known)) ?? (await create(tx, ref));
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

interface Known {
  readonly no: number;
  readonly name: string | null;
}

async function knownAliases({ db }: Tx, ref: AccountRef): Promise<Map<string, Known>> {
  if (ref.aliases.length === 0) return new Map();
  const found = await db
    .selectFrom('account_aliases')
    .innerJoin('accounts', 'accounts.no', 'account_aliases.account')
    .select(['account_aliases.alias', 'accounts.no', 'accounts.name'])
    .where('account_aliases.vendor', '=', ref.vendor)
    .where('account_aliases.alias', 'in', ref.aliases)
    .execute();
  return new Map(found.map(({ alias, no, name }) => [alias, { no, name }]));
}

async function byName({ db }: Tx, ref: AccountRef): Promise<number | null> {
  if (ref.name === null) return null;
  const found = await db
    .selectFrom('accounts')
    .select('no')
    .where('vendor', '=', ref.vendor)
    .where('name', '=', ref.name)
    .executeTakeFirst();
  return found?.no ?? null;
}

async function byAlias({ db }: Tx, ref: AccountRef, known: Map<string, Known>): Promise<number | null> {
  const found = ref.aliases.map((alias) => known.get(alias)).find((candidate) => candidate !== undefined);
  if (found === undefined) return null;
  if (ref.name === null) return found.no;
  if (found.name !== null) return null;
  await db.updateTable('accounts').set({ name: ref.name }).where('no', '=', found.no).execute();
  return found.no;
}

async function create({ db, now }: Tx, ref: AccountRef): Promise<number> {
  const made = await db
    .insertInto('accounts')
    .values({ vendor: ref.vendor, name: ref.name, created_at: now })
    .returning('no')
    .executeTakeFirstOrThrow();
  return made.no;
}
