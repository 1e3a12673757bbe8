import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.js';
import type { InjectedFault } from '../../src/rehearsal/faults.js';
import type { Sandbox, SandboxOptions } from '../../src/rehearsal/host.js';
import calltouch from '../../src/vendors/calltouch/twin/index.js';
import comunik8 from '../../src/vendors/comunik8/twin/index.js';
import mmdial from '../../src/vendors/mmdial/twin/index.js';
import salesQ from '../../src/vendors/sales-q/twin/index.js';
import type { Seen, Sent } from './fault-client.js';
import { watch } from './fault-client.js';
import { get, importLeads, minute, newFolder, post, sandbox, token, update } from './support.js';

const faulty = (faults: readonly string[], changes: Partial<SandboxOptions> = {}): Promise<Sandbox> =>
  sandbox({ faults, twins: [salesQ, comunik8, calltouch, mmdial], ...changes });

const people = (count: number): { Phone: string }[] =>
  Array.from({ length: count }, (_, index) => ({ Phone: `4917139200${10 + index}` }));

const push = (box: Sandbox, count = 2, sent: Sent = {}): Promise<Seen> =>
  watch(`${box.url}/sales-q/import`, { body: JSON.stringify({ token, leads: people(count) }), ...sent });

/** Leads the vendor has. */
const had = async (box: Sandbox): Promise<number> => {
  box.setFaults([]);
  return (await update(box)).length;
};

const idsIn = ({ body }: Seen): JsonObject[] => (JSON.parse(body) as { ids: JsonObject[] }).ids;

describe('instead of an answer', () => {
  it.each([
    ['reset', 0],
    ['reset-before', 0],
    ['reset-after', 2],
  ])('%s: the connection is reset, %i leads taken', async (kind, taken) => {
    const box = await faulty([`sales-q/import:${kind}@1`]);
    expect(await push(box)).toMatchObject({ end: 'ECONNRESET', text: '' });
    expect(await had(box)).toBe(taken);
  });

  it.each([
    ['timeout', 0],
    ['timeout-after', 2],
  ])('%s: nothing comes, %i leads taken', async (kind, taken) => {
    const box = await faulty([`sales-q/import:${kind}@1`]);
    expect(await push(box, 2, { patienceMs: 150 })).toMatchObject({ end: 'patience', text: '' });
    expect(await had(box)).toBe(taken);
  });

  it('timeout=…: nothing comes, and the connection is closed then', async () => {
    const box = await faulty(['*:timeout=80ms@1']);
    const seen = await push(box);
    expect(seen).toMatchObject({ end: 'end', text: '' });
    expect(seen.ms).toBeGreaterThanOrEqual(75);
  });

  it.each([
    ['500', 500, 0],
    ['502-after', 502, 2],
    ['html', 200, 0],
    ['html-after', 200, 2],
  ])('%s: a page with %i, %i leads taken', async (kind, status, taken) => {
    const box = await faulty([`sales-q/import:${kind}`]);
    const seen = await push(box);
    expect(seen).toMatchObject({ status, end: 'end' });
    expect(seen.body).toMatch(/^<!DOCTYPE html>/);
    expect(seen.text).not.toMatch(/retry-after/i);
    expect(await had(box)).toBe(taken);
  });

  it.each(['429', '401', '403'])('%s: nothing is done', async (kind) => {
    const box = await faulty([`sales-q:${kind}@1`]);
    const seen = await push(box);
    expect(seen).toMatchObject({ status: Number(kind), end: 'end' });
    expect(seen.text).not.toMatch(/retry-after/i);
    expect(await had(box)).toBe(0);
  });

  it('429=30s and 503=1500ms say when to come again, in whole seconds', async () => {
    const box = await faulty(['sales-q:429=30s@1', 'sales-q:503=1500ms@2']);
    expect((await push(box)).text).toMatch(/^HTTP\/1\.1 429 [^]*retry-after: 30\r\n/);
    expect((await push(box)).text).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 2\r\n/);
  });

  it('empty: 200 without a byte', async () => {
    const box = await faulty(['sales-q/import:empty-after']);
    expect(await push(box)).toMatchObject({ status: 200, body: '', end: 'end' });
    expect(await had(box)).toBe(2);
  });

  it('redirect: who follows is served again', async () => {
    const box = await faulty(['comunik8/add:redirect-after@1', 'comunik8/add:redirect=302@2']);
    const address = `${box.url}/comunik8/lead/add?key=x&y=1`;
    expect((await watch(address, {})).text).toContain(`location: ${address}\r\n`);
    expect((await watch(address, {})).status).toBe(302);
    expect((await watch(address, {})).status).toBe(401);
  });
});

