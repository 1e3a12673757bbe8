import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.js';
import type { SealedObject } from '../../src/core/number.js';
import type { RowEvent } from '../../src/core/ledger.js';
import type { ReadBack } from '../../src/core/vendor.js';
import type { PushOperation } from '../../src/core/vendor.js';
import { reconcileRun } from '../../src/engine/reconcile.js';
import { commentLeads } from '../../src/vendors/calltouch/comment.js';
import { addLeads as comunik8Add } from '../../src/vendors/comunik8/add.js';
import { addLeads } from '../../src/vendors/mmdial/leads-add.js';
import { importLeads } from '../../src/vendors/sales-q/import.js';
import { digits, fictitious } from '../support/leads.js';
import { number } from '../support/rows.js';
import { type Received, sendJson, VendorServer } from '../support/vendor-server.js';
import { type DoubtfulRun, doubtfulRun, refOf } from './doubt-bench.js';
import { reconcileRun as byPosition } from './wrong/reconcile-by-position.js';
import { reconcileRun as ignoresSettleTime } from './wrong/reconcile-at-once.js';
import { reconcileRun as oneRead } from './wrong/reconcile-one-read.js';

type Engine = typeof reconcileRun;

const settleMs = 120_000;

let vendor: VendorServer;
let under: DoubtfulRun;
/** What the vendor answers each request with; `cut` for nothing. */
let answer: (request: Received) => unknown;

beforeEach(async () => {
  answer = () => ({ status: 'notfound' });
  vendor = await VendorServer.start((request, response, socket) => {
    const value = answer(request);
    if (value === 'cut') return void socket.destroy();
    return sendJson(response, value);
  });
});

afterEach(async () => {
  await under.close();
  await vendor.close();
});

const times = <T>(count: number, make: (row: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at + 1));

const begin = async (operation: PushOperation, payloads: readonly SealedObject[], options = {}) => {
  under = await doubtfulRun({ operation, options, url: vendor.url, payloads });
};
const leads = (count: number) =>
  begin(
    addLeads,
    times(count, (row) => ({
      data: { phone: number(fictitious(row)), leadid_external: refOf(row) },
      form: {},
    })),
    { doubletcheck_campaign: 'yes' },
  );
const chats = (count: number) =>
  begin(
    importLeads,
    times(count, (row) => ({ Phone: number(fictitious(row)), mappingId: refOf(row) })),
  );
const chat = (row: number): JsonObject => ({
  Phone: digits(row),
  Status: 'Open',
  state: 1,
  mappingId: refOf(row),
});

async function eventsOf(row: number): Promise<RowEvent[]> {
  const found: RowEvent[] = [];
  for await (const event of under.ledger.events(under.run.id, row)) found.push(event);
  return found;
}

/** T8: one absent answer is no proof, the second one is. */
async function oneReadIsNoProof(engine: Engine): Promise<void> {
  await leads(1);
  under.clock.pass(settleMs);
  await engine(under.request);
  expect(await under.states()).toEqual(['in-doubt']);
  under.clock.pass(15_000);
  await engine(under.request);
  expect(await under.states()).toEqual(['ready']);
}

/** T7: each row is what its own key finds, in whatever order the vendor shows them. */
async function joinsByKey(engine: Engine): Promise<void> {
  await chats(4);
  answer = () => ({ third: chat(3), first: chat(1), fifth: chat(5) });
  await engine(under.request);
  const found: unknown[] = [];
  for await (const { state, vendorId } of under.ledger.rows(under.run.id)) found.push([state, vendorId]);
  expect(found).toEqual([
    ['delivered', 'first'],
    ['in-doubt', null],
    ['delivered', 'third'],
    ['in-doubt', null],
  ]);
}

/** What is absent before the settle time may still be on its way, however often it is asked for. */
async function heedsTheSettleTime(engine: Engine): Promise<void> {
  await leads(1);
  for (let look = 0; look < 4; look += 1) {
    under.clock.pass(20_000);
    await engine(under.request);
  }
  under.clock.pass(30_000);
  answer = () => {
    under.clock.pass(4_000);
    return { status: 'notfound' };
  };
  // Asked for before the settle time, and answered after it.
  await engine(under.request);
  await engine(under.request);
  expect(await under.states()).toEqual(['in-doubt']);
}

