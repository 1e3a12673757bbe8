import type { Delivery, DeliveryFilter, StoredDelivery, Storing } from '../core/ledger.js';
import type { Json } from '../core/json.js';
import type * as contract from '../core/ledger.js';
import type { Sighting } from '../core/outcome.js';
import { keyOf } from '../core/number.js';
import { personOf } from '../core/phone-key.js';
import type { SourceFacts } from '../core/row.js';
import type { StateCounts } from '../core/life.js';
import { account, accountNow, findAccount, knownAccounts, readAccounts, separate } from './sql/accounts.js';
import { claim, pause } from './sql/claim.js';
import { deliveries, storeDelivery } from './sql/deliveries.js';
import { block, blocked, blockRefused, unblock } from './sql/do-not-call.js';
import { reached, underWay } from './sql/contacts.js';
import { events, mustSealed } from './sql/records.js';
import { joinAccounts } from './sql/join.js';
import { heartbeat, join, lock, unlock, workers } from './sql/locks.js';
import { addRows } from './sql/plan.js';
import { contest, readProgress } from './sql/progress.js';
import { doubts, reconcile } from './sql/reconcile.js';
import { abandon, resolve } from './sql/resolve.js';
import { keep, kept, rowsOf } from './sql/runs.js';
import * as runs from './sql/runs.js';
import { recover, settle } from './sql/settle.js';
import { listed, standing } from './sql/gate.js';
import { doNotCallGate, runGate, type Gate } from './flavour.js';
import type { Store, Tx } from './store.js';

/** The ledger in SQL: each method is one transaction, or one statement that reads. */
export class SqlLedger implements contract.Ledger {
  readonly #store: Store;
  readonly #who: string;
  #closed = false;

  constructor(store: Store) {
    this.#store = store;
    this.#who = store.who;
  }

  get where(): string {
    return this.#store.where;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#store.close();
  }

  account(ref: contract.AccountRef): Promise<string> {
    return this.#store.write((tx) => account(tx, ref));
  }

  findAccount(ref: contract.AccountRef): Promise<string | null> {
    return this.#store.read((db) => findAccount(db, ref));
  }

  accounts(): Promise<contract.KnownAccount[]> {
    return this.#store.read(knownAccounts);
  }