describe('the answer on its way', () => {
  it.each([
    ['truncate', null],
    ['truncate=5', 5],
    ['truncate=100000', -1],
  ])('%s: fewer bytes than announced', async (kind, bytes) => {
    const box = await faulty([`sales-q/import:${kind}@1`]);
    const seen = await push(box);
    const announced = Number(/content-length: (\d+)/.exec(seen.text)?.[1]);
    const wanted = bytes === null ? Math.floor(announced / 2) : bytes < 0 ? announced - 1 : bytes;
    expect(seen).toMatchObject({ status: 200, end: 'end' });
    expect(seen.body).toHaveLength(wanted);
    expect(await had(box)).toBe(2);
  });

  it('drip: byte by byte, whole in the end', async () => {
    const box = await faulty(['sales-q/import:drip=2ms@1']);
    const seen = await push(box);
    expect(idsIn(seen)).toHaveLength(2);
    expect(seen.ms).toBeGreaterThan(2 * seen.body.length * 0.8);
  });

  it('drip: a second for a byte outlasts who is impatient', async () => {
    const box = await faulty(['sales-q/import:drip']);
    const seen = await push(box, 2, { patienceMs: 200 });
    expect(seen).toMatchObject({ status: 200, body: '', end: 'patience' });
    expect(await had(box)).toBe(2);
  });

  it('delay: whole, but later', async () => {
    const box = await faulty(['sales-q/import:delay=120ms']);
    const seen = await push(box);
    expect(idsIn(seen)).toHaveLength(2);
    expect(seen.ms).toBeGreaterThanOrEqual(115);
  });
});

describe('what the answer says', () => {
  const phones = people(4).map(({ Phone }) => Phone);

  it.each([
    ['missing-ids', 3, 3],
    ['missing-ids=2', 2, 2],
    ['missing-ids=9', 0, 0],
    ['duplicate-ids', 4, 3],
    ['foreign-ids', 4, 3],
    ['reordered-ids', 4, 4],
  ])('%s: %i entries, for %i of 4 leads', async (kind, entries, ours) => {
    const box = await faulty([`sales-q/import:${kind}`]);
    const ids = idsIn(await push(box, 4));
    expect(ids).toHaveLength(entries);
    const told = new Set(ids.map(({ Phone }) => Phone as string));
    expect(phones.filter((phone) => told.has(phone))).toHaveLength(ours);
    expect(await had(box)).toBe(4);
  });

  it('foreign-ids: neither phone nor id is one of ours', async () => {
    const box = await faulty(['sales-q/import:foreign-ids']);
    const [entry] = idsIn(await push(box, 1));
    expect(entry).toBeDefined();
    box.setFaults([]);
    const [lead] = await update(box);
    expect(entry?.['Phone']).not.toBe(lead?.Phone);
    expect(entry?.['id']).not.toBe(lead?.id);
  });

  it('reordered-ids: the same entries, the other way round', async () => {
    const plain = idsIn(await push(await faulty([]), 4));
    const box = await faulty(['sales-q/import:reordered-ids']);
    expect(idsIn(await push(box, 4))).toEqual(plain.toReversed());
  });

  it('wrong-types: the same names, other values', async () => {
    const box = await faulty(['mmdial/dnccheck:wrong-types']);
    const authorization = `Basic ${Buffer.from('sandbox:sandbox-mmdial-password').toString('base64')}`;
    const seen = await watch(`${box.url}/mmdial/dnccheck?number=1`, {
      method: 'GET',
      headers: { authorization },
    });
    expect(JSON.parse(seen.body)).toEqual({ status: ['notfound'] });
  });

  it('works on the results of Calltouch too', async () => {
    const box = await faulty(['calltouch:missing-ids']);
    const headers = { 'access-token': 'sandbox-calltouch-token', siteid: '4711' };
    const matching = [{ type: 'call', callParams: { callId: 1 } }];
    const comments = [1, 2].map(() => ({ matching, addComment: 'x' }));
    const url = `${box.url}/calltouch/lead-service/v1/api/comment/lead/add`;
    const { json } = await post(url, { comments }, headers);
    expect((json['data'] as JsonObject)['comments']).toHaveLength(1);
  });

  it('leaves alone what has no entries, and does not count it as injected', async () => {
    const box = await faulty(['sales-q/import:missing-ids']);
    const { json } = await importLeads(box, { noPhone: 1 });
    expect(json['response']).toBe(false);
    expect((await get(`${box.url}/_sandbox/faults`)).json).toMatchObject({
      injected: 0,
      faults: [{ requests: 1, injected: 0 }],
    });
  });
});

describe('down', () => {
  it('cuts everybody off, refuses connections, and comes back on the same port with what it knew', async () => {
    const box = await faulty(['*:down=300ms@2', 'comunik8:timeout']);
    expect((await push(box)).status).toBe(200);
    const other = watch(`${box.url}/comunik8/lead/add`, { patienceMs: 2_000 });
    await delay(50);
    expect((await push(box)).end).not.toBe('patience');
    expect((await other).end).not.toBe('patience');
    expect((await push(box)).end).toBe('ECONNREFUSED');
    await delay(400);
    expect(await had(box)).toBe(2);
  });

  it('stays down when the sandbox ends meanwhile', async () => {
    const box = await faulty(['*:down=50ms']);
    await push(box);
    await box.close();
    await delay(120);
    expect((await push(box)).end).toBe('ECONNREFUSED');
  });
});

