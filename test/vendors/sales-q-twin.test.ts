import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.js';
import type { Sandbox } from '../../src/rehearsal/host.js';
import type { UpdatedLead } from '../server/support.js';
import { day, get, idsOf, importLeads, minute, post, sandbox, token, update } from '../server/support.js';

const sample = (name: string): JsonObject =>
  JSON.parse(
    readFileSync(new URL(`../../fixtures/vendors/sales-q/${name}`, import.meta.url), 'utf8'),
  ) as JsonObject;

const shape = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
    : typeof value;

const people = (count: number): { Phone: string }[] =>
  Array.from({ length: count }, (_, number) => ({ Phone: `4917${String(number * 7919).padStart(8, '0')}` }));

async function lead(box: Sandbox, parameters: JsonObject, pass = 30 * day): Promise<UpdatedLead> {
  await importLeads(box, parameters);
  box.advance(pass);
  const found = (await update(box)).at(-1);
  if (!found) throw new Error('no lead');
  return found;
}

describe('import', () => {
  it("takes the document's request and answers in the document's form", async () => {
    const box = await sandbox({ seed: 2 });
    const reply = await post(`${box.url}/sales-q/import`, { ...sample('import-request.json'), token });
    expect(reply).toMatchObject({ status: 200, type: 'application/json; charset=utf-8' });
    const ids = idsOf(reply);
    expect(ids.map(({ id }) => id)).toEqual([expect.stringMatching(/^[0-9a-f]{24}$/), expect.any(String)]);
    const sorted = {
      ...reply.json,
      ids: ids.toSorted((a, b) => Number('mappingId' in a) - Number('mappingId' in b)),
    };
    expect(shape(sorted)).toEqual(shape(sample('import-answer.json')));
    expect(sorted).toMatchObject({
      imported: true,
      ids: [{ Phone: '491788046563' }, { Phone: '49123456789' }],
    });
    expect(ids.find(({ Phone }) => Phone === '49123456789')?.mappingId).toBe('13e7a47d49f92e13e76183ad');
  });

  it('answers in the form of the sample and of the table in turn', async () => {
    const box = await sandbox();
    const flags: JsonObject[] = [];
    for (const person of people(4)) flags.push((await importLeads(box, person)).json);
    expect(flags.map(({ imported, response }) => [imported, response])).toEqual([
      [undefined, true],
      [true, undefined],
      [undefined, true],
      [true, undefined],
    ]);
  });

  it('promises no order of ids, but the same one for the same seed', async () => {
    const order = async (seed: number): Promise<string[]> =>
      idsOf(await importLeads(await sandbox({ seed }), ...people(30))).map(({ Phone }) => Phone);
    const first = await order(1);
    expect(first).not.toEqual(people(30).map(({ Phone }) => Phone));
    expect(first.toSorted()).toEqual(
      people(30)
        .map(({ Phone }) => Phone)
        .toSorted(),
    );
    expect(await order(1)).toEqual(first);
    expect(await order(2)).not.toEqual(first);
  });

  it('takes parameters with umlauts, spaces, numbers, booleans and null', async () => {
    const box = await sandbox();
    const given = { Phone: '491700000555', 'Straße und Nr': 'Am Weg 1', 'a-b_c': 5, ja: true, leer: null };
    expect(await lead(box, given, 0)).toMatchObject(given);
  });

  it.each<[string, unknown]>([
    ['leads is missing', undefined],
    ['leads must be an array', { Phone: '491700000001' }],
    ['leads must contain at least one lead', []],
    ['leads[0] must be an object', ['491700000001']],
    ['leads[1].Phone is missing', [{ Phone: '491700000001' }, { phone: '491700000002' }]],
    ['leads[0].Phone must be a string', [{ Phone: 491700000001 }]],
    ['leads[0].Phone is no phone number', [{ Phone: '4.91788E+11' }]],
    ['leads[0].Phone is no phone number', [{ Phone: '' }]],
    ['leads[0].mappingId must be a string', [{ Phone: '491700000001', mappingId: 7 }]],
    ['special characters', [{ Phone: '491700000001', 'a.b': 'x' }]],
    ['special characters', [{ Phone: '491700000001', 'Straße/Nr': 'x' }]],
    ['special characters', [{ Phone: '491700000001', '': 'x' }]],
    ['leads[0].Adresse must be a plain value', [{ Phone: '491700000001', Adresse: { Ort: 'Köln' } }]],
    [
      'leads[0].script: has no element with state 1',
      [{ Phone: '491700000001', script: [{ content: 'a', state: '2', next: '2' }] }],
    ],
    ['leads[0].script: must be a list', [{ Phone: '491700000001', script: '' }]],
  ])('refuses the whole request: %s', async (log, leads) => {
    const box = await sandbox();
    const reply = await post(`${box.url}/sales-q/import`, { token, leads });
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({ response: false, log: expect.stringContaining(log) as string });
    expect(await update(box)).toEqual([]);
    expect(box.contacts().persons).toEqual([]);
  });

  it('takes nothing of a request whose last script is broken', async () => {
    const box = await sandbox();
    const reply = await importLeads(box, { Phone: '491700000001' }, { Phone: '491700000002', script: [] });
    expect(reply.json).toMatchObject({ response: false });
    expect(await update(box)).toEqual([]);
  });

  it('starts a second chat with a phone it has', async () => {
    const box = await sandbox();
    const twice = await importLeads(box, { Phone: '491700000001' }, { Phone: '491700000001' });
    expect(new Set(idsOf(twice).map(({ id }) => id)).size).toBe(2);
    expect(box.contacts().twice).toEqual([{ person: '491700000001', vendor: 'sales-q', times: 2 }]);
  });
});