  joinAccounts(one: string, other: string, reason: string | null): Promise<contract.Joining> {
    return this.#store.write((tx) => joinAccounts(tx, this.#store.world, this.#who, one, other, reason), {
      gates: [doNotCallGate(false)],
    });
  }

  separateAccount(accountId: string, reason: string | null): Promise<void> {
    return this.#store.write(
      async (tx) => separate(tx, this.#who, await accountNow(tx.db, Number(accountId)), reason),
      { repeatable: true },
    );
  }

  async accountNames(account: string): Promise<contract.AccountRef | null> {
    const [found] = await this.#store.read((db) => readAccounts(db, Number(account)));
    return found?.account ?? null;
  }

  progress(account: string | null): Promise<contract.Progress> {
    return this.#store.read(async (db) => ({
      at: await this.#store.now(db),
      ...(await readProgress(db, account)),
    }));
  }

  contacts(): Promise<contract.AccountContacts[]> {
    return this.#store.read((db) => readAccounts(db));
  }

  contest(loss: contract.Loss): Promise<void> {
    return this.#store.write((tx) => contest(tx, loss), { repeatable: true });
  }

  lock(name: string, owner: contract.Owner): Promise<contract.Lock> {
    return this.#store.write((tx) => lock(tx, this.#store.world, name, owner));
  }

  heartbeat(held: contract.Lock): Promise<boolean> {
    return this.#store.write((tx) => heartbeat(tx, held), { repeatable: true });
  }

  unlock(held: contract.Lock): Promise<void> {
    return this.#store.write((tx) => unlock(tx, held), { repeatable: true });
  }

  join(run: string, owner: contract.Owner): Promise<contract.Lock> {
    return this.#store.write(async (tx) => {
      await mustSealed(tx.db, run);
      return join(tx, run, owner);
    });
  }

  async workers(run: string): Promise<contract.Worker[]> {
    const { world } = this.#store;
    return this.#store.read(async (db) => {
      const senders = await runs.senders(db, run);
      return workers(db, world, await this.#store.now(db), run, senders);
    });
  }

  runsOf(accountId: string, operation: string, sha256: string): Promise<contract.Run[]> {
    return this.#store.read((db) => runs.runsOf(db, accountId, operation, sha256));
  }

  run(id: string): Promise<contract.Run | null> {
    return this.#store.read((db) => runs.runById(db, id));
  }

  runs(limit: number): Promise<contract.Run[]> {
    return this.#store.read((db) => runs.latestRuns(db, limit));
  }

  runsByPrefix(prefix: string): Promise<contract.Run[]> {
    return this.#store.read((db) => runs.runsByPrefix(db, prefix));
  }

  beginPlan(draft: contract.RunDraft, held: contract.Lock): Promise<string> {
    return this.#store.write((tx) => runs.beginPlan(tx, draft, held), { gates: [doNotCallGate(true)] });
  }

  addRows(
    run: string,
    rows: readonly contract.PlannedRow[],
    policy: contract.PlanPolicy,
  ): Promise<contract.LedgerRow[]> {
    return this.#store.write((tx) => addRows(tx, run, rows, policy), { gates: [doNotCallGate(true)] });
  }

  seal(run: string, source: SourceFacts, columns: readonly string[]): Promise<number> {
    const sealed = async (tx: Tx): Promise<number> =>
      blockRefused(tx, this.#who, await runs.seal(tx, run, source, columns));
    return this.#store.write(sealed, { gates: [doNotCallGate(false)] });
  }

  discardPlan(run: string): Promise<void> {
    return this.#store.write((tx) => runs.discardPlan(tx, run));
  }

  standing(
    accountId: string,
    scope: string,
    keys: readonly string[],
    policy: contract.PlanPolicy,
  ): Promise<Map<string, contract.Standing>> {
    const { flavour } = this.#store;
    return this.#store.read(async (db) => {
      const where = { account: accountId, scope, now: await this.#store.now(db) };
      return standing(db, flavour, where, keys, policy);
    });
  }

  recover(run: string, held: contract.Lock): Promise<number> {
    return this.#store.write((tx) => recover(tx, this.#store.world, run, held), {
      gates: [runGate(run, false)],
      repeatable: true,
    });
  }

  async claim(run: string, held: contract.Lock, limits: contract.ClaimLimits): Promise<contract.Claiming> {
    this.#store.mustBeInPlace();
    return this.#store.write((tx) => claim(tx, run, held, limits), {
      gates: [doNotCallGate(true), runGate(run, true)],
    });
  }

  pause(run: string, ms: number): Promise<void> {
    return this.#store.write(async (tx) => pause(tx, await mustSealed(tx.db, run), ms));
  }

  settle(
    claimed: contract.Claim,
    settlements: readonly contract.Settlement[],
  ): Promise<contract.LedgerRow[]> {
    return this.#store.write((tx) => settle(tx, this.#who, claimed, settlements), {
      gates: gatesOf(settlements.map(({ follows }) => follows)),
      repeatable: true,
      insistent: true,
    });
  }

  resolve(run: string, row: number, as: contract.Resolution, reason: string): Promise<contract.LedgerRow> {
    return this.#store.write((tx) => resolve(tx, this.#who, run, row, as, reason), {
      gates: [doNotCallGate(true)],
    });
  }

  abandon(run: string, reason: string): Promise<number> {
    return this.#store.write((tx) => abandon(tx, this.#who, run, reason), { gates: [runGate(run, false)] });
  }

  doubts(run: string): AsyncIterable<contract.Doubt> {
    return doubts(this.#store, run);
  }

  reconcile(
    run: string,
    held: contract.Lock,
    sightings: readonly Sighting[],
    rule: contract.ReleaseRule,
    follows: ReadonlyMap<number, contract.Consequence> = new Map(),
  ): Promise<contract.LedgerRow[]> {
    return this.#store.write((tx) => reconcile(tx, this.#who, run, held, sightings, rule, follows), {
      gates: gatesOf([...follows.values()], true),
    });
  }

  events(run: string, row?: number): AsyncIterable<contract.RowEvent> {
    return events(this.#store, run, row);
  }

  markReported(run: string): Promise<void> {
    return this.#store.write((tx) => runs.markReported(tx, run), { repeatable: true });
  }

  counts(run: string): Promise<StateCounts> {
    return this.#store.read((db) => runs.counts(db, run));
  }

  rows(run: string, filter?: contract.RowFilter): AsyncIterable<contract.LedgerRow> {
    return rowsOf(this.#store, run, filter);
  }

  keep(
    run: string,
    row: number,
    record: Json,
    phone: string | null,
    more: readonly string[] = [],
  ): Promise<void> {
    const phones = (phone === null ? more : [phone, ...more]).map(personOf);
    return this.#store.write((tx) => keep(tx, run, row, record, phones));
  }

  kept(run: string): AsyncIterable<{ readonly row: number; readonly record: Json }> {
    return kept(this.#store, run);
  }

  block(
    entries: readonly { readonly phone: string; readonly reason: string }[],
  ): Promise<{ added: number; blockedRows: number; heldRows: number }> {
    const people = entries.map(({ phone, reason }) => ({ phone: personOf(phone), reason }));
    return this.#store.write((tx) => block(tx, this.#who, people), { gates: [doNotCallGate(false)] });
  }

  unblock(phones: readonly string[], reason: string): Promise<number> {
    return this.#store.write((tx) => unblock(tx, this.#who, phones.map(personOf), reason), {
      gates: [doNotCallGate(false)],
    });
  }

  underWay(phones: readonly string[]): Promise<contract.UnderWay[]> {
    return underWay(this.#store, phones.map(personOf));
  }

  listed(phones: readonly string[]): Promise<contract.OnList> {
    const { flavour } = this.#store;
    return this.#store.read((db) => listed({ db, flavour }, new Set(phones.map(keyOf))));
  }

  reached(phones: readonly string[]): Promise<contract.Reached[]> {
    return reached(this.#store, phones.map(personOf));
  }

  blocked(phones?: readonly string[]): AsyncIterable<contract.BlockEntry> {
    return blocked(this.#store, phones?.map(personOf));
  }

  storeDelivery(delivery: Delivery): Promise<Storing> {
    return this.#store.write((tx) => storeDelivery(tx, delivery), { repeatable: true });
  }

  deliveries(filter: DeliveryFilter = {}): AsyncIterable<StoredDelivery> {
    return deliveries(this.#store, filter);
  }
}

/** The gates of a settlement: alone where it changes the do-not-call list, shared where it makes rows ready by it. */
function gatesOf(
  follows: readonly (contract.Consequence | null | undefined)[],
  releases = false,
): readonly Gate[] {
  if (follows.some((one) => one?.unblocks)) return [doNotCallGate(false)];
  return releases ? [doNotCallGate(true)] : [];
}