describe('what is done is on disk before the connection breaks', () => {
  it.each(['reset-after', 'truncate', 'timeout-after'])('%s', async (kind) => {
    const stateFile = join(await newFolder(), 'state.json');
    const box = await faulty([`sales-q/import:${kind}`], { stateFile });
    await push(box, 3, { patienceMs: 300 });
    const state = await readFile(stateFile, 'utf8');
    for (const { Phone } of people(3)) expect(state).toContain(Phone);
  });
});

describe('what is known of it', () => {
  it('says which fault befell which request, and nothing of what it held', async () => {
    const told: InjectedFault[] = [];
    const box = await faulty(['sales-q/import:reset-after@2', '*:500@3-'], {
      onFault: (fault) => told.push(fault),
    });
    for (let turn = 0; turn < 3; turn += 1) await push(box);
    await watch(`${box.url}/sales-q/import/491713920010`, {});
    expect(told).toEqual([
      {
        vendor: 'sales-q',
        endpoint: 'import',
        kind: 'reset-after',
        number: 2,
        fault: 'sales-q/import:reset-after@2',
      },
      { vendor: 'sales-q', endpoint: 'import', kind: '500', number: 3, fault: '*:500@3-' },
      { vendor: 'sales-q', endpoint: null, kind: '500', number: 4, fault: '*:500@3-' },
    ]);
    const requests = (await get(`${box.url}/_sandbox/requests`)).json['requests'];
    expect(requests).toMatchObject([
      { status: 200, fault: null },
      { status: 0, fault: 'sales-q/import:reset-after@2' },
      { status: 500, fault: '*:500@3-' },
      { status: 500, fault: '*:500@3-' },
    ]);
    expect((await get(`${box.url}/`)).text).toContain('Faults injected: 3');
    expect((await get(`${box.url}/`, { accept: 'application/json' })).json['faultsInjected']).toBe(3);
    expect((await get(`${box.url}/_sandbox/faults`)).json).toEqual({
      schema: 'salesq/sandbox-faults@1',
      injected: 3,
      faults: [
        { fault: 'sales-q/import:reset-after@2', requests: 3, injected: 1 },
        { fault: '*:500@3-', requests: 4, injected: 2 },
      ],
    });
    box.advance(minute);
    expect(box.contacts().twice).toHaveLength(2);
  });

  it('takes other faults while it runs, all or none', async () => {
    const box = await faulty(['sales-q:500']);
    const page = `${box.url}/_sandbox/faults`;
    expect((await push(box)).status).toBe(500);
    expect((await post(page, { faults: ['sales-q/import:502@2'] })).json).toMatchObject({
      faults: [{ fault: 'sales-q/import:502@2', requests: 0 }],
    });
    expect((await push(box)).status).toBe(200);
    const refused = await post(page, { faults: ['sales-q:503', 'sales-q:nonsense'] });
    expect(refused).toMatchObject({ status: 400, json: { code: 'sandbox.fault-kind' } });
    for (const body of [{}, { faults: 'x' }, { faults: [1] }, 'x'])
      expect((await post(page, body)).status).toBe(400);
    expect((await push(box)).status).toBe(502);
    await post(page, { faults: [] });
    expect((await push(box)).status).toBe(200);
    expect(() => box.setFaults(['nobody:500'])).toThrow('no such vendor');
  });

  it('hits the same requests for the same seed, and counts anew after a reset', async () => {
    const statuses = async (box: Sandbox): Promise<(number | null)[]> => {
      const found: (number | null)[] = [];
      for (let turn = 0; turn < 20; turn += 1) found.push((await push(box, 1)).status);
      return found;
    };
    const box = await faulty(['*:500@300pm'], { seed: 7 });
    const first = await statuses(box);
    expect(new Set(first)).toEqual(new Set([200, 500]));
    await post(`${box.url}/_sandbox/reset`, '');
    expect((await get(`${box.url}/_sandbox/faults`)).json['injected']).toBe(0);
    expect(await statuses(box)).toEqual(first);
    expect(await statuses(await faulty(['*:500@300pm'], { seed: 7 }))).toEqual(first);
    expect(await statuses(await faulty(['*:500@300pm'], { seed: 8 }))).not.toEqual(first);
  });

  it('refuses what it does not understand before it listens', async () => {
    await expect(faulty(['sales-q/imports:500'])).rejects.toMatchObject({
      code: 'sandbox.fault-endpoint',
      exit: 2,
    });
  });

  it('ends at once although clients wait for answers that never come', async () => {
    const box = await faulty(['sales-q:timeout@1', 'sales-q:drip@2', 'sales-q:delay=1h@3']);
    const waiting = [1, 2, 3].map(() => push(box));
    await delay(100);
    const began = Date.now();
    await box.close();
    expect(Date.now() - began).toBeLessThan(1_000);
    for (const { end } of await Promise.all(waiting)) expect(end).not.toBe('patience');
  });
});
