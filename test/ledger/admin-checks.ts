import { expect, test } from 'vitest';
import { accountRef } from '../../src/core/account.js';
import type { LedgerAdmin, LedgerCopy } from '../../src/core/ledger-admin.js';
import type { Ledger } from '../../src/core/ledger.js';
import { openLedgerAdmin } from '../../src/ledger/admin/index.js';
import { openLedger } from '../../src/ledger/index.js';
import {
  all,
  always,
  claimAll,
  numberOf,
  outcomes,
  owner,
  person,
  phone,
  prepare,
  push,
  refused,
  someAccount,
  states,
  TestClock,
} from '../contract/ledger-bench.js';

/** Places for ledgers of one engine. */
export interface Site {
  readonly engine: 'sqlite' | 'postgresql';
  /** Where a ledger may be made; each time another place. */
  place(): Promise<string>;
  /** Changes a ledger behind its back. */
  raw(where: string, sql: string): Promise<void>;
  /** What a query tells of a ledger behind its back: the values of each record. */
  ask(where: string, sql: string): Promise<unknown[][]>;
}

export const clock = new TestClock();
export const alive = new Map<string, boolean | null>();

export const world = {
  clock,
  host: 'desk',
  processAlive: ({ id }: { id: string }): boolean | null => (alive.has(id) ? (alive.get(id) ?? null) : false),
};

export const adminOf = (where: string, interrupted = (): void => undefined): Promise<LedgerAdmin> =>
  openLedgerAdmin(where, { ...world, interrupted });

