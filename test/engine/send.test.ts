import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RowState } from '../../src/core/life.js';
import { sendRun } from '../../src/engine/send.js';
import { type Answering, sendJson, VendorServer } from '../support/vendor-server.js';
import { type RunUnderTest, sealedRun } from './bench-run.js';
import { sendRun as doubtIsFailure } from './wrong/doubt-is-failure.js';
import { sendRun as ledgerAfterSend } from './wrong/ledger-after-send.js';
import { sendRun as postAgain } from './wrong/post-again.js';

type Engine = typeof sendRun;

interface Lead {
  readonly Phone: string;
  readonly mappingId: string;
}

const leadsOf = (body: string): readonly Lead[] => (JSON.parse(body) as { leads: Lead[] }).leads;

const takeAll: Answering = ({ body }, response) =>
  sendJson(response, {
    imported: true,
    ids: leadsOf(body).map((lead) => ({ ...lead, id: `id-${lead.Phone}` })),
  });

let vendor: VendorServer;
let under: RunUnderTest;

beforeEach(async () => {
  vendor = await VendorServer.start(takeAll);
});

afterEach(async () => {
  await under.close();
  await vendor.close();
});

async function states(ledger = under.ledger): Promise<RowState[]> {
  const found: RowState[] = [];
  for await (const { state } of ledger.rows(under.run.id)) found.push(state);
  return found;
}

/** T1 before T4: when a request arrives, another process reads its rows as `sending`. */
async function intentIsOnDisk(engine: Engine): Promise<void> {
  under = await sealedRun(4, vendor.url, 2);
  const seen: RowState[][] = [];
  vendor.answer = async (request, response, socket) => {
    seen.push(await states(under.other));
    await takeAll(request, response, socket);
  };
  await engine(under.request);
  expect(seen).toEqual([
    ['sending', 'sending', 'ready', 'ready'],
    ['delivered', 'delivered', 'sending', 'sending'],
  ]);
}

/** After a lost answer nobody hears from us again. */
async function nobodyTwice(engine: Engine): Promise<void> {
  under = await sealedRun(3, vendor.url, 1);
  vendor.answer = (_request, _response, socket) => void socket.destroy();
  await engine(under.request);
  const sent = vendor.received.flatMap(({ body }) => leadsOf(body).map(({ Phone }) => Phone));
  expect(new Set(sent).size).toBe(sent.length);
}

/** What may have arrived is said to be in doubt. */
async function doubtIsDoubt(engine: Engine): Promise<void> {
  under = await sealedRun(1, vendor.url, 1);
  vendor.answer = (_request, response) => sendJson(response, { error: 'x' }, 502);
  await engine(under.request);
  expect(await states()).toEqual(['in-doubt']);
}

describe('the engine', () => {
  it('writes the intent before the connection is opened', () => intentIsOnDisk(sendRun));
  it('repeats nothing after a lost answer', () => nobodyTwice(sendRun));
  it('calls doubt doubt', () => doubtIsDoubt(sendRun));

  it('sends each row once with several workers, and all of them', async () => {
    under = await sealedRun(60, vendor.url, 7);
    expect(await sendRun({ ...under.request, concurrency: 4 })).toBeNull();
    const sent = vendor.received.flatMap(({ body }) => leadsOf(body).map(({ Phone }) => Phone));
    expect(sent).toHaveLength(60);
    expect(new Set(sent).size).toBe(60);
    expect(new Set(await states())).toEqual(new Set(['delivered']));
  });

  it('keeps the pace', async () => {
    under = await sealedRun(5, vendor.url, 1);
    const times: number[] = [];
    vendor.answer = (request, response, socket) => {
      times.push(Date.now());
      return takeAll(request, response, socket);
    };
    await sendRun({ ...under.request, perSecond: 10 });
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(380);
  });

  it('gives rows back that a stop overtook, and sends no byte of them', async () => {
    under = await sealedRun(4, vendor.url, 1);
    const stop = new AbortController();
    const result = await sendRun({ ...under.request, stopping: stop.signal, onRows: () => stop.abort() });
    expect(result?.kind).toBe('interrupted');
    expect(vendor.received).toHaveLength(1);
    expect(await states()).toEqual(['delivered', 'ready', 'ready', 'ready']);
  });

  it('gives a claim back that grew old before it could leave', async () => {
    under = await sealedRun(1, vendor.url, 1);
    let wall = Date.now();
    const clock = { ...under.request.clock, now: () => (wall += 6_000) };
    const result = await sendRun({ ...under.request, clock });
    expect(result?.kind).toBe('unavailable');
    expect(vendor.received).toHaveLength(0);
    expect(await states()).toEqual(['ready']);
  });

  it("stops when the lock is somebody else's", async () => {
    under = await sealedRun(3, vendor.url, 1);
    const owner = { id: 'thief', host: 'test', pid: 2, started: '' };
    vendor.answer = async (request, response, socket) => {
      if (vendor.received.length === 1) await under.other.lock('push test', owner);
      await takeAll(request, response, socket);
    };
    await expect(sendRun(under.request)).rejects.toThrow();
    expect(vendor.received).toHaveLength(1);
  });

  it('stops at --max-errors', async () => {
    under = await sealedRun(6, vendor.url, 1);
    vendor.answer = (_request, response) => sendJson(response, { response: false, log: 'no' });
    const result = await sendRun({ ...under.request, maxErrors: { count: 1 } });
    expect(result?.kind).toBe('max-errors');
    expect((await states()).filter((state) => state === 'rejected')).toHaveLength(2);
  });
});

describe('wrong engines are caught', () => {
  it('one that writes down after it sent', () => expect(intentIsOnDisk(ledgerAfterSend)).rejects.toThrow());
  it('one that posts again', () => expect(nobodyTwice(postAgain)).rejects.toThrow());
  it('one that takes doubt for failure', () => expect(doubtIsDoubt(doubtIsFailure)).rejects.toThrow());
});