describe('what is wrong with any request', () => {
  it.each(['import', 'remove'])('a wrong or missing token on %s: 401', async (call) => {
    const box = await sandbox();
    for (const body of [{ token: 'wrong', leads: people(1) }, { leads: people(1) }, { token: null }]) {
      const reply = await post(`${box.url}/sales-q/${call}`, body, { token });
      expect(reply).toMatchObject({ status: 401, json: { response: false } });
    }
    expect(box.contacts().persons).toEqual([]);
  });

  it('a wrong or missing token on update: 401', async () => {
    const { url } = await sandbox();
    expect(await get(`${url}/sales-q/update`)).toMatchObject({ status: 401, json: { response: false } });
    expect(await get(`${url}/sales-q/update?token=${token}`)).toMatchObject({ status: 401 });
    expect(await get(`${url}/sales-q/update`, { token: 'wrong' })).toMatchObject({ status: 401 });
  });

  it.each(['', '{', '[]', '"x"', 'null', "{'token': 'x'}"])('the body %j: 400', async (body) => {
    const { url } = await sandbox();
    expect(await post(`${url}/sales-q/import`, body)).toMatchObject({
      status: 400,
      json: { response: false },
    });
  });

  it('a body that is not UTF-8: 400', async () => {
    const { url } = await sandbox();
    const body = Buffer.from(
      `{"token":"${token}","leads":[{"Phone":"491700000001","Name":"Müller"}]}`,
      'latin1',
    );
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(`${url}/sales-q/import`, { method: 'POST', headers, body });
    expect(reply.status).toBe(400);
  });

  it('another content type: 400', async () => {
    const { url } = await sandbox();
    const reply = await post(
      `${url}/sales-q/import`,
      { token, leads: people(1) },
      { 'content-type': 'text/plain' },
    );
    expect(reply).toMatchObject({ status: 400, json: { response: false } });
  });

  it('another method or path: 404', async () => {
    const { url } = await sandbox();
    expect((await get(`${url}/sales-q/import`, { token })).status).toBe(404);
    expect((await post(`${url}/sales-q/update`, {}, { token })).status).toBe(404);
    expect((await get(`${url}/sales-q`)).status).toBe(404);
  });
});

