import { expect } from 'vitest';
import {
  all,
  claimAll,
  never,
  outcomes,
  owner,
  person,
  phone,
  prepare,
  push,
  refused,
  source,
  states,
  type Check,
} from './ledger-bench.js';

const locks: Check[] = [
  {
    name: 'a lock has one holder, who is named to the others',
    run: async ({ ledger, another }) => {
      const handles = [ledger, await another()];
      const tries = await Promise.allSettled(
        [0, 1, 0, 1].map((i) => (handles[i] ?? ledger).lock('import', owner())),
      );
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const error = await ledger.lock('import', owner()).catch((caught: unknown) => caught as Error);
      expect(error).toMatchObject({ code: 'run.locked', exit: 11 });
      expect((error as Error).message).toMatch(/Process \d+ on desk .* since 2026-01-15T12:00:00.000Z/);
      await ledger.lock('another', owner());
    },
  },
  {
    name: 'a lock is taken over from a dead holder, or from one that cannot be asked and was silent for a minute',
    run: async ({ ledger, alive, clock }) => {
      const [a, b, c] = [owner(), owner(), owner()];
      const first = await ledger.lock('import', a);
      clock.wall += 3_600_000;
      await refused(ledger.lock('import', b), 'run.locked', 11);
      alive.set(a.id, null);
      expect(await ledger.heartbeat(first)).toBe(true);
      clock.wall += 60_000;
      await refused(ledger.lock('import', b), 'run.locked', 11);
      clock.wall += 1;
      const second = await ledger.lock('import', b);
      expect(second.epoch).toBeGreaterThan(first.epoch);
      expect(await ledger.heartbeat(first)).toBe(false);
      alive.set(b.id, false);
      const third = await ledger.lock('import', c);
      expect(third.epoch).toBeGreaterThan(second.epoch);
      await ledger.unlock(second);
      await refused(ledger.lock('import', owner()), 'run.locked', 11);
      await ledger.unlock(third);
      expect((await ledger.lock('import', owner())).epoch).toBeGreaterThan(third.epoch);
    },
  },
];

const resolving: Check[] = [
  {
    name: 'T9: a person settles a row in doubt as delivered, not sent or abandoned, with a reason',
    run: async ({ ledger }) => {
      const prepared = await prepare(
        ledger,
        [1, 2, 3].map((n) => person(n, n)),
      );
      await push(ledger, prepared, outcomes['in-doubt']);
      const { run } = prepared;
      expect(await ledger.resolve(run, 1, 'delivered', 'Seen.')).toMatchObject({
        state: 'delivered',
        reason: 'Seen.',
      });
      expect(await ledger.resolve(run, 2, 'not-sent', 'Asked.')).toMatchObject({ state: 'ready' });
      expect(await ledger.resolve(run, 3, 'abandoned', 'Old.')).toMatchObject({ state: 'abandoned' });
      expect(await states(ledger, run)).toEqual(['delivered', 'ready', 'abandoned']);
      expect((await claimAll(ledger, prepared)).rows).toMatchObject([{ row: 2, attempt: 2 }]);
    },
  },
  {
    name: 'T9: what was never sent can be given up; nothing else can be resolved',
    run: async ({ ledger }) => {
      const held = { state: 'held', code: 'phone.ambiguous', reason: 'Two readings.' } as const;
      const rows = [person(1, 1), person(2, 2, held), person(3, 3), person(4, 4)];
      const prepared = await prepare(ledger, rows);
      const { run, lock } = prepared;
      for (const as of ['delivered', 'not-sent'] as const) {
        await refused(ledger.resolve(run, 1, as, 'x'), 'row.not-resolvable', 2);
        await refused(ledger.resolve(run, 2, as, 'x'), 'row.not-resolvable', 2);
      }
      await ledger.resolve(run, 1, 'abandoned', 'x');
      await ledger.resolve(run, 2, 'abandoned', 'x');
      const { claim } = await ledger.claim(run, lock, { items: 1, bytes: 1_000 });
      await refused(ledger.resolve(run, 3, 'abandoned', 'x'), 'row.not-resolvable', 2);
      if (claim) await ledger.settle(claim, [{ row: 3, outcome: outcomes.delivered }]);
      await refused(ledger.resolve(run, 3, 'abandoned', 'x'), 'row.not-resolvable', 2);
      await refused(ledger.resolve(run, 9, 'abandoned', 'x'), 'row.unknown', 2);
      expect(await states(ledger, run)).toEqual(['abandoned', 'abandoned', 'delivered', 'ready']);
    },
  },
];

