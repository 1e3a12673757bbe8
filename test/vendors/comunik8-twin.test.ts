import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.js';
import type { Sandbox } from '../../src/rehearsal/host.js';
import comunik8 from '../../src/vendors/comunik8/twin/index.js';
import type { Reply } from '../server/support.js';
import { get, newFolder, post, sandbox, standingClock } from '../server/support.js';

const key = 'sandbox-comunik8-key';
const second = 1000;

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/vendors/comunik8/${name}`, import.meta.url), 'utf8');
const answerOf = (name: string): Json => JSON.parse(fixture(name)) as Json;

const sample = JSON.parse(fixture('add-request.json')) as JsonObject;
const { delays: _delays, ...plain } = sample;
const who = JSON.parse(fixture('cancel-request.json')) as JsonObject;

const open = (): Promise<Sandbox> => sandbox({ twins: [comunik8] });
const call =
  (path: string) =>
  (box: Sandbox, body: unknown, query = `key=${key}`): Promise<Reply> =>
    post(`${box.url}/comunik8/lead/${path}?${query}`, body);
const add = call('add');
const cancel = call('cancel');

const calls = (box: Sandbox): [string, number][] =>
  box.contacts().persons.map(({ person, times }) => [person, times]);

async function counts(box: Sandbox): Promise<JsonObject> {
  const { json } = await get(box.url, { accept: 'application/json' });
  return (json['vendors'] as unknown as { counts: JsonObject }[])[0]?.counts ?? {};
}

describe('add', () => {
  it("takes the document's request, dials after its delay, and once", async () => {
    const box = await open();
    const reply = await add(box, sample);
    expect(reply).toMatchObject({ status: 200, json: answerOf('add-processed.json') });
    box.advance(600 * second);
    expect(calls(box)).toEqual([]);
    box.advance(30 * second);
    box.advance(3600 * second);
    expect(calls(box)).toEqual([['447840258823', 1]]);
    const at = new Date(Date.UTC(2026, 2, 2, 9) + 630 * second).toISOString();
    expect(box.contacts().persons[0]?.contacts).toEqual([
      { at, vendor: 'comunik8', what: 'call dialled', leadId: 'c8-1' },
    ]);
  });

  it('dials without delays after half a minute', async () => {
    const box = await open();
    await add(box, plain);
    box.advance(30 * second - 1);
    expect(calls(box)).toEqual([]);
    box.advance(1);
    expect(calls(box)).toHaveLength(1);
  });

  it('dials by time, not in the order of the leads', () => {
    const twin = comunik8.create({ seed: 1 });
    twin.advance(0);
    for (const delays of [60, 10, 0, 40]) {
      const body = Buffer.from(JSON.stringify({ ...plain, mobile: `078400000${delays + 10}`, delays }));
      const query = new URLSearchParams({ key });
      const json = { 'content-type': 'application/json' };
      twin.handle({ method: 'POST', path: '/lead/add', query, headers: json, body });
    }
    twin.advance(1000 * second);
    expect(twin.contacts().map(({ at }) => at / second)).toEqual([30, 40, 70, 90]);
  });

  it('says that a call is scheduled, then that the contact exists', async () => {
    const box = await open();
    await add(box, plain);
    const again = await add(box, plain);
    expect(again).toMatchObject({ status: 200, json: answerOf('add-call-scheduled.json') });
    box.advance(30 * second);
    const late = await add(box, { ...plain, mobile: '0784 025-8823' });
    expect(late).toMatchObject({ status: 200, json: answerOf('add-existing-contact.json') });
    expect(calls(box)).toEqual([['447840258823', 1]]);
    expect(await counts(box)).toMatchObject({
      'leads accepted': 1,
      dialled: 1,
      'saved but not processed': 2,
    });
  });

  it('knows some contacts from before', async () => {
    const reply = await add(await open(), { ...plain, mobile: '07840000409' });
    expect(reply).toMatchObject({ status: 200, json: answerOf('add-existing-contact.json') });
  });

  it('takes another spelling or another type for another lead: the person is called twice', async () => {
    const box = await open();
    await add(box, plain);
    await add(box, { ...plain, mobile: '+44 (0)7840 258823' });
    await add(box, { ...plain, mobile: '0044 7840 258823' });
    await add(box, { ...plain, type: 'landlord' });
    box.advance(30 * second);
    expect(box.contacts().twice).toEqual([{ person: '447840258823', vendor: 'comunik8', times: 4 }]);
  });

  it('does not know every type', async () => {
    const box = await open();
    const reply = await add(box, { ...plain, type: 'Motor-Trade' });
    expect(reply).toMatchObject({ status: 200, json: answerOf('add-unknown-type.json') });
    box.advance(60 * second);
    expect(calls(box)).toEqual([]);
  });

  it('fails with 500, with nothing done or with the lead taken', async () => {
    const box = await open();
    const lost = { ...plain, mobile: '07840000500' };
    const kept = { ...plain, mobile: '07840000501' };
    expect((await add(box, lost)).status).toBe(500);
    expect((await add(box, kept)).status).toBe(500);
    expect((await add(box, lost)).status).toBe(500);
    expect(await add(box, kept)).toMatchObject({
      status: 200,
      json: answerOf('add-call-scheduled.json'),
    });
    box.advance(60 * second);
    expect(calls(box)).toEqual([['447840000501', 1]]);
  });
});

describe('fields', () => {
  it.each<[string, JsonObject, string]>([
    ['no email', { email: null }, 'add-email-blank.json'],
    ['an empty email', { email: '  ' }, 'add-email-blank.json'],
    ['data that is no JSON', { data: '{\\"a\\":1}' }, 'add-data-invalid.json'],
    ['empty data', { data: '' }, 'add-data-invalid.json'],
    ['data with an empty object', { data: '{}' }, 'add-data-invalid.json'],
    ['data that is an object', { data: { a: 1 } }, 'add-data-invalid.json'],
    ['data that is null', { data: null }, 'add-data-invalid.json'],
  ])('%s: in the words of the document', async (_name, change, file) => {
    const reply = await add(await open(), { ...plain, ...change });
    expect(reply).toMatchObject({ status: 400, json: answerOf(file) });
    expect(Object.keys(reply.json)).toHaveLength(1);
  });

  it.each<[string, Json]>([
    ['email', 'nobody'],
    ['first_name', ''],
    ['surname', 5],
    ['mobile', '12345'],
    ['mobile', 'call me'],
    ['mobile', 7840258823],
    ['type', ''],
    ['subtype', 5],
    ['other_phone', {}],
    ['delays', '600'],
    ['delays', -1],
  ])('%s may not be %j', async (field, value) => {
    const box = await open();
    const reply = await add(box, { ...plain, [field]: value });
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual({ [field]: { '0': expect.any(String) as string } });
    box.advance(60 * second);
    expect(calls(box)).toEqual([]);
  });

  it('are all looked at', async () => {
    const box = await open();
    const names = ['email', 'first_name', 'surname', 'mobile', 'type'];
    expect(Object.keys((await add(box, {})).json)).toEqual(names);
    expect(Object.keys((await cancel(box, {})).json)).toEqual(['type', 'mobile']);
  });

  it.each([
    ['array.example', ['Mobile cannot be blank.']],
    ['text.example', 'Mobile cannot be blank.'],
    ['other.example', { '0': 'Mobile cannot be blank.' }],
  ])('come in another form for %s', async (domain, form) => {
    const reply = await add(await open(), { ...plain, email: `a@${domain}`, mobile: '' });
    expect(reply).toMatchObject({ status: 400, json: { mobile: form } });
  });

  it.each(['', '[]', '"a"', '{', '{"mobile":"07840258823",}'])('are not read from %j', async (body) => {
    const box = await open();
    expect((await add(box, body)).status).toBe(400);
    expect((await cancel(box, body)).status).toBe(400);
  });

  it('are not read without the content type', async () => {
    const box = await open();
    const url = `${box.url}/comunik8/lead/add?key=${key}`;
    expect((await post(url, plain, { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await post(url, plain, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
  });
});

describe('a test', () => {
  it.each<Json>([true, 'true'])('with %j stores nothing', async (test) => {
    const box = await open();
    expect(await add(box, { ...plain, test })).toMatchObject({
      status: 200,
      json: answerOf('add-test-ok.json'),
    });
    expect((await cancel(box, who)).json).toEqual(answerOf('cancel-not-found.json'));
    box.advance(60 * second);
    expect(calls(box)).toEqual([]);
    expect(await counts(box)).toMatchObject({ tests: 1, 'leads accepted': 0 });
  });

  it.each<JsonObject>([{ test: 'TRUE' }, { test: 1 }, { test: false }, { test: '' }, { Test: true }])(
    'asked for by %j is none: the lead is called',
    async (flag) => {
      const box = await open();
      expect((await add(box, { ...plain, ...flag })).json).toEqual(answerOf('add-processed.json'));
      box.advance(60 * second);
      expect(calls(box)).toHaveLength(1);
    },
  );

  it('finds wrong fields, not wrong types', async () => {
    const box = await open();
    expect((await add(box, { ...plain, email: '', test: true })).status).toBe(400);
    expect((await add(box, { ...plain, type: 'nonsense', test: true })).json).toEqual({ test: 'ok' });
  });

  it('is unknown to cancel', async () => {
    const box = await open();
    await add(box, plain);
    expect((await cancel(box, { ...who, test: true })).json).toEqual(answerOf('cancel-done.json'));
  });
});

describe('cancel', () => {
  it('keeps the person from being called, once, and lets the lead be added anew', async () => {
    const box = await open();
    await add(box, plain);
    expect(await cancel(box, who)).toMatchObject({ status: 200, json: answerOf('cancel-done.json') });
    expect(await cancel(box, who)).toMatchObject({ status: 200, json: answerOf('cancel-not-found.json') });
    box.advance(60 * second);
    expect(calls(box)).toEqual([]);
    expect((await add(box, sample)).json).toEqual(answerOf('add-processed.json'));
    await cancel(box, who);
    await add(box, { ...plain, delays: 1000 });
    box.advance(700 * second);
    expect(calls(box)).toEqual([]);
    box.advance(400 * second);
    expect(calls(box)).toHaveLength(1);
  });

  it('comes too late after the call', async () => {
    const box = await open();
    await add(box, plain);
    box.advance(30 * second);
    expect((await cancel(box, who)).json).toEqual(answerOf('cancel-already-processed.json'));
    expect((await cancel(box, { ...who, mobile: '07840000409' })).json).toEqual(
      answerOf('cancel-already-processed.json'),
    );
  });

  it('finds a lead by type and spelling', async () => {
    const box = await open();
    await add(box, plain);
    for (const other of [{ type: 'landlord' }, { mobile: '+447840258823' }]) {
      expect((await cancel(box, { ...who, ...other })).json).toEqual(answerOf('cancel-not-found.json'));
    }
    expect((await cancel(box, { ...who, mobile: '(07840) 258823' })).json).toEqual({ cancelled: true });
  });

  it('answers an unknown type with what is no JSON, to the blank as printed', async () => {
    const box = await open();
    const response = await fetch(`${box.url}/comunik8/lead/cancel?key=${key}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...who, type: 'nonsense' }),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    const text = await response.text();
    expect(text).toBe(fixture('cancel-unknown-type.txt').trimEnd());
    expect(() => JSON.parse(text) as unknown).toThrow();
  });

  it('can fail', async () => {
    const box = await open();
    const stuck = { ...plain, mobile: '07840000909' };
    await add(box, stuck);
    expect((await cancel(box, stuck)).json).toEqual(answerOf('cancel-save-failed.json'));
    expect((await cancel(box, { ...who, mobile: '07840000500' })).status).toBe(500);
    box.advance(60 * second);
    expect(calls(box)).toHaveLength(1);
  });
});