describe('remove', () => {
  it('answers with the lead and all its answers, then knows it no more', async () => {
    const box = await sandbox();
    const { id } = await lead(box, {
      Phone: '491700000555',
      Anrede: 'Frau',
      Nachname: 'Müller',
      mappingId: 'm1',
    });
    const reply = await post(`${box.url}/sales-q/remove`, { token, id });
    expect(reply.json).toMatchObject({ response: true, log: 'Object deleted' });
    expect(Object.keys(reply.json)).toEqual(Object.keys(sample('remove-answer.json')));
    expect(reply.json['obj']).toMatchObject({
      id,
      Phone: '491700000555',
      Nachname: 'Müller',
      mappingId: 'm1',
    });
    expect(Object.keys(reply.json['obj'] ?? {})).toContain('Interesse');
    expect(reply.json['obj']).not.toHaveProperty('chathistory');
    expect(await update(box)).toEqual([]);
    const again = await post(`${box.url}/sales-q/remove`, { token, id });
    expect(again).toMatchObject({ status: 200, json: { response: false } });
    expect(again.json).not.toHaveProperty('obj');
    expect(box.contacts().persons).toMatchObject([{ times: 1 }]);
  });

  it('sends the farewell, once, and counts it as a contact but not as a second chat', async () => {
    const box = await sandbox();
    const { id } = await lead(box, { Phone: '491700000111' });
    const body = { ...sample('remove-request.json'), token, id };
    await post(`${box.url}/sales-q/remove`, body);
    await post(`${box.url}/sales-q/remove`, body);
    expect(box.contacts().persons).toMatchObject([
      { times: 2, contacts: [{ what: 'whatsapp-chat started' }, { what: 'farewell message', leadId: id }] },
    ]);
    expect(box.contacts().twice).toEqual([]);
  });

  it('cannot send a farewell to somebody without WhatsApp', async () => {
    const box = await sandbox();
    const { id } = await lead(box, { Phone: '491700000000' });
    await post(`${box.url}/sales-q/remove`, { token, id, message: 'Tschüss' });
    expect(box.contacts().persons).toMatchObject([{ times: 1 }]);
  });

  it.each([{}, { id: 5 }, { id: 'unknown' }, { id: '__proto__' }, { id: 'x', message: 5 }])(
    'refuses %j',
    async (body) => {
      const { url } = await sandbox();
      const reply = await post(`${url}/sales-q/remove`, { token, ...body });
      expect(reply).toMatchObject({ status: 200, json: { response: false } });
    },
  );
});

