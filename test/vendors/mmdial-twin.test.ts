import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.js';
import { day, newFolder } from '../server/support.js';
import { api, ask, numbers, plain, wholeLead } from './mmdial-twin-support.js';

const none = { success: 0, error: 0, sqlerror: 0, formaterror: 0, doubleterror: 0, invaliderror: 0 };

describe('addlead', () => {
  it('counts, gives no id, and keeps every field and free form field', async () => {
    const at = await api();
    const stats = await at.add('03023125111', {
      'leaddata[first_name]': 'Zoë',
      'leaddata[leadid_external]': 'mine-1',
      'leaddata[birthdate]': '1.2.1980',
      'formfields[Straße & Nr. [neu]': 'Am Weg 1/ß',
      'formfields[Frei]': 'ja',
    });
    expect(stats).toEqual({ ...none, success: 1, formaterror_types: [] });
    for (const name of ['getleadbypexternalid', 'getleadbyexternalid']) {
      const { json } = await at.call(name, { leadid: 'mine-1' });
      expect(json).toMatchObject({
        status: 'found',
        lead_data: [{ phone: '03023125111', first_name: 'Zoë', status: 'NEW', birthdate: '1.2.1980' }],
        formdata: [{ Frei: 'ja' }],
      });
      const [lead = {}] = json['lead_data'] as unknown as JsonObject[];
      const byId = (await at.call('getleadbyid', { leadid: plain(lead['leadid']) })).json;
      expect(numbers(byId['lead_data'] as JsonObject)).toEqual(numbers(lead));
    }
  });

  it.each<[string, Record<string, string>, JsonObject]>([
    ['03023125000', {}, { invaliderror: 1 }],
    ['03023125000', { invalidcheck: 'no' }, { success: 1 }],
    ['12345', {}, { invaliderror: 1 }],
    ['01713920010', {}, { doubleterror: 1 }],
    ['01713920010', { doubletcheck_global: 'no' }, { doubleterror: 1 }],
    ['01713920010', { doubletcheck_global: 'no', doubletcheck_campaign: 'no' }, { success: 1 }],
    ['017604069030', { doubletcheck_global: 'no' }, { success: 1 }],
    ['+491713920010', {}, { success: 1 }],
    ['01713920098', {}, { success: 1 }],
    ['', {}, { formaterror: 1, formaterror_types: { phone: 1 } }],
    ['4.9E+11', {}, { formaterror: 1, formaterror_types: { phone: 1 } }],
    [
      '03023125111',
      { 'leaddata[birthdate]': 'May' },
      { formaterror: 1, formaterror_types: { birthdate: 1 } },
    ],
    ['03023125440', {}, { error: 1 }],
    ['03023125444', {}, { sqlerror: 1 }],
    ['03023125445', {}, { sqlerror: 1 }],
    ['03023125449', {}, {}],
    ['03023125111', { list_id: '36' }, { error: 1 }],
    ['03023125111', { campaign_id: '50' }, { error: 1 }],
    ['03023125111', { invalidcheck: '' }, { error: 1 }],
    ['03023125111', { doubletcheck_global: '1' }, { error: 1 }],
  ])('answers %j with %j by %j', async (phone, changes, expected) => {
    const stats = await (await api()).add(phone, changes);
    const types = stats['formaterror_types'] as JsonObject;
    expect({ ...stats, formaterror_types: Array.isArray(types) ? types : numbers(types) }).toEqual({
      ...none,
      formaterror_types: [],
      ...expected,
    });
  });

  it('may have added what it calls an error: only reading back tells', async () => {
    const at = await api();
    for (const ending of ['440', '444', '445', '446', '447', '448', '449']) await at.add(`03023125${ending}`);
    const there = await Promise.all(
      ['440', '444', '445', '446', '447', '448', '449'].map(async (ending) => {
        const leads = await at.leads(`03023125${ending}`);
        return leads.length === 1 ? ending : null;
      }),
    );
    expect(there.filter(Boolean)).toEqual(['445', '446', '447']);
    expect(await at.add('03023125445')).toMatchObject({ doubleterror: 1 });
  });

  it('wants its arguments in a form, in the charset that is declared', async () => {
    const at = await api();
    const lead = { ...wholeLead('03023125111'), 'leaddata[last_name]': 'Groß' };
    const post = (body: string | Buffer, type: string): Promise<unknown> =>
      ask(`${at.url}/addlead`, { method: 'POST', body, headers: { 'content-type': type } });
    expect((await at.call('addlead', lead)).json['lead_stats']).toBeDefined();
    await post(JSON.stringify(lead), 'application/json');
    expect(await at.leads('03023125111')).toEqual([]);
    const latin = new URLSearchParams(lead).toString().replace('%C3%9F', '%DF');
    await post(latin, 'application/x-www-form-urlencoded; charset=ISO-8859-1');
    expect(await at.leads('03023125111')).toMatchObject([{ last_name: 'Groß' }]);
    await post(latin.replace('125111', '125555'), 'application/x-www-form-urlencoded');
    expect(await at.leads('03023125555')).toMatchObject([{ last_name: 'Gro\ufffd' }]);
  });
});