describe('reading back', () => {
  it('takes two absences for what one does not prove', () => oneReadIsNoProof(reconcileRun));
  it('joins by key, never by position', () => joinsByKey(reconcileRun));
  it('counts no absence before the settle time', () => heedsTheSettleTime(reconcileRun));

  it('waits where it is asked to, and settles in one call', async () => {
    await leads(1);
    const waited: number[] = [];
    const { rows } = await reconcileRun({ ...under.request, wait: true, onWait: (ms) => waited.push(ms) });
    expect(waited.length).toBe(2);
    expect(waited[0]).toBeGreaterThanOrEqual(settleMs);
    expect(rows).toMatchObject([{ after: { state: 'ready' }, askAgainAt: null }]);
  });

  it('finds at once what came late while it waited', async () => {
    await leads(1);
    const onWait = (): void => {
      answer = () => ({
        status: 'found',
        lead_data: [{ leadid: 7, leadid_external: refOf(1) }],
        formdata: [],
      });
    };
    await reconcileRun({ ...under.request, wait: true, onWait });
    expect(await under.states()).toEqual(['delivered']);
  });

  it('says when to ask again, and when asking again is in vain', async () => {
    await leads(1);
    const began = under.clock.now();
    const [first] = (await reconcileRun(under.request)).rows;
    expect(first?.askAgainAt).toBeGreaterThanOrEqual(began + settleMs);
    under.clock.pass(settleMs + 1_000);
    const second = (await reconcileRun(under.request)).rows[0]?.askAgainAt ?? 0;
    expect(second).toBeGreaterThan(under.clock.now());
    // Asked again at once: that is the same look, and tells the same moment.
    expect((await reconcileRun(under.request)).rows[0]?.askAgainAt).toBeLessThanOrEqual(second);
    expect(await under.states()).toEqual(['in-doubt']);
    under.clock.pass(second - under.clock.now());
    await reconcileRun(under.request);
    await under.loseAgain();
    under.clock.pass(settleMs + 1_000);
    await reconcileRun(under.request);
    const [last] = (await reconcileRun(under.request)).rows;
    expect(last).toMatchObject({
      after: { state: 'in-doubt' },
      sighting: { seen: 'absent' },
      askAgainAt: null,
    });
  });

  it('never makes ready what absence cannot prove', async () => {
    await chats(2);
    answer = () => ({ other: chat(9) });
    for (let look = 0; look < 4; look += 1) {
      under.clock.pass(settleMs);
      const { rows } = await reconcileRun({ ...under.request, wait: true });
      expect(rows.map(({ askAgainAt }) => askAgainAt)).toEqual([null, null]);
    }
    expect(await under.states()).toEqual(['in-doubt', 'in-doubt']);
  });

  it('lets nobody through who asked not to be contacted meanwhile', async () => {
    await leads(1);
    await under.ledger.block([{ phone: fictitious(1), reason: 'asked' }]);
    await reconcileRun({ ...under.request, wait: true });
    expect(await under.states()).toEqual(['blocked']);
  });

  it('asks Sales_Q once for many rows, and keeps the evidence with each', async () => {
    await chats(60);
    answer = () => Object.fromEntries(times(60, (row) => [`id${row}`, chat(row)]));
    const { rows, failure } = await reconcileRun(under.request);
    expect([rows.length, failure, vendor.received.length]).toEqual([60, null, 1]);
    expect(new Set(await under.states())).toEqual(new Set(['delivered']));
    const last = (await eventsOf(60)).at(-1);
    expect(last).toMatchObject({ kind: 'found', detail: { by: 'mappingId', ids: ['id60'] } });
    expect(JSON.stringify(last)).not.toContain(digits(60));
  });

  it('keeps what it settled before the vendor went down', async () => {
    await leads(210);
    answer = ({ url }) =>
      url.includes('externalid') && Number(url.slice(-3).replace(/\D/g, '')) <= 200
        ? { status: 'found', lead_data: [{ leadid: 7 }], formdata: [] }
        : 'cut';
    const { rows, failure } = await reconcileRun(under.request);
    expect(failure?.exit).toBe(5);
    expect(rows.filter(({ after }) => after.state === 'delivered')).toHaveLength(200);
    expect(rows).toHaveLength(210);
  });

  it('asks nobody any more after a stop, and says so of each row', async () => {
    await chats(2);
    const { rows, failure } = await reconcileRun({ ...under.request, stopping: AbortSignal.abort() });
    expect([vendor.received.length, failure]).toEqual([0, null]);
    expect(rows.map(({ sighting }) => sighting)).toMatchObject([
      { code: 'readback.not-asked' },
      { code: 'readback.not-asked' },
    ]);
  });

  it('leaves rows alone that somebody decided meanwhile', async () => {
    await chats(1);
    answer = () => ({ first: chat(1) });
    const operation: PushOperation = importLeads;
    const original = operation.readBack as ReadBack;
    const find: ReadBack['find'] = async (...args) => {
      await under.ledger.resolve(under.run.id, 1, 'abandoned', 'meanwhile');
      return original.find(...args);
    };
    await reconcileRun({ ...under.request, operation: { ...operation, readBack: { ...original, find } } });
    expect(await under.states()).toEqual(['abandoned']);
  });

  it('refuses a vendor that speaks of rows it was not asked for', async () => {
    await chats(1);
    const operation: PushOperation = importLeads;
    const readBack: ReadBack = {
      ...(operation.readBack as ReadBack),
      find: () => Promise.resolve([{ row: 7, seen: 'absent', evidence: null }]),
    };
    await expect(reconcileRun({ ...under.request, operation: { ...operation, readBack } })).rejects.toThrow();
  });

  it('notes no secret, whatever the vendor repeats', async () => {
    await chats(1);
    answer = () => ({ first: { ...chat(1), Status: 'CANARY-secret' } });
    await reconcileRun(under.request);
    expect(JSON.stringify(await eventsOf(1))).not.toContain('CANARY');
  });
});

