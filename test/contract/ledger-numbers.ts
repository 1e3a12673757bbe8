import { expect } from 'vitest';
import type { Reaches } from '../../src/core/gate.js';
import type { Ledger, PlannedRow } from '../../src/core/ledger.js';
import { lookUp, type Cleared, type OutgoingNumber } from '../../src/core/number.js';
import {
  all,
  claimAll,
  large,
  never,
  numberOf,
  outcomes,
  person,
  phone,
  prepare,
  push,
  refused,
  source,
  states,
  type Check,
  type Prepared,
} from './ledger-bench.js';

const asked = (...numbers: number[]) => numbers.map((n) => ({ phone: phone(n), reason: 'Asked.' }));

/** Row of person n that would ring number `other` too. */
const withSecond = (row: number, n: number, other: number, over: Partial<PlannedRow> = {}): PlannedRow =>
  person(row, n, {
    payload: { phone: numberOf(n, true), more: [{ alt: numberOf(other, true) }] },
    ...over,
  });

/** A run whose rows reach people like this. */
const reaching = (reaches: Reaches, scope = 'edit') => ({ draft: { reaches, scope } });

/** A row of a vendor's lead, of which only its id is known. */
const lead = (row: number, over: Partial<PlannedRow> = {}): PlannedRow =>
  person(row, row, { key: `lead-${row}`, phone: null, payload: { id: `lead-${row}` }, ...over });

const claimed = async (
  ledger: Ledger,
  { run, lock }: Prepared,
): Promise<[number[], [number, string | null][]]> => {
  const { claim, blocked } = await ledger.claim(run, lock, large);
  return [
    claim?.rows.map(({ row }) => row) ?? [],
    blocked.map(({ row, state, code }) => [row, state === 'blocked' ? code : state]),
  ];
};

/** The numbers that would leave, wherever they stand. */
function outgoing({ payload }: Cleared): string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('e164' in value) found.push((value as OutgoingNumber).e164());
    else Object.values(value).forEach(walk);
  };
  walk(payload);
  return found;
}

/** Row of person n whose file says that they want no contact. */
const refusing = (row: number, n: number): PlannedRow =>
  person(row, n, {
    state: 'held',
    code: 'consent.refused',
    reason: 'No.',
    key: null,
    payload: null,
    bytes: 0,
  });

/** Every way a row can name a number. */
const ways: Readonly<Record<string, (n: number) => Partial<PlannedRow>>> = {
  'as its phone': (n) => ({ phone: phone(n) }),
  'as its key': (n) => ({ key: phone(n) }),
  'in its payload, dialled': (n) => ({ payload: { at: numberOf(n, true) } }),
  'in its payload, kept': (n) => ({ payload: { at: numberOf(n, false) } }),
  'as its phone and in its payload, kept': (n) => ({
    phone: phone(n),
    payload: { at: numberOf(n, false) },
  }),
};

const agreement: Check[] = (['nobody', 'by-number', 'by-id'] as const).flatMap((reaches) =>
  Object.entries(ways).map(([way, named]): Check => ({
    name: `adding to the list and asking it stop the same rows: ${reaches}, a number ${way}`,
    run: async ({ ledger }) => {
      const row = (over: Partial<PlannedRow>): PlannedRow => lead(1, { payload: { id: 'x' }, ...over });
      const planned = await prepare(ledger, [row(named(8))], reaching(reaches));
      await ledger.block(asked(8, 9));
      const asking = await prepare(ledger, [row(named(9))], reaching(reaches, 'edit again'));
      expect(await states(ledger, planned.run)).toEqual(await states(ledger, asking.run));
    },
  })),
);