describe('the dialler', () => {
  it('calls a lead where its last digits say, and counts a person once', async () => {
    const at = await api();
    const endings = ['111', '222', '333', '555', '666', '777', '888'];
    for (const ending of endings) await at.add(`03023125${ending}`);
    expect(at.persons()).toEqual([]);
    at.box.advance(5 * day);
    const statuses = await Promise.all(
      endings.map(async (ending) => (await at.leads(`03023125${ending}`))[0]?.['status']),
    );
    expect(statuses).toEqual(['NA', 'SALE', 'A', 'SALE', 'SALE', 'NI', 'DNC']);
    expect(at.box.contacts().twice).toEqual([]);
    const calls = new Map(at.persons().map(({ person, what }) => [person.slice(-3), what.length]));
    expect(Object.fromEntries(calls)).toEqual({ 111: 3, 222: 2, 333: 3, 555: 1, 666: 2, 777: 1, 888: 1 });
    const sold = (await at.call('getleadbyphonenumber', { number: '03023125555' })).json;
    expect(Object.keys((sold['formdata'] as unknown as JsonObject[])[0] ?? {})).toContain('Zählernummer');
    expect((await at.call('dnccheck', { number: '03023125888' })).json).toEqual({ status: 'exists' });
  });

  it('calls nobody on the list, unless the number is written another way', async () => {
    const at = await api();
    await at.call('dncadd', { number: '03023125555,+493023125777' });
    await at.add('03023125555');
    await at.add('03023125777');
    await at.add('03023125111', { campaign_id: '13', list_id: '36' });
    at.box.advance(day);
    expect(at.persons().map(({ person }) => person)).toEqual(['03023125777']);
    expect(await at.leads('03023125555')).toMatchObject([{ status: 'DNCL' }]);
    expect(await at.leads('03023125111')).toMatchObject([{ status: 'NEW' }]);
  });

  it('calls a person twice who was added twice', async () => {
    const at = await api();
    const unchecked = { doubletcheck_global: 'no', doubletcheck_campaign: 'no' };
    await at.add('03023125555', unchecked);
    await at.add('03023125555', unchecked);
    at.box.advance(day);
    expect(at.box.contacts().twice).toEqual([{ person: '03023125555', vendor: 'mmdial', times: 2 }]);
  });

  it('makes the same calls in one step and in many', async () => {
    const walk = async (steps: number): Promise<unknown> => {
      const at = await api();
      for (let number = 100; number < 130; number += 1) await at.add(`03023125${number}`);
      for (let step = 0; step < steps; step += 1) {
        at.box.advance(day / steps);
        at.persons();
      }
      const { json } = await at.call('searchvoicebyagent', { agentid: '8', date: '2026-03-02' });
      const voices = Object.values(json['voices'] as JsonObject) as JsonObject[];
      const times = voices.map(({ timestamp }) => plain(timestamp));
      expect(times.length).toBeGreaterThan(2);
      expect(times).toEqual(times.toSorted());
      return [at.box.contacts(), times];
    };
    expect(await walk(1)).toEqual(await walk(48));
  });
});