export async function used<T>(where: string, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = await openLedger(where, world);
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** Text no output of these commands may hold, and a purge must remove. */
export const secretName = 'Ada-Lovelace-1815';

/** Some of everything: every state that matters, a recontact, do-not-call, a delivery, a last copy. */
export async function fill(where: string): Promise<{ finished: string; open: string }> {
  return used(where, async (ledger) => {
    const named = (row: number, n: number) =>
      person(row, n, {
        payload: { phone: numberOf(n, true), name: secretName },
        source: [phone(n), secretName, 'ü – \u0000 " \u{1f600}'],
      });
    const first = await prepare(ledger, [named(1, 1), named(2, 2)]);
    await push(ledger, first, { ...outcomes.delivered, detail: { said: secretName } });
    await ledger.keep(first.run, 1, { chat: secretName }, null);
    const again = await prepare(
      ledger,
      [
        named(1, 1),
        named(2, 3),
        person(3, 4, { state: 'invalid', code: 'phone.invalid', reason: secretName }),
      ],
      { policy: always },
    );
    const claim = await claimAll(ledger, again);
    await ledger.settle(claim, [
      { row: 1, outcome: outcomes.delivered },
      { row: 2, outcome: { ...outcomes.rejected, reason: secretName } },
    ]);
    const open = await prepare(ledger, [named(1, 5), named(2, 6), named(3, 7)]);
    const sent = await ledger.claim(open.run, open.lock, { items: 1, bytes: 1e9 });
    if (sent.claim) await ledger.settle(sent.claim, [{ row: 1, outcome: outcomes['in-doubt'] }]);
    await ledger.block([{ phone: phone(99), reason: 'asked' }]);
    const account = await someAccount(ledger);
    const delivery = { account, at: clock.now(), code: null, phone: phone(1), vendorId: 'v1', bytes: 9 };
    await ledger.storeDelivery({
      ...delivery,
      digest: 'ef'.repeat(32),
      state: 'stored',
      record: { data: { name: secretName } },
      body: { name: secretName },
    });
    for (const { lock } of [first, again, open]) await ledger.unlock(lock);
    return { finished: again.run, open: open.run };
  });
}

/** Everything a ledger tells, as one text. */
export const told = (where: string): Promise<string> =>
  used(where, async (ledger) => {
    const runs = await ledger.runs(100);
    const rows = await Promise.all(
      runs.map(async ({ id }) => [
        await all(ledger.rows(id)),
        await all(ledger.events(id)),
        await all(ledger.kept(id)),
      ]),
    );
    return JSON.stringify([runs, rows, await all(ledger.blocked()), await all(ledger.deliveries())]);
  });

/** What every engine must do. */
export function adminChecks(site: () => Site): void {
  test('status tells what is there, changes nothing, and makes no ledger', async () => {
    const where = await site().place();
    await refused((await adminOf(where)).status(), 'ledger.missing', 6);
    await refused((await adminOf(where)).check(), 'ledger.missing', 6);
    await fill(where);
    const held = owner();
    alive.set(held.id, true);
    await used(where, (ledger) => ledger.lock('push 1 import', held));
    const status = await (await adminOf(where)).status();
    expect(status).toMatchObject({
      engine: site().engine,
      schema: { found: 5, known: 5 },
      mark: null,
      opened: { host: 'desk' },
      holds: {
        accounts: 1,
        runs: { all: 3, unfinished: 1, unsealed: 0 },
        rows: { delivered: 3, rejected: 1, invalid: 1, 'in-doubt': 1, ready: 2, sending: 0 },
        doNotCall: 1,
        deliveries: { stored: 1, quarantined: 0 },
        locks: [{ name: 'push 1 import', owner: { id: held.id }, alive: true }],
      },
    });
    expect(status.engineVersion).toMatch(/^\d+\.\d+/);
    expect(status.bytes).toBeGreaterThan(10_000);
    alive.set(held.id, false);
    expect((await (await adminOf(where)).status()).holds?.locks).toMatchObject([{ alive: false }]);
  });

  test('check finds nothing in a sound ledger, and each thing that is wrong', async () => {
    const where = await site().place();
    await fill(where);
    const admin = await adminOf(where);
    const sound = await admin.check();
    expect(sound.findings).toEqual([]);
    expect(sound.checked.length).toBeGreaterThan(12);
    for (const [code, wrong] of flaws) {
      const codes = async (): Promise<string[]> =>
        (await admin.check()).findings.map((finding) => finding.code);
      expect(await codes()).not.toContain(`check.${code}`);
      await site().raw(where, wrong);
      expect(await codes(), wrong).toContain(`check.${code}`);
    }
    expect(JSON.stringify(await admin.check())).not.toContain('+49');
  });

  test('a copy to either engine is the same ledger; the old one is refused, also by who has it open', async () => {
    for (const target of targets) {
      const from = await site().place();
      await fill(from);
      const before = await told(from);
      const still = await openLedger(from, world);
      const to = await target();
      const done = await (await adminOf(from)).copy(to);
      expect(done.tables.find(({ table }) => table === 'rows')?.rows).toBe(8);
      expect(await told(to)).toBe(before);
      expect((await (await adminOf(to)).check()).findings).toEqual([]);
      await refused(openLedger(from, world), 'ledger.moved', 6);
      await refused(still.block([{ phone: phone(50), reason: 'late' }]), 'ledger.moved', 6);
      await still.close();
      await used(to, async (ledger) => {
        const known = new Set((await ledger.runs(10)).map(({ id }) => id));
        const { run } = await prepare(ledger, [person(1, 1), person(2, 60)]);
        expect(known.has(run)).toBe(false);
        expect(await states(ledger, run)).toEqual(['duplicate', 'ready']);
      });
      await refused((await adminOf(from)).copy(await target()), 'ledger.moved', 6);
    }
  });

  test('what is taken back has in doubt what was ready, unless nothing was sent', async () => {
    const from = await site().place();
    const { open } = await fill(from);
    await refused((await adminOf(from)).adopt(false), 'ledger.in-use', 6);
    await (await adminOf(from)).copy(await site().place());
    expect(await (await adminOf(from)).adopt(false)).toMatchObject({ inDoubt: 2, mark: { kind: 'moved' } });
    await used(from, async (ledger) => {
      expect(await states(ledger, open)).toEqual(['in-doubt', 'in-doubt', 'in-doubt']);
      expect((await all(ledger.doubts(open))).map(({ row }) => row.attempt)).toEqual([1, 1, 1]);
      await ledger.block([{ phone: phone(51), reason: 'writes are allowed again' }]);
    });
    expect((await (await adminOf(from)).check()).findings).toEqual([]);
    await (await adminOf(from)).copy(await site().place());
    expect(await (await adminOf(from)).adopt(true)).toMatchObject({ inDoubt: 0 });
  });

  test('nothing is copied while somebody works, or into something', async () => {
    const from = await site().place();
    await fill(from);
    const worker = owner();
    await used(from, (ledger) => ledger.lock('push 1 import', worker));
    for (const lives of [true, null]) {
      alive.set(worker.id, lives);
      const silent = site().engine === 'sqlite' && lives === null;
      if (!silent) await refused((await adminOf(from)).copy(await site().place()), 'run.locked', 11);
    }
    alive.set(worker.id, false);
    for (const target of targets) {
      const taken = await target();
      await used(taken, (ledger) => ledger.block([{ phone: phone(1), reason: 'x' }]));
      const error = await (await adminOf(from)).copy(taken).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ exit: 6 });
      expect((error as { code: string }).code).toMatch(/^ledger\.(exists|not-empty)$/);
    }
    await (await adminOf(from)).copy(await site().place());
  });

  test('a copy cut off anywhere is finished by the same command, and never are two in use', async () => {
    for (let at = 1; at <= 3; at += 1) {
      const from = await site().place();
      await fill(from);
      const to = await site().place();
      const before = await told(from);
      await cutOff(from, to, at);
      const usable = await Promise.all(
        [from, to].map(async (where) => {
          const status = await (await adminOf(where)).status().catch(() => null);
          return status !== null && status.mark === null && status.holds?.runs.all === 3;
        }),
      );
      expect(usable.filter(Boolean).length, `cut off at ${at}`).toBe(at === 3 ? 0 : 1);
      await (await adminOf(from)).copy(to);
      expect(await told(to)).toBe(before);
      await refused(openLedger(from, world), 'ledger.moved', 6);
    }
  });

  test('a purge forgets persons of finished runs, and nobody is contacted again', async () => {
    const where = await site().place();
    const { finished, open } = await fill(where);
    const admin = await adminOf(where);
    expect(await admin.purgeable(0)).toMatchObject({ runs: 0, rows: 0, deliveries: 0 });
    const later = Date.now() + 1e12;
    const counts = { runs: 2, rows: 5, keepsakes: 1, deliveries: 1 };
    expect(await admin.purgeable(later)).toMatchObject(counts);
    const openRows = await used(where, (ledger) => all(ledger.rows(open)));
    expect(await admin.purge(later)).toMatchObject(counts);
    await used(where, async (ledger) => {
      expect(await all(ledger.rows(open))).toEqual(openRows);
      const rows = await all(ledger.rows(finished));
      expect(
        rows.map(({ state, key, source, payload, reason }) => [state, key, source, payload, reason]),
      ).toEqual([
        ['delivered', phone(1), [], null, null],
        ['rejected', null, [], null, null],
        ['invalid', null, [], null, null],
      ]);
      expect(await all(ledger.kept(finished))).toEqual([]);
      expect(
        await site().ask(where, `select run, row, value from numbers where run < 3 order by run, row`),
      ).toEqual([
        [1, 1, phone(1)],
        [1, 2, phone(2)],
        [2, 1, phone(1)],
      ]);
      const { run, lock } = await prepare(ledger, [person(1, 1), person(2, 2), person(3, 3)]);
      expect(await states(ledger, run)).toEqual(['duplicate', 'duplicate', 'ready']);
      await ledger.unlock(lock);
      const [delivery] = await all(ledger.deliveries());
      expect(delivery).toMatchObject({ digest: 'ef'.repeat(32), phone: null, record: null });
    });
    expect(await admin.purgeable(later)).toMatchObject({ runs: 0, rows: 0, deliveries: 0 });
    expect((await admin.check()).findings).toEqual([]);
  });

  test('a schema without numbers is brought up to date: rows are found by theirs, and what is ready of it does not leave', async () => {
    const where = await site().place();
    const { finished, open } = await fill(where);
    const held = (table: string) => site().ask(where, `select count(*) from ${table}`);
    const before = [await held('rows'), await held('events')];
    await used(where, (ledger) => ledger.pause(open, 60_000));
    const { contacts, optOuts } = (await (await adminOf(where)).status()).holds ?? {};
    const counted = { contacts, optOuts };
    expect(counted).toMatchObject({ contacts: [{ contacts: 5 }], optOuts: 1 });
    await site().raw(
      where,
      `drop table numbers; alter table runs drop column reaches; delete from migrations where number > 1;
       alter table accounts drop column contacts; delete from meta where name in ('opt-outs', 'newest');
       ${['same_as', 'decided_at', 'decided_by', 'decided_why'].map((name) => `alter table accounts drop column ${name};`).join(' ')}
       create unique index accounts_name on accounts (vendor, name) where name is not null;
       insert into accounts (vendor, name, created_at) values ('mmdial', 'north', 1), ('mmdial', 'South', 1);
       insert into account_aliases (vendor, alias, account, created_at)
         select 'mmdial', 'place:loopback#ops', no, 1 from accounts where name = 'north';
       update paces set next_at = next_at / 1000;
       insert into do_not_call (phone, reason, added_at) values ('+5491123456789', 'asked', 1)`,
    );
    const admin = await adminOf(where);
    expect(await admin.status()).toMatchObject({ schema: { found: 1, known: 5 } });
    expect((await admin.check()).findings).toEqual([]);
    await refused(admin.backup(await backups(), false), 'ledger.behind', 6);
    expect(await admin.migrate()).toMatchObject({ from: 1, to: 5 });
    expect((await admin.status()).holds?.contacts[0]).toMatchObject({ contacts: 5 });
    expect((await admin.status()).holds).toMatchObject({ optOuts: 1 });
    expect((await admin.status()).newest).toBeGreaterThan(0);
    await used(where, async (ledger) => {
      const find = (name: string | null, more = {}) =>
        ledger.findAccount(
          accountRef({
            vendor: 'mmdial',
            url: 'http://localhost:1',
            marks: ['ops'],
            name,
            sandbox: false,
            ...more,
          }),
        );
      const [, north, south] = (await ledger.accounts()).map(({ id }) => id);
      expect(await Promise.all([find('NORTH'), find('south'), find(null)])).toEqual([north, south, null]);
      expect(await find('north', { url: 'https://other.example' })).toBe(null);
    });
    expect((await admin.check()).findings).toEqual([]);
    expect([await held('rows'), await held('events')]).toEqual(before);
    await used(where, async (ledger) => {
      const lock = await ledger.lock('push 1 import', owner());
      expect(await ledger.run(finished)).toMatchObject({ outdated: true });
      await refused(ledger.claim(open, lock, { items: 1, bytes: 1e9 }), 'run.plan-out-of-date', 10);
      expect(await all(ledger.blocked(['+5491123456789']))).toMatchObject([{ phone: '+541123456789' }]);
      expect((await ledger.block([{ phone: phone(6), reason: 'asked' }])).blockedRows).toBe(1);
      expect(await states(ledger, open)).toEqual(['in-doubt', 'blocked', 'ready']);
      expect(await ledger.abandon(open, 'Planned by an older program.')).toBe(1);
      const again = await prepare(ledger, [person(1, 1), person(2, 6), person(3, 7)]);
      expect(again.rows.map(({ state }) => state)).toEqual(['duplicate', 'blocked', 'ready']);
      const { waitMs } = await ledger.claim(again.run, again.lock, { items: 1, bytes: 1e9 });
      expect(waitMs).toBeGreaterThan(50_000);
    });
  });

  test('a backup is one whole moment, while others write', async () => {
    const where = await site().place();
    await fill(where);
    const before = await told(where);
    const writer = await openLedger(where, world);
    const writing: Promise<unknown>[] = [];
    let done: LedgerCopy | null = null;
    const admin = await adminOf(where, () => {
      const n = 1_000 + writing.length;
      if (done === null) writing.push(writer.block([{ phone: phone(n), reason: 'meanwhile' }]));
    });
    const phones = Array.from({ length: 3_000 }, (_, n) => ({ phone: phone(10_000 + n), reason: 'many' }));
    await writer.block(phones);
    const file = await backups();
    done = await admin.backup(file, false);
    await Promise.all(writing);
    await writer.close();
    expect(writing.length).toBeGreaterThan(3);
    expect(done.tables.find(({ table }) => table === 'do_not_call')?.rows).toBe(3_001);
    await refused(openLedger(file, world), 'ledger.backup', 6);
    await refused(admin.backup(file, false), 'ledger.exists', 6);
    await admin.backup(file, true);
    expect((await (await adminOf(file)).check()).findings).toEqual([]);
    const restored = await site().place();
    await (await adminOf(file)).copy(restored);
    await refused(openLedger(restored, world), 'ledger.backup', 6);
    expect(await (await adminOf(restored)).adopt(true)).toMatchObject({ mark: { kind: 'backup' } });
    expect((await told(restored)).slice(0, 200)).toBe(before.slice(0, 200));
  });
}