describe('where asking changes something, or nobody can be asked', () => {
  const call = (row: number, delays: number) => ({
    mobile: number(`+44740012345${row}`, `0740012345${row}`),
    type: 'motor-trade',
    delays,
  });

  it('cancels nothing unless it is asked to', async () => {
    await begin(comunik8Add, [call(1, 600)]);
    const { rows } = await reconcileRun({ ...under.request, wait: true });
    expect([vendor.received.length, under.clock.slept]).toEqual([0, []]);
    expect(rows).toMatchObject([{ sighting: { code: 'readback.needs-probe' } }]);
    expect((await eventsOf(1)).at(-1)?.kind).toBe('in-doubt');
  });

  it('takes back what waits, and releases it once', async () => {
    answer = () => ({ cancelled: true });
    await begin(comunik8Add, [call(1, 600), call(2, 0), call(3, 900)]);
    under.clock.pass(5_000);
    await reconcileRun({ ...under.request, probe: true });
    expect(vendor.received.map(({ url }) => url.replace(/\?.*/, ''))).toEqual([
      '/lead/cancel',
      '/lead/cancel',
    ]);
    expect(await under.states()).toEqual(['ready', 'in-doubt', 'ready']);
    await under.loseAgain();
    await reconcileRun({ ...under.request, probe: true });
    expect(await under.states()).toEqual(['in-doubt', 'in-doubt', 'in-doubt']);
  });

  it('never releases what cancel did not find', async () => {
    answer = () => ({ cancelled: false, warning: 'not found' });
    await begin(comunik8Add, [call(1, 6_000)]);
    for (let look = 0; look < 3; look += 1) {
      under.clock.pass(settleMs);
      await reconcileRun({ ...under.request, probe: true });
    }
    expect(await under.states()).toEqual(['in-doubt']);
  });

  it('says of Calltouch that a person decides', async () => {
    await begin(commentLeads, [{ comment: 'x' }]);
    const { rows } = await reconcileRun({ ...under.request, probe: true, wait: true });
    expect(rows).toMatchObject([{ sighting: { code: 'readback.none' }, askAgainAt: null }]);
    expect(vendor.received).toHaveLength(0);
  });
});

describe('wrong ways to read back are caught', () => {
  it('one that takes one absence for proof', () => expect(oneReadIsNoProof(oneRead)).rejects.toThrow());
  it('one that matches by position', () => expect(joinsByKey(byPosition)).rejects.toThrow());
  it('one that ignores the settle time', () =>
    expect(heedsTheSettleTime(ignoresSettleTime)).rejects.toThrow());
});