describe('editlead', () => {
  it('changes the named fields only, and calls again only for status and rotation', async () => {
    const at = await api();
    const edit = (form: Record<string, string>): Promise<JsonObject> =>
      at.call('editlead', { campaign_id: '12', leadid: '10001' }, form).then(({ json }) => json);
    const read = async (): Promise<JsonObject> => (await at.call('getleadbyid', { leadid: '10001' })).json;
    const before = numbers((await read())['lead_data'] as JsonObject);
    expect(await edit({ 'leaddata[ort]': 'Köln-Süd', 'formfields[Tarif]': 'neu' })).toEqual({ status: 'ok' });
    at.box.advance(day);
    const after = await read();
    const changed = Object.entries(numbers(after['lead_data'] as JsonObject)).filter(
      ([k, v]) => before[k] !== v,
    );
    expect(changed.map(([name]) => name)).toEqual(['ort', 'last_edit']);
    expect(after['formdata']).toMatchObject({ Tarif: 'neu' });
    expect(at.persons()).toEqual([]);
    for (const again of ['leaddata[status]', 'leaddata[rotation]']) {
      expect(await edit({ [again]: '5' })).toEqual({ status: 'ok' });
      at.box.advance(day);
    }
    expect(at.box.contacts().twice).toMatchObject([{ person: '01713920010', times: 2 }]);
  });

  it.each<[Record<string, string>, Record<string, string>]>([
    [{ leadid: '10001' }, { 'leaddata[ort]': 'x' }],
    [{ campaign_id: '12' }, { 'leaddata[ort]': 'x' }],
    [{ campaign_id: '13', leadid: '10001' }, { 'leaddata[ort]': 'x' }],
    [{ campaign_id: '99', leadid: '10001' }, { 'leaddata[ort]': 'x' }],
    [{ campaign_id: '12', leadid: '77' }, { 'leaddata[ort]': 'x' }],
    [{ campaign_id: '12', leadid: '10001' }, {}],
    [{ campaign_id: '12', leadid: '10001', 'leaddata[ort]': 'x' }, {}],
    [{}, { campaign_id: '12', leadid: '10001', 'leaddata[ort]': 'x' }],
  ])('refuses %j with form %j', async (query, form) => {
    const at = await api();
    const { json } = await at.call('editlead', query, form);
    expect(json).toEqual({ status: 'error', reason: expect.any(String) as string });
  });
});