/** The same numbers in every run: a simple generator from a seed. */
function draws(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const shared: Check[] = [
  ...[1, 2, 3, 4].map((seed): Check => ({
    name: `no number leaves twice, whichever rows bear it and as whichever of their numbers: file ${seed}`,
    run: async ({ ledger, another }) => {
      const draw = draws(seed);
      const rows = (): PlannedRow[] =>
        Array.from({ length: 12 }, (_, at) =>
          draw(3) === 0 ? person(at + 1, draw(20)) : withSecond(at + 1, draw(20), draw(20)),
        );
      const left = new Map<string, number>();
      for (const on of [ledger, await another(), ledger]) {
        const planned = await prepare(on, rows());
        expect(planned.rows).toHaveLength(12);
        const { claim } = await on.claim(planned.run, planned.lock, large);
        if (!claim) continue;
        for (const row of claim.cleared) {
          const { phone: main } = claim.rows.find((one) => one.row === row.row) ?? {};
          for (const number of new Set([main ?? '', ...outgoing(row)]))
            left.set(number, (left.get(number) ?? 0) + 1);
        }
        await on.settle(
          claim,
          claim.rows.map(({ row }) => ({ row, outcome: outcomes[draw(4) === 0 ? 'in-doubt' : 'delivered'] })),
        );
      }
      expect([...left].filter(([, times]) => times > 1)).toEqual([]);
      expect(left.size).toBeGreaterThan(10);
    },
  })),
  {
    name: 'a row that goes without its second number says so until it is delivered, and when it is put off',
    run: async ({ ledger }) => {
      await push(ledger, await prepare(ledger, [withSecond(1, 1, 9)]), outcomes.delivered);
      const planned = await prepare(ledger, [withSecond(1, 2, 9), withSecond(2, 3, 8)]);
      const said = async (): Promise<unknown[]> =>
        (await all(ledger.rows(planned.run))).map(({ state, code, reason }) => [
          state,
          code,
          reason !== null,
        ]);
      expect(await said()).toEqual([
        ['ready', 'number.shared', true],
        ['ready', null, false],
      ]);
      await push(ledger, planned, outcomes.deferred);
      expect((await said())[0]).toEqual(['ready', 'number.shared', true]);
      await push(ledger, planned, outcomes.delivered);
      expect(await said()).toEqual([
        ['delivered', 'number.shared', true],
        ['delivered', null, false],
      ]);
    },
  },
  {
    name: 'a second number of a row that was refused is free again',
    run: async ({ ledger }) => {
      await push(ledger, await prepare(ledger, [withSecond(1, 1, 9)]), outcomes.rejected);
      const again = await prepare(ledger, [withSecond(1, 2, 9), person(2, 9)]);
      expect(again.rows.map(({ state, code }) => [state, code])).toEqual([
        ['ready', null],
        ['duplicate', 'duplicate.in-file'],
      ]);
    },
  },
];

const second: Check[] = [
  {
    name: 'a plan that holds a person by their refusal blocks what is ready for them elsewhere once it is sealed',
    run: async ({ ledger, another }) => {
      const old = await prepare(ledger, [person(1, 1), person(2, 2), withSecond(3, 3, 1), person(4, 4)]);
      const other = await another();
      const open = await prepare(other, [refusing(1, 1), refusing(2, 9)], {
        sealed: false,
        draft: { operation: 'add' },
      });
      expect(await states(ledger, old.run)).toEqual(['ready', 'ready', 'ready', 'ready']);
      await other.seal(open.run, source, []);
      expect(await states(ledger, old.run)).toEqual(['blocked', 'ready', 'blocked', 'ready']);
      expect((await all(ledger.events(old.run, 1))).map(({ kind, code }) => [kind, code])).toEqual([
        ['blocked', 'consent.refused'],
      ]);
      expect(await claimed(ledger, old)).toEqual([[2, 4], []]);
      expect(await all(ledger.blocked())).toEqual([]);
    },
  },
  {
    name: 'a listed second number blocks its row: listed before planning',
    run: async ({ ledger }) => {
      await ledger.block(asked(8));
      const { rows } = await prepare(ledger, [withSecond(1, 1, 8), withSecond(2, 2, 9)]);
      expect(rows.map(({ state, code }) => [state, code])).toEqual([
        ['blocked', 'dnc.listed'],
        ['ready', null],
      ]);
    },
  },
  {
    name: 'a listed second number blocks its row: listed after planning, at once, sealed or not',
    run: async ({ ledger, another }) => {
      const sealed = await prepare(ledger, [withSecond(1, 1, 8), withSecond(2, 2, 9)]);
      const open = await prepare(ledger, [withSecond(1, 3, 8)], {
        sealed: false,
        draft: { operation: 'add' },
      });
      expect(await (await another()).block(asked(8))).toEqual({ added: 1, blockedRows: 2 });
      expect(await states(ledger, sealed.run)).toEqual(['blocked', 'ready']);
      expect(await states(ledger, open.run)).toEqual(['blocked']);
      expect((await all(ledger.events(sealed.run, 1))).map(({ kind, code }) => [kind, code])).toEqual([
        ['blocked', 'dnc.listed'],
      ]);
      expect(await claimed(ledger, sealed)).toEqual([[2], []]);
    },
  },
  {
    name: 'a listed second number blocks its row: listed while it was being sent, and it came back',
    run: async ({ ledger }) => {
      const prepared = await prepare(ledger, [withSecond(1, 1, 8), withSecond(2, 2, 9)]);
      const claim = await claimAll(ledger, prepared);
      expect(await ledger.block(asked(8))).toEqual({ added: 1, blockedRows: 0 });
      expect(await ledger.underWay([phone(8)])).toMatchObject([{ row: 1, phone: phone(8) }]);
      await ledger.settle(
        claim,
        claim.rows.map(({ row }) => ({ row, outcome: outcomes['not-sent'] })),
      );
      expect(await claimed(ledger, prepared)).toEqual([[2], [[1, 'dnc.listed']]]);
    },
  },
  {
    name: 'a listed number that the vendor only keeps, and never rings, blocks nobody',
    run: async ({ ledger }) => {
      await ledger.block(asked(8));
      const payload = { phone: numberOf(1, true), note: numberOf(8, false) };
      const prepared = await prepare(ledger, [person(1, 1, { payload })]);
      await ledger.unblock([phone(8)], 'A mistake.');
      expect((await ledger.block(asked(8))).blockedRows).toBe(0);
      expect(await claimed(ledger, prepared)).toEqual([[1], []]);
      expect(await ledger.underWay([phone(8)])).toEqual([]);
    },
  },
  {
    name: 'two numbers of one row are listed at once: it is blocked once',
    run: async ({ ledger }) => {
      const { run } = await prepare(ledger, [withSecond(1, 1, 8)]);
      expect(await ledger.block(asked(1, 8))).toEqual({ added: 2, blockedRows: 1 });
      expect(await all(ledger.events(run))).toHaveLength(1);
    },
  },
  {
    name: 'what is cleared is what was planned, number by number, in the order of the rows',
    run: async ({ ledger, another }) => {
      const rows = [withSecond(1, 1, 8), person(2, 2, { payload: { $id: 'x', phone: numberOf(2, true) } })];
      const prepared = await prepare(ledger, rows);
      const claim = await claimAll(await another(), prepared);
      expect(claim.cleared.map(({ row }) => row)).toEqual(claim.rows.map(({ row }) => row));
      expect(claim.cleared.map(({ ref }) => ref)).toEqual(rows.map(({ ref }) => ref));
      expect(claim.cleared.map(outgoing)).toEqual([[phone(1), phone(8)], [phone(2)]]);
      const { phone: number } = claim.cleared[1]?.payload as unknown as { phone: OutgoingNumber };
      expect([number.written(), claim.cleared[1]?.payload['$id']]).toEqual(['0178 2', 'x']);
      const stored = await all(ledger.rows(prepared.run));
      expect(
        stored.map(({ payload, ...row }) => outgoing({ ...row, payload: lookUp(payload ?? {}) })),
      ).toEqual(claim.cleared.map(outgoing));
      expect(JSON.stringify([stored, claim.rows])).not.toContain('0178 2');
    },
  },
];

const records: Check[] = [
  {
    name: 'every phone that a last copy showed is heeded: by id, and beside the number of the row',
    run: async ({ ledger }) => {
      const rows = [lead(1), lead(2), person(3, 3, { key: 'lead-3' })];
      const prepared = await prepare(ledger, rows, reaching('by-id'));
      const { run } = prepared;
      await ledger.keep(run, 1, {}, phone(11), [phone(12)]);
      await ledger.keep(run, 2, {}, phone(21), [phone(22), phone(23)]);
      await ledger.keep(run, 3, {}, phone(31), [phone(32)]);
      expect((await all(ledger.rows(run))).map((row) => row.phone)).toEqual([phone(11), phone(21), phone(3)]);
      expect(await ledger.block(asked(12))).toEqual({ added: 1, blockedRows: 1 });
      await ledger.unblock([phone(12)], 'A mistake.');
      await ledger.block(asked(32));
      expect(await states(ledger, run)).toEqual(['blocked', 'ready', 'blocked']);
      const claim = await claimAll(ledger, prepared);
      expect(await ledger.underWay([phone(23), phone(21)])).toHaveLength(2);
      await ledger.block(asked(23));
      await ledger.settle(claim, [{ row: 2, outcome: outcomes['not-sent'] }]);
      expect(await claimed(ledger, prepared)).toEqual([[], [[2, 'dnc.listed']]]);
    },
  },
  {
    name: 'a lead of which nobody knows whose it is does not leave: phone.unknown',
    run: async ({ ledger }) => {
      const prepared = await prepare(ledger, [lead(1), lead(2)], reaching('by-id'));
      await ledger.keep(prepared.run, 1, { id: 'lead-1' }, null);
      await ledger.keep(prepared.run, 2, { id: 'lead-2' }, phone(2));
      expect(await claimed(ledger, prepared)).toEqual([[2], [[1, 'phone.unknown']]]);
      expect(await states(ledger, prepared.run)).toEqual(['blocked', 'sending']);
      expect((await all(ledger.events(prepared.run, 1))).at(-1)).toMatchObject({
        kind: 'blocked',
        code: 'phone.unknown',
      });
    },
  },
];

const silent: Check[] = [
  {
    name: 'where nobody hears of a row, a number that is rung because of it counts all the same, and no other does',
    run: async ({ ledger }) => {
      const edit = (row: number, n: number) =>
        lead(row, { payload: { id: `lead-${row}`, phone: numberOf(n, true) } });
      await ledger.block(asked(1));
      const rows = [edit(1, 1), edit(2, 2), edit(3, 3), lead(4, { phone: phone(1) })];
      const prepared = await prepare(ledger, rows, reaching('nobody'));
      expect(prepared.rows.map(({ state }) => state)).toEqual(['blocked', 'ready', 'ready', 'ready']);
      expect((await ledger.block(asked(2, 4))).blockedRows).toBe(1);
      const claim = await claimAll(ledger, prepared);
      expect(claim.rows.map(({ row }) => row)).toEqual([3, 4]);
      expect(await ledger.underWay([phone(3), phone(1)])).toMatchObject([{ row: 3 }]);
      await ledger.block(asked(3));
      await ledger.settle(
        claim,
        claim.rows.map(({ row }) => ({ row, outcome: outcomes['not-sent'] })),
      );
      expect(await claimed(ledger, prepared)).toEqual([[4], [[3, 'dnc.listed']]]);
    },
  },
  {
    name: 'what ends a contact leaves for people on the list, whatever its record shows',
    run: async ({ ledger }) => {
      await ledger.block(asked(1, 2));
      const cancel = person(1, 1, { payload: { phone: numberOf(1, false) } });
      const prepared = await prepare(ledger, [cancel, lead(2)], reaching('nobody', 'cancel'));
      await ledger.keep(prepared.run, 2, {}, phone(2), [phone(22)]);
      expect((await ledger.block(asked(22))).blockedRows).toBe(0);
      expect(await claimed(ledger, prepared)).toEqual([[1, 2], []]);
      expect(await ledger.underWay([phone(1), phone(2), phone(22)])).toEqual([]);
    },
  },
];

const releases: Check[] = [
  {
    name: 'what comes back from doubt is judged by all its numbers: by reading back and by a person',
    run: async ({ ledger }) => {
      const prepared = await prepare(ledger, [withSecond(1, 1, 7), withSecond(2, 2, 8), withSecond(3, 3, 9)]);
      const { run, lock } = prepared;
      await push(ledger, prepared, outcomes['in-doubt']);
      await ledger.block(asked(7, 8));
      const taken = { row: 1, seen: 'taken-back', evidence: {} } as const;
      const rule = { settleMs: 0, apartMs: 0, absentMeansReady: true };
      expect(await ledger.reconcile(run, lock, [taken], rule)).toMatchObject([
        { state: 'blocked', code: 'dnc.listed' },
      ]);
      expect(await ledger.resolve(run, 2, 'not-sent', 'Asked them.')).toMatchObject({
        state: 'blocked',
        code: 'dnc.listed',
      });
      expect(await ledger.resolve(run, 3, 'not-sent', 'Asked them.')).toMatchObject({ state: 'ready' });
      expect(await states(ledger, run)).toEqual(['blocked', 'blocked', 'ready']);
      expect((await all(ledger.events(run, 2))).at(-1)).toMatchObject({
        kind: 'resolved',
        code: 'operator.not-sent',
        reason: 'Asked them.',
        detail: { from: 'in-doubt', to: 'blocked' },
      });
    },
  },
  {
    name: 'a person gives up what is left of a run, at once, and nothing else of it',
    run: async ({ ledger, another }) => {
      const rows = Array.from({ length: 1_000 }, (_, i) => person(i + 1, i + 1));
      const { run, lock } = await prepare(ledger, rows, { sealed: false });
      const held = { state: 'held', code: 'phone.ambiguous', reason: 'Two readings.' } as const;
      await ledger.addRows(run, [person(1_001, 5_001), person(1_002, 5_002, held)], never);
      const sealed = await ledger.run(run);
      if (!sealed) throw new Error('no run');
      await expect(ledger.abandon(run, 'Too early.')).rejects.toThrow();
      await ledger.seal(run, { ...sealed.source, sha256: sealed.source.sha256 }, []);
      const { claim } = await ledger.claim(run, lock, { items: 3, bytes: 1_000 });
      if (!claim) throw new Error('nothing claimed');
      await ledger.settle(claim, [{ row: 1, outcome: outcomes.delivered }]);
      expect(await ledger.abandon(run, 'The wrong file.')).toBe(998);
      expect(await ledger.abandon(run, 'The wrong file.')).toBe(0);
      const seen = await another();
      expect(await seen.counts(run)).toMatchObject({
        delivered: 1,
        'in-doubt': 2,
        abandoned: 998,
        held: 1,
        ready: 0,
      });
      expect(await all(seen.events(run, 1_001))).toMatchObject([
        {
          kind: 'resolved',
          code: 'operator.abandoned',
          reason: 'The wrong file.',
          detail: { from: 'ready' },
        },
      ]);
      expect((await all(seen.rows(run, { row: 4 })))[0]).toMatchObject({
        code: 'operator.abandoned',
        attempt: 0,
      });
      const again = await prepare(ledger, [person(1, 4), person(2, 2), person(3, 1)]);
      expect(again.rows.map(({ state }) => state)).toEqual(['ready', 'duplicate', 'duplicate']);
    },
  },
  {
    name: 'a run of a program that did not keep every number is not sent: it is given up, and pushed again',
    run: async ({ ledger, outdate }) => {
      const prepared = await prepare(ledger, [person(1, 1), person(2, 2)]);
      const { run, lock } = prepared;
      const other = await prepare(ledger, [person(1, 3)]);
      expect(await ledger.run(run)).toMatchObject({ outdated: false, reaches: 'by-number' });
      await outdate(run);
      expect(await ledger.run(run)).toMatchObject({ outdated: true });
      await refused(ledger.claim(run, lock, large), 'run.plan-out-of-date', 10);
      const error = await ledger.claim(run, lock, large).catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        hint: expect.stringContaining(`salesq runs abandon ${run} --reason`) as string,
      });
      expect(await states(ledger, run)).toEqual(['ready', 'ready']);
      expect((await ledger.block(asked(1))).blockedRows).toBe(1);
      expect(await ledger.abandon(run, 'Planned by an older program.')).toBe(1);
      expect((await claimAll(ledger, other)).rows).toHaveLength(1);
      const again = await prepare(ledger, [person(1, 1), person(2, 2)]);
      expect(await claimed(ledger, again)).toEqual([[2], []]);
    },
  },
];

export const numberChecks: readonly Check[] = [
  ...agreement,
  ...shared,
  ...second,
  ...records,
  ...silent,
  ...releases,
];