describe('the key', () => {
  it.each(['', 'key=', 'key=wrong', `KEY=${key}`, `key=${key}&key=other`])('is not %j', async (query) => {
    const box = await open();
    expect((await add(box, plain, query)).status).toBe(401);
    expect((await cancel(box, who, query)).status).toBe(401);
    box.advance(60 * second);
    expect(calls(box)).toEqual([]);
  });

  it('is blotted out of the list of requests', async () => {
    const box = await open();
    await add(box, plain);
    expect((await get(`${box.url}/_sandbox/requests`)).text).not.toContain(key);
  });
});

it('has nothing but its two addresses', async () => {
  const box = await open();
  expect((await get(`${box.url}/comunik8/lead/add?key=${key}`)).status).toBe(404);
  expect((await post(`${box.url}/comunik8/lead/remove?key=${key}`, plain)).status).toBe(404);
});

it('goes on after a restart: calls made stay made, calls due are dialled', async () => {
  const stateFile = join(await newFolder(), 'state.json');
  const clock = standingClock();
  const first = await sandbox({ twins: [comunik8], stateFile, clock });
  await add(first, { ...plain, mobile: '07840000001' });
  first.advance(30 * second);
  await add(first, { ...plain, mobile: '07840000002' });
  await first.close();
  const next = await sandbox({ twins: [comunik8], stateFile, clock });
  expect(calls(next)).toEqual([['447840000001', 1]]);
  const again = await add(next, { ...plain, mobile: '07840000002' });
  expect(again.json).toEqual(answerOf('add-call-scheduled.json'));
  next.advance(30 * second);
  expect(calls(next)).toHaveLength(2);
});

it('lists only answers that are there', () => {
  const answers = answerOf('answers.json') as unknown as { file: string; status: number }[];
  expect(answers.length).toBeGreaterThan(15);
  for (const { file } of answers) expect(fixture(file)).not.toBe('');
});