describe('the do-not-call list', () => {
  it('adds, finds, lists and deletes numbers as they are written', async () => {
    const at = await api();
    const status = async (name: string, number: string): Promise<unknown> =>
      (await at.call(name, { number })).json['status'];
    expect(await status('dncadd', '03023125001')).toBe('ok');
    expect(await status('dncadd', '03023125001')).toBe('doublet');
    expect(await status('dncadd', '03023125001, 03023125002')).toBe('doublet');
    expect(await status('dnccheck', '03023125002')).toBe('exists');
    expect(await status('dnccheck', '+493023125002')).toBe('notfound');
    const fuzzy = async (number: string): Promise<unknown> =>
      (await at.call('dnccheck', { number, fuzzy: 'yes' })).json['results'];
    await at.call('dncadd', { number: '+493023125001' });
    expect(await fuzzy('3023125001')).toEqual(['03023125001', '+493023125001']);
    expect(await fuzzy('555')).toEqual([]);
    const list = await at.call('dncget');
    expect(list.type).toContain('text/csv');
    expect(list.text.trim().split('\n')).toEqual(expect.arrayContaining(['03023125002', '+493023125001']));
    expect(await status('dncdel', '03023125001,03023125009')).toBe('ok');
    expect(await status('dncdel', '03023125001')).toBe('error');
    for (const wrong of ['', 'abc', '1,,2', '03023125440']) {
      expect(await status('dncadd', wrong)).toBe('error');
      expect(await status('dnccheck', wrong || ' ')).toBe(wrong ? 'notfound' : 'error');
    }
  });

  it('takes a plus that is not encoded for a space, as every server does', async () => {
    const at = await api();
    await ask(`${at.url}/dncadd?number=+493023125001`);
    expect((await at.call('dnccheck', { number: '493023125001' })).json).toEqual({ status: 'exists' });
    expect((await at.call('dnccheck', { number: '+493023125001' })).json).toEqual({ status: 'notfound' });
  });

  it('has done its work though the answer is a web page or nothing, and has not where it is a 500', async () => {
    const at = await api();
    const seen: unknown[] = [];
    for (const number of ['03023125446', '03023125447', '03023125448']) {
      const { status, text } = await at.call('dncadd', { number });
      const { json } = await at.call('dnccheck', { number });
      seen.push([status, text.slice(0, 9), json['status']]);
    }
    expect(seen).toEqual([
      [200, '<!DOCTYPE', 'exists'],
      [200, '', 'exists'],
      [500, '<!DOCTYPE', 'notfound'],
    ]);
  });

  it('has a header with some seeds', async () => {
    const { text } = await (await api({ seed: 3 })).call('dncget');
    expect(text).toMatch(/^phone_number;added;reason\n\+491713920011;2026-03-02 10:00:00;Anruf\n/);
  });
});

