import type { Selectable } from 'kysely';
import {
  quarantinePerHour,
  type Delivery,
  type DeliveryFilter,
  type QuarantineCode,
  type StoredDelivery,
  type Storing,
} from '../../core/ledger.js';
import { type Json, type JsonObject, readJson, writeJson } from '../../core/json.js';
import type { DeliveryTable } from '../schema.js';
import type { Store, Tx } from '../store.js';

const hourMs = 3_600_000;
const page = 200;

/** Stores a delivery once: the unique key of account, state and digest decides, also between two processes. */
export async function storeDelivery(tx: Tx, delivery: Delivery): Promise<Storing> {
  const account = Number(delivery.account);
  if (await isKnown(tx, account, delivery)) return 'known';
  if (delivery.state === 'quarantined' && (await isFull(tx, account))) return 'full';
  await tx.db
    .insertInto('deliveries')
    .values({
      account,
      at: delivery.at,
      digest: delivery.digest,
      state: delivery.state,
      code: delivery.code,
      phone: delivery.phone,
      vendor_id: delivery.vendorId,
      record: delivery.record === null ? null : writeJson(delivery.record),
      body: writeJson(delivery.body),
      bytes: delivery.bytes,
    })
    .execute();
  return 'stored';
}

async function isKnown({ db }: Tx, account: number, { state, digest }: Delivery): Promise<boolean> {
  const found = await db
    .selectFrom('deliveries')
    .select('no')
    .where('account', '=', account)
    .where('state', '=', state)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return found !== undefined;
}

async function isFull({ db, now }: Tx, account: number): Promise<boolean> {
  const { n } = await db
    .selectFrom('deliveries')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('account', '=', account)
    .where('state', '=', 'quarantined')
    .where('at', '>', now - hourMs)
    .executeTakeFirstOrThrow();
  return Number(n) >= quarantinePerHour;
}

/** Oldest first, a page at a time. */
export async function* deliveries(store: Store, filter: DeliveryFilter): AsyncIterable<StoredDelivery> {
  for (let after = 0; ;) {
    const found = await pageAfter(store, after, filter);
    for (const record of found) yield toDelivery(record);
    const last = found[page - 1];
    if (last === undefined) return;
    after = last.no;
  }
}

function pageAfter(
  store: Store,
  after: number,
  { account, state }: DeliveryFilter,
): Promise<Selectable<DeliveryTable>[]> {
  return store.read((db) => {
    let query = db.selectFrom('deliveries').selectAll().where('no', '>', after).orderBy('no').limit(page);
    if (account !== undefined) query = query.where('account', '=', Number(account));
    if (state !== undefined) query = query.where('state', '=', state);
    return query.execute();
  });
}

const toDelivery = (found: Selectable<DeliveryTable>): StoredDelivery => ({
  no: found.no,
  account: String(found.account),
  at: found.at,
  digest: found.digest,
  state: found.state,
  code: found.code as QuarantineCode | null,
  phone: found.phone,
  vendorId: found.vendor_id,
  record: found.record === null ? null : (readJson(found.record) as JsonObject),
  body: readJson(found.body) as Json,
  bytes: found.bytes,
});