/** Where copies and backups go; set by the test file. */
export let targets: readonly (() => Promise<string>)[] = [];
export let backups: () => Promise<string> = () => Promise.reject(new Error('not set'));
export const setTargets = (to: typeof targets, files: typeof backups): void => {
  targets = to;
  backups = files;
};

/** Runs a copy that dies: in the middle, when the copy is stored, when the old ledger is marked. */
async function cutOff(from: string, to: string, at: number): Promise<void> {
  const { copyLedger } = await import('../../src/ledger/admin/copy.js');
  const { openKeeper, openTarget } = await import('../../src/ledger/admin/index.js');
  const keeper = await openKeeper(from, world, true);
  const target = await openTarget(to, world);
  const dead = new Error('cut off');
  const dying: typeof target = {
    ...target,
    load: async (work) => {
      const size = await target.load(async (copy, db) => {
        await work(copy, db);
        if (at === 1) throw dead;
      });
      if (at === 2) throw dead;
      return size;
    },
    arrived: (mark) => (at === 3 ? Promise.reject(dead) : target.arrived(mark)),
  };
  await expect(copyLedger(keeper, dying, () => Promise.resolve())).rejects.toThrow('cut off');
  await target.close();
  await keeper.close();
}

const one = `run = 1 and row = 1`;

/** What the check must find, and how it comes about; one after the other in one ledger. */
const flaws: readonly (readonly [string, string])[] = [
  ['schema', 'drop index rows_live'],
  [
    'two-live',
    'update rows set key = (select key from rows where run = 3 and row = 2) where run = 3 and row = 3',
  ],
  ['unsealed-sent', 'update runs set sealed_at = null where no = 2'],
  ['no-number', 'delete from numbers where run = 3 and row = 3'],
  ['number-without-row', 'update numbers set row = 9 where run = 3 and row = 2'],
  ['row-lost', 'delete from rows where run = 3 and row = 2'],
  ['foreign-row', `update rows set history = 77 where ${one}`],
  ['ownerless', `update rows set state = 'sending', owner = 'nobody' where run = 3 and row = 1`],
  ['late-event', `update events set attempt = 9 where ${one}`],
  ['no-attempt', `update rows set attempt = 0 where ${one}`],
  ['no-event', `delete from events where ${one}`],
  ['event-without-row', 'delete from rows where run = 3 and row = 1'],
  ['lost-successor', `update rows set superseded_row = 9 where ${one}`],
  ['half-superseded', `update rows set superseded_row = null where ${one}`],
  ['no-run', 'delete from runs where no = 2'],
];