describe('the rest', () => {
  it('finds leads by number in arrays of equal length, an empty form as []', async () => {
    const at = await api();
    const { json } = await at.call('getleadbyphonenumber', { number: '01713920010' });
    const [leads, forms] = [json['lead_data'], json['formdata']] as unknown as [JsonObject[], unknown[]];
    expect(leads.map(({ leadid }) => Number(leadid))).toEqual([10001, 10060]);
    expect([forms.length, forms[1]]).toEqual([2, []]);
    expect((await at.call('getleadbyexternalid', { leadid: 'CRM-1001' })).json['lead_data']).toHaveLength(2);
  });

  it.each<[string, Record<string, string>, JsonObject]>([
    ['getleadbyid', { leadid: '1' }, { status: 'notfound' }],
    ['getleadbyphonenumber', { number: '1' }, { status: 'notfound' }],
    ['getleadbypexternalid', { leadid: 'none' }, { status: 'notfound' }],
    ['getleadbyid', {}, { status: 'error', reason: 'leadid missing' }],
    ['getagentbyid', { agentid: '1' }, { status: 'notfound' }],
    ['getagentbyid', {}, { status: 'error', reason: 'agentid missing' }],
    ['getfieldsbycampaign', { campaign_id: '99' }, { status: 'error', msg: 'campaign locked' }],
    ['getfieldsbycampaign', { campaign_id: '50' }, { fields: [] }],
    ['searchvoicebyleadid', {}, { status: 'error', msg: 'leadid missing' }],
    ['searchvoicebyleadid', { leadid: '1' }, { status: 'error', msg: 'lead not found' }],
    ['searchvoicebyphonenumber', {}, { status: 'error', msg: 'phone missing' }],
    ['searchvoicebyagent', { agentid: '1' }, { status: 'error', msg: 'agent not found' }],
    ['addlist', { campaignID: '12', description: 'x' }, { status: 'error', reason: 'campaignID missing' }],
  ])('answers %s %j', async (name, query, expected) => {
    const { status, json } = await (await api()).call(name, query);
    expect([status, json]).toEqual([200, expected]);
  });

  it('adds lists that leads can be put in, and refuses what is missing', async () => {
    const at = await api();
    const add = async (form: Record<string, string>): Promise<JsonObject> =>
      (await at.call('addlist', {}, form)).json;
    expect(await add({ campaign_id: '12', description: 'x' })).toMatchObject({
      reason: 'campaignID missing',
    });
    expect(await add({ campaignID: '12' })).toMatchObject({ status: 'error', reason: 'description missing' });
    expect(await add({ campaignID: '99', description: 'x' })).toMatchObject({ reason: 'campaign unknown' });
    expect(numbers(await add({ campaignID: '12', description: 'Neu' }))).toMatchObject({ listid: 38 });
    expect(await at.add('03023125111', { list_id: '38' })).toMatchObject({ success: 1 });
  });

  it('names fields and agents, with umlauts and in arrays', async () => {
    const at = await api();
    const fields = (await at.call('getfieldsbycampaign', { campaign_id: '12' })).json['fields'];
    expect(fields).toEqual(expect.arrayContaining([{ name: 'Zählernummer' }]));
    const { text, json } = await at.call('getagentbyid', { agentid: '7' });
    expect(json).toMatchObject({ status: 'found', agent_info: [{ first_name: 'Änne' }] });
    expect(text).toContain('\\u00c4nne');
  });

  it('knows no other function and no other method', async () => {
    const at = await api();
    for (const [path, init, status] of [
      ['/camp_dncadd', {}, 404],
      ['/', {}, 404],
      ['/files/voice/1.wav', {}, 404],
      ['/dncget', { method: 'DELETE' }, 405],
    ] as const) {
      const answer = await ask(`${at.url}${path}`, init);
      expect([answer.status, answer.type]).toEqual([status, 'text/html; charset=iso-8859-1']);
    }
    for (const [leadid, status] of [
      ['990446', 200],
      ['990447', 200],
      ['990448', 500],
    ] as const) {
      const answer = await at.call('getleadbyid', { leadid });
      expect([answer.status, answer.json]).toEqual([status, {}]);
    }
  });

  it('writes numbers as text and as numbers, and JSON as text/html: the same way for the same request', async () => {
    const at = await api();
    const ids = Array.from({ length: 20 }, (_, index) => String(10_001 + index));
    const seen = async (): Promise<string[]> =>
      Promise.all(
        ids.map(async (leadid) => {
          const { json, type } = await at.call('getleadbyid', { leadid });
          return `${typeof (json['lead_data'] as JsonObject)['leadid']} ${type.slice(0, 9)}`;
        }),
      );
    const first = await seen();
    expect(new Set(first)).toEqual(
      new Set(['string text/html', 'number text/html', 'string applicati', 'number applicati']),
    );
    expect(await seen()).toEqual(first);
  });

  it('goes on where it was after a restart', async () => {
    const stateFile = join(await newFolder(), 'state.json');
    const first = await api({ stateFile });
    await first.add('03023125666', { 'formfields[__proto__]': 'kept' });
    await first.call('dncadd', { number: '03023125777' });
    first.box.advance(3_600_000);
    const read = async (at: typeof first): Promise<unknown> => [
      (await at.call('getleadbyphonenumber', { number: '03023125666' })).text,
      (await at.call('dncget')).text,
      (await at.call('searchvoicebyagent', { agentid: '9' })).text.replace(/127\.0\.0\.1:\d+/g, ''),
      at.persons(),
    ];
    const before = await read(first);
    await first.box.close();
    const second = await api({ stateFile, seed: 77 });
    expect(await read(second)).toEqual(before);
    second.box.advance(2 * day);
    expect(second.persons()).toMatchObject([{ person: '03023125666', what: { length: 2 } }]);
  });
});

describe('the fixtures', () => {
  it('are all listed, and the manifest names none that is not there', () => {
    const folder = new URL('../../fixtures/vendors/mmdial/', import.meta.url);
    const listed = JSON.parse(readFileSync(new URL('answers.json', folder), 'utf8')) as Record<
      string,
      unknown
    >[];
    expect(new Set(listed.map(({ file }) => file)).size).toBe(listed.length);
    for (const { file, contentType } of listed) {
      const text = readFileSync(new URL(String(file), folder), 'utf8');
      if (String(file).endsWith('.json'))
        expect(() => JSON.parse(text) as unknown, String(file)).not.toThrow();
      expect(contentType).toEqual(expect.any(String));
    }
  });
});