describe('update', () => {
  it('is an empty object without leads', async () => {
    const { url } = await sandbox();
    expect((await get(`${url}/sales-q/update`, { token })).text).toBe('{}');
  });

  it("has the form of the document's sample", async () => {
    const box = await sandbox();
    await importLeads(box, { Phone: '491700000888', Anrede: 'Herr', Vorname: 'Jo', Nachname: 'Muster' });
    box.advance(30 * day);
    const { json } = await get(`${box.url}/sales-q/update`, { token });
    const [id, found] = Object.entries(json)[0] as [string, UpdatedLead];
    const [, documented] = Object.entries(sample('update-answer.json'))[0] as unknown as [
      string,
      UpdatedLead,
    ];
    const { 'Wann kontaktieren': _answer, chathistory, ...known } = documented;
    expect(shape(found)).toMatchObject(shape(known) as object);
    expect(found.id).toBe(id);
    expect(shape(found.chathistory[0])).toEqual(shape(chathistory[0]));
    expect(found.chathistory[0]?.body).toContain('Herr Muster');
  });

  it('brings a phone where its last digits say, for any seed', async () => {
    const expected: [ending: string, status: string, leastAnswers: number][] = [
      ['000', 'Not on WhatsApp', 0],
      ['111', 'Open', 0],
      ['222', 'Done', 1],
      ['333', 'Engaged', 1],
      ['444', 'Dead', 1],
      ['555', 'Done', 1],
      ['666', 'Callback', 1],
      ['777', 'Archive', 2],
      ['888', 'Done', 2],
    ];
    for (let seed = 0; seed < 15; seed += 1) {
      const box = await sandbox({ seed });
      await importLeads(box, ...expected.map(([ending]) => ({ Phone: `49170000${seed}${ending}` })));
      box.advance(30 * day);
      for (const [place, found] of (await update(box)).entries()) {
        const [ending, status, least] = expected[place] ?? ['', '', 0];
        const incoming = found.chathistory.filter(({ direction }) => direction === 'incoming').length;
        expect([found.Phone.slice(-3), found.Status]).toEqual([ending, status]);
        expect(least === 0 ? incoming === 0 : incoming >= least, `${ending} with seed ${seed}`).toBe(true);
      }
    }
  });

  it('shows a date in the Comment of a Callback, a picture, and the queue', async () => {
    const box = await sandbox();
    expect((await lead(box, { Phone: '491700000666' })).Comment).toMatch(/am \d+\.\d+\.2026 um \d+ Uhr/);
    expect((await lead(box, { Phone: '491700000888' })).chathistory.map(({ type }) => type)).toContain(
      'image',
    );
    expect(await lead(box, { Phone: '491700000222' }, 60 * minute)).toMatchObject({
      Status: 'Not contacted',
      state: 1,
      chathistory: [],
    });
  });

  it('shows a chat growing: only ever new messages at the end, in order, in seconds', async () => {
    const box = await sandbox();
    await importLeads(box, ...people(40));
    let before = await update(box);
    const seen = new Set<string>();
    for (let step = 0; step < 36; step += 1) {
      box.advance(100 * minute);
      const after = await update(box);
      for (const [place, found] of after.entries()) {
        const old = before[place]?.chathistory ?? [];
        expect(found.chathistory.slice(0, old.length)).toEqual(old);
        const times = found.chathistory.map(({ timestamp }) => timestamp);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(times.every((time) => Number.isInteger(time) && time > 1.7e9 && time < 1.9e9)).toBe(true);
        seen.add(found.Status);
      }
      before = after;
    }
    expect([...seen]).toEqual(expect.arrayContaining(['Not on WhatsApp', 'Open', 'Engaged', 'Dead', 'Done']));
  });

  it('is the same for the same seed and differs for another', async () => {
    const statuses = async (seed: number): Promise<unknown> => {
      const box = await sandbox({ seed });
      await importLeads(box, ...people(50));
      box.advance(5 * 60 * minute);
      return (await update(box)).map(({ Status, chathistory, Comment }) => ({
        Status,
        chathistory,
        Comment,
      }));
    };
    expect(await statuses(3)).toEqual(await statuses(3));
    expect(await statuses(3)).not.toEqual(await statuses(4));
  });

  it('is a mixed crowd in the end: about half are Done', async () => {
    const box = await sandbox();
    await importLeads(box, ...people(500));
    box.advance(30 * day);
    const counts = new Map<string, number>();
    for (const { Status } of await update(box)) counts.set(Status, (counts.get(Status) ?? 0) + 1);
    expect(counts.get('Done')).toBeGreaterThan(200);
    expect([...counts.keys()].toSorted()).toEqual(
      ['Archive', 'Callback', 'Dead', 'Done', 'Engaged', 'Not on WhatsApp', 'Open'].toSorted(),
    );
  });

  it("plays a lead's own script to each of its ends", async () => {
    const script = (sample('import-request.json')['leads'] as unknown as JsonObject[])[1]?.['script'] ?? null;
    const ends = new Set<number>();
    for (let seed = 0; seed < 12; seed += 1) {
      const box = await sandbox({ seed });
      const found = await lead(box, { Phone: '491700000555', Anrede: 'Herr', Nachname: 'Muster', script });
      expect(found.Status).toBe('Done');
      expect(found).not.toHaveProperty('script');
      const said = found.chathistory
        .filter(({ direction }) => direction === 'outgoing')
        .map(({ body }) => body);
      expect(said[0]).toBe('Herr Muster ich kontaktiere Sie wegen... usw.');
      const [when, hour] = [String(found['Wann kontaktieren']), String(found['Uhrzeit'])];
      const closing = {
        4: 'Das liegt leider außerhalb unserer Geschäftszeiten.',
        5: `Danke wir kontaktieren Sie dann im Laufe der Woche ${when} um ${hour}`,
      };
      expect(said.at(-1)).toBe(closing[when === 'Abends' ? 4 : 5]);
      expect(['Morgens', 'Mittags', 'Abends']).toContain(when);
      ends.add(found.state);
    }
    expect([...ends].toSorted()).toEqual([4, 5]);
  });

  it('lets its own keys win over data points of the same name', async () => {
    const box = await sandbox();
    const found = await lead(box, { Phone: '491700000111', Status: 'mine', id: 'mine', state: 'mine' });
    expect(found).toMatchObject({ Status: 'Open', id: expect.stringMatching(/^[0-9a-f]{24}$/) as string });
  });
});
