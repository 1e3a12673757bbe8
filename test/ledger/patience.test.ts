import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqlLedger } from '../../src/ledger/ledger.js';
import { openSqlite } from '../../src/ledger/sqlite/open.js';
import {
  claimAll,
  never,
  outcomes,
  person,
  prepare,
  refused,
  states,
  TestClock,
} from '../contract/ledger-bench.js';
import { tempFolder } from './sqlite-bench.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(() => folder.remove());

const large = { ...outcomes.delivered, detail: { said: 'x'.repeat(200_000) } };

/** A ledger on a disk that is full, with an answer that has no room on it; `more` makes room. */
async function full(clock: TestClock) {
  const file = join(folder.path, 'ledger.db');
  const { store, database } = await openSqlite(file, { clock, host: 'desk', processAlive: () => true });
  const ledger = new SqlLedger(store);
  const prepared = await prepare(ledger, [person(1, 1)]);
  const claim = await claimAll(ledger, prepared);
  const { page_count: pages } = database.prepare('pragma page_count').get() as { page_count: number };
  database.exec(`pragma max_page_count = ${pages + 2}`);
  const more = (): void => database.exec('pragma max_page_count = 100000');
  const settle = () => ledger.settle(claim, [{ row: 1, outcome: large }]);
  return { ledger, run: prepared.run, more, settle };
}

test('an answer in hand waits for room on a full disk', async () => {
  const { ledger, run, more, settle } = await full(new TestClock());
  const settling = settle();
  setTimeout(more, 100);
  expect(await settling).toMatchObject([{ state: 'delivered' }]);
  expect(await states(ledger, run)).toEqual(['delivered']);
  await ledger.close();
});

test('a minute, not longer; then the row is as it was, and the run ends with exit 5', async () => {
  const clock = new TestClock();
  let slept = 0;
  clock.monotonic = () => slept;
  clock.sleep = (ms) => {
    slept += ms;
    return new Promise((done) => setImmediate(done));
  };
  const { ledger, run, settle } = await full(clock);
  slept = 0;
  await refused(settle(), 'ledger.disk-full', 5);
  expect(slept).toBeGreaterThanOrEqual(60_000);
  expect(slept).toBeLessThan(63_000);
  expect(await states(ledger, run)).toEqual(['sending']);
  await ledger.close();
});

test('what can be asked again is not waited for', async () => {
  const { ledger } = await full(new TestClock());
  const { run } = await prepare(ledger, [], { sealed: false, draft: { operation: 'add' } });
  const many = Array.from({ length: 1_000 }, (_, n) => person(n + 2, n + 2));
  await refused(ledger.addRows(run, many, never), 'ledger.disk-full', 5);
  await ledger.close();
});