const blocking: Check[] = [
  {
    name: 'T10: blocking a number blocks its ready rows at once, sealed or not, of runs that reach people',
    run: async ({ ledger }) => {
      const sealed = await prepare(ledger, [person(1, 1), person(2, 2)]);
      const open = await prepare(ledger, [person(1, 1)], {
        sealed: false,
        draft: { scope: 'else', operation: 'add' },
      });
      const silent = await prepare(ledger, [person(1, 1)], { draft: { scope: 'dnc', reachesPerson: false } });
      const entries = [1, 1, 8].map((n) => ({ phone: phone(n), reason: 'Asked.' }));
      expect(await ledger.block(entries)).toMatchObject({ added: 2, blockedRows: 2 });
      expect(await ledger.block(entries)).toMatchObject({ added: 0, blockedRows: 0 });
      expect(await states(ledger, sealed.run)).toEqual(['blocked', 'ready']);
      expect(await states(ledger, open.run)).toEqual(['blocked']);
      expect(await states(ledger, silent.run)).toEqual(['ready']);
      expect((await claimAll(ledger, silent)).rows).toHaveLength(1);
      const more = await ledger.addRows(open.run, [person(2, 8)], never);
      expect(more).toMatchObject([{ state: 'blocked', code: 'dnc.listed' }]);
      await ledger.seal(open.run, source, []);
      const quiet = await prepare(ledger, [person(1, 8)], { draft: { scope: 'dnc', reachesPerson: false } });
      expect(quiet.rows[0]?.state).toBe('ready');
    },
  },
  {
    name: 'a number kept as written blocks the ready rows of every number it may mean, and those planned later',
    run: async ({ ledger }) => {
      const { run } = await prepare(ledger, [person(1, 1), person(2, 2), person(3, 3)], { sealed: false });
      const entries = [phone(1).slice(3), phone(2).slice(1)].map((digits) => ({
        phone: `?${digits}`,
        reason: 'Asked.',
      }));
      expect(await ledger.block(entries)).toMatchObject({ added: 2, blockedRows: 2 });
      expect(await states(ledger, run)).toEqual(['blocked', 'blocked', 'ready']);
      await ledger.block([{ phone: `?${phone(8).slice(3)}`, reason: 'Asked.' }]);
      const more = await ledger.addRows(run, [person(4, 8), person(5, 9)], never);
      expect(more).toMatchObject([{ state: 'blocked', code: 'dnc.listed' }, { state: 'ready' }]);
    },
  },
  {
    name: 'the do-not-call list: in order, looked up, taken off with a reason',
    run: async ({ ledger, clock }) => {
      const many = Array.from({ length: 2_500 }, (_, i) => ({ phone: phone(i), reason: 'Import.' }));
      expect((await ledger.block(many)).added).toBe(2_500);
      const list = await all(ledger.blocked());
      expect(list.map((entry) => entry.phone)).toEqual(many.map((entry) => entry.phone));
      expect(list[0]).toEqual({ phone: phone(0), reason: 'Import.', addedAt: clock.wall });
      expect((await all(ledger.blocked([phone(7), '+1', phone(3)]))).map((e) => e.phone)).toEqual([
        phone(3),
        phone(7),
      ]);
      expect(await all(ledger.blocked([]))).toEqual([]);
      expect(await ledger.unblock([phone(3), phone(3), '+1'], 'A mistake.')).toBe(1);
      expect(await all(ledger.blocked([phone(3)]))).toEqual([]);
      expect((await ledger.block([{ phone: phone(3), reason: 'Again.' }])).added).toBe(1);
    },
  },
];

const rest: Check[] = [
  {
    name: 'an account is found by any alias, and learns new ones',
    run: async ({ ledger }) => {
      const ref = (name: string | null, ...aliases: string[]) =>
        ledger.account({ vendor: 'mmdial', name, aliases });
      const a = await ref(null, 'token:1', 'profile:p');
      expect(await ref(null, 'token:2', 'profile:p')).toBe(a);
      expect(await ref(null, 'token:2')).toBe(a);
      expect(await ref(null, 'token:3')).not.toBe(a);
      expect(await ledger.account({ vendor: 'other', name: null, aliases: ['token:1'] })).not.toBe(a);
    },
  },
  {
    name: 'runs are listed newest first, however the clock goes, and found by prefix',
    run: async ({ ledger, clock }) => {
      const ids: string[] = [];
      for (const step of [0, 1_000, -7_200_000, 0]) {
        clock.wall += step;
        ids.unshift((await prepare(ledger, [])).run);
      }
      for (const id of ids) expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
      expect((await ledger.runs(10)).map(({ id }) => id)).toEqual(ids);
      expect((await ledger.runs(2)).map(({ id }) => id)).toEqual(ids.slice(0, 2));
      const [newest] = ids;
      expect((await ledger.runsByPrefix(newest ?? '')).map(({ id }) => id)).toEqual([newest]);
      expect(
        (await ledger.runsByPrefix((newest ?? '').slice(0, 24).toLowerCase())).map(({ id }) => id),
      ).toContain(newest);
      expect(await ledger.runsByPrefix('ZZ')).toEqual([]);
      expect(await ledger.run('ZZ')).toBeNull();
      expect(await ledger.run(newest ?? '')).toMatchObject({
        scope: 'sales-q.import',
        settings: { country: 'DE' },
      });
    },
  },
  {
    name: 'a phone that a last copy told is heeded by the do-not-call list',
    run: async ({ ledger }) => {
      const leads = [1, 2, 3].map((n) => person(n, n, { key: n === 3 ? null : `lead-${n}`, phone: null }));
      const prepared = await prepare(ledger, leads, { draft: { scope: 'remove' } });
      const { run, lock } = prepared;
      await ledger.block([{ phone: phone(1), reason: 'Asked.' }]);
      for (const n of [1, 2, 3]) await ledger.keep(run, n, { id: `lead-${n}` }, phone(n));
      expect(await states(ledger, run)).toEqual(['ready', 'ready', 'ready']);
      expect(await ledger.block([{ phone: phone(3), reason: 'Asked.' }])).toMatchObject({
        added: 1,
        blockedRows: 1,
      });
      const { claim, blocked } = await ledger.claim(run, lock, { items: 3, bytes: 1_000 });
      expect([claim?.rows.map(({ row }) => row), blocked.map(({ row }) => row)]).toEqual([[2], [1]]);
      expect(claim?.rows[0]?.phone).toBe(phone(2));
    },
  },
  {
    name: 'every last copy is kept, even a second one of the same row',
    run: async ({ ledger }) => {
      const { run } = await prepare(ledger, [person(1, 1), person(2, 2)]);
      await ledger.keep(run, 2, { id: 'b' }, null);
      await ledger.keep(run, 1, { id: 'a', chat: ['hello'] }, null);
      await ledger.keep(run, 1, null, null);
      expect(await all(ledger.kept(run))).toEqual([
        { row: 1, record: { id: 'a', chat: ['hello'] } },
        { row: 1, record: null },
        { row: 2, record: { id: 'b' } },
      ]);
    },
  },
];

export const peopleChecks: readonly Check[] = [...locks, ...resolving, ...blocking, ...rest];
