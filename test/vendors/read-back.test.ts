import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.js';
import type { SealedObject } from '../../src/core/number.js';
import type { DoubtfulRow, Sighting } from '../../src/core/outcome.js';
import type { PushOperation, Vendor } from '../../src/core/vendor.js';
import { addLeads as comunik8Add } from '../../src/vendors/comunik8/add.js';
import { vendors } from '../../src/vendors/index.js';
import { addNumbers, removeNumbers } from '../../src/vendors/mmdial/dnc.js';
import { addLeads } from '../../src/vendors/mmdial/leads-add.js';
import { editLeads } from '../../src/vendors/mmdial/leads-edit.js';
import { findImported, importLeads, type ImportPayload } from '../../src/vendors/sales-q/import.js';
import { findRemoved, removeLeads, type RemovePayload } from '../../src/vendors/sales-q/remove.js';
import { readLead, type SalesQLead } from '../../src/vendors/sales-q/update.js';
import { type ReadBackCase, looking, readBackContract } from '../contract/read-back.js';
import { digits, fictitious } from '../support/leads.js';
import { doubtful, number } from '../support/rows.js';
import type { Received } from '../support/vendor-server.js';

const sentAt = Date.now() - 60_000;
const ref = (row: number): string => String(row).padStart(24, 'c');
const path = ({ url }: Received): string => url.replace(/^\//, '').replace(/\?.*$/, '');
const argument = ({ url }: Received, name: string): string =>
  new URL(url, 'http://x').searchParams.get(name) ?? '';

const importRow = (row: number, phone = fictitious(row)): DoubtfulRow<ImportPayload> =>
  doubtful<ImportPayload>(row, ref(row), { Phone: number(phone), mappingId: ref(row) }, sentAt);
const shown = (index: number, more: JsonObject = {}): JsonObject => ({
  Phone: digits(index),
  Status: 'Open',
  state: 2,
  mappingId: ref(index),
  ...more,
});

const removal = doubtful(1, ref(1), { id: 'a1' }, sentAt, shown(1, { id: 'a1' }));

const mmdial = { username: 'ops', countryCode: 49, auth: 'basic' };
const listing = doubtful(4, ref(4), { number: number(fictitious(4), '01713920004') }, sentAt);
const newLead = (row: number, data: SealedObject): DoubtfulRow =>
  doubtful(row, ref(row), { data, form: {} }, sentAt);
const edit: DoubtfulRow = doubtful(
  3,
  ref(3),
  { leadid: '10001', data: { notices: 'neu' }, form: { Tarif: 'A' } },
  sentAt,
);
const lead = (more: JsonObject = {}, form: JsonObject = {}): JsonObject => ({
  status: 'found',
  lead_data: { leadid: 10001, phone: '01713920002', ...more },
  formdata: form,
});
const leads = (...list: JsonObject[]): JsonObject =>
  list.length === 0 ? { status: 'notfound' } : { status: 'found', lead_data: list, formdata: [] };

const mmdialReads = (request: Received): boolean =>
  request.method === 'GET' && !['dncadd', 'dncdel', 'addlead', 'editlead', 'addlist'].includes(path(request));

const delayed: DoubtfulRow = doubtful(
  5,
  ref(5),
  { mobile: number('+447400123456', '07400123456'), type: 'motor-trade', delays: 600 },
  sentAt,
);

const of = (operation: PushOperation, more: Omit<ReadBackCase, 'operation' | 'secrets'>): ReadBackCase => ({
  operation,
  secrets: { token: 'CANARY-secret', password: 'CANARY-secret', key: 'CANARY-secret' },
  ...more,
});

const checks = { doubletcheck_campaign: 'yes', doubletcheck_global: 'yes' };
const addCase = of(addLeads, {
  rows: [newLead(2, { phone: number(fictitious(2)), leadid_external: ref(2) })],
  options: checks,
  values: mmdial,
  reads: mmdialReads,
  there: (request) =>
    path(request) === 'getleadbyexternalid' ? leads({ leadid: 7, leadid_external: ref(2) }) : leads(),
  gone: () => leads(),
});
const editCase = of(editLeads, {
  rows: [edit],
  options: { redial: false },
  values: mmdial,
  reads: mmdialReads,
  there: () => lead({ notices: 'neu' }, { Tarif: 'A' }),
  gone: () => lead({ notices: 'alt' }, { Tarif: 'A' }),
});
const probeCase = of(comunik8Add, {
  rows: [delayed],
  reads: () => false,
  there: () => ({ cancelled: true }),
  thereIs: 'taken-back',
  gone: () => ({ cancelled: false, warning: 'not found' }),
});

const cases: Readonly<Record<string, ReadBackCase>> = {
  'sales-q import': of(importLeads, {
    rows: [importRow(2), importRow(1)],
    reads: (request) => `${request.method} ${path(request)}` === 'GET update',
    there: () => ({ a1: shown(1), a2: shown(2), a3: shown(3) }),
    gone: () => ({ a3: shown(3) }),
  }),
  'sales-q remove': of(removeLeads, {
    rows: [removal],
    reads: (request) => `${request.method} ${path(request)}` === 'GET update',
    there: () => ({ a2: shown(2) }),
    gone: () => ({ a1: shown(1) }),
  }),
  'comunik8 add': probeCase,
  'mmdial dnc add': of(addNumbers, {
    rows: [listing],
    values: mmdial,
    reads: mmdialReads,
    there: (request) => ({ status: argument(request, 'number') === '01713920004' ? 'exists' : 'notfound' }),
    gone: (request) => ({ status: argument(request, 'number') === '01713920004' ? 'notfound' : 'exists' }),
  }),
  'mmdial dnc remove': of(removeNumbers, {
    rows: [listing],
    values: mmdial,
    reads: mmdialReads,
    there: () => ({ status: 'notfound' }),
    gone: () => ({ status: 'exists' }),
  }),
  'mmdial leads add': addCase,
  'mmdial leads edit': editCase,
};

for (const [name, each] of Object.entries(cases)) readBackContract(name, each);

it('is tried for every operation that can be read back, and Calltouch has none', async () => {
  const all = await Promise.all(vendors.map(async (entry) => (await entry.load()).default));
  const names = (vendor: Vendor): string[] =>
    vendor.operations.filter(({ readBack }) => readBack).map(({ id }) => `${vendor.id} ${id}`);
  expect(all.flatMap(names).sort()).toEqual(Object.keys(cases).sort());
});

const said = (sighting: Sighting | undefined): string =>
  sighting?.seen === 'unclear' ? sighting.code : (sighting?.seen ?? 'nothing');

describe('Sales_Q import, read back', () => {
  const chat = (at: number) => [{ timestamp: at / 1000, body: 'Hallo', type: 'chat', direction: 'outgoing' }];
  const look = (list: readonly SalesQLead[], rows = [importRow(1)]): string[] =>
    findImported(list, rows).map(said);
  const from = (raw: JsonObject, id = 'a1'): SalesQLead => readLead(id, raw);
  const other = from(shown(7), 'a7');

  it('joins by mappingId, whatever the order, and gives the id', () => {
    const list = [from(shown(3), 'a3'), from(shown(1), 'a1'), from(shown(2), 'a2')];
    const seen = findImported(list, [importRow(1), importRow(2), importRow(3), importRow(4)]);
    expect(seen.map((each) => (each.seen === 'found' ? each.vendorId : each.seen))).toEqual([
      'a1',
      'a2',
      'a3',
      'absent',
    ]);
  });

  it('never calls a person absent who is there by another import', () => {
    expect(look([from(shown(1, { mappingId: 'theirs' }))])).toEqual(['vendor.other-lead']);
    expect(look([from(shown(1, { mappingId: '' })), other])).toEqual(['vendor.other-lead']);
    expect(look([from(shown(2, { mappingId: ref(1) }))])).toEqual(['vendor.foreign-phone']);
  });

  it('goes by phone only where no mappingId is shown at all, and nothing speaks against it', () => {
    const bare = (more: JsonObject = {}) => from(shown(1, { mappingId: '', ...more }));
    expect(look([bare()])).toEqual(['found']);
    expect(look([bare({ chathistory: chat(sentAt + 5_000) })])).toEqual(['found']);
    expect(look([bare({ chathistory: chat(sentAt - 86_400_000) })])).toEqual(['vendor.earlier-lead']);
    expect(look([bare(), from(shown(1, { mappingId: '' }), 'b1')])).toEqual(['vendor.several-leads']);
    expect(look([bare()], [importRow(1), importRow(2, fictitious(1))])).toEqual([
      'vendor.several-leads',
      'vendor.several-leads',
    ]);
  });

  it('takes an empty answer, and leads without numbers, for no proof', () => {
    expect(look([])).toEqual(['vendor.empty-answer']);
    expect(look([from({ Status: 'Open' }), other])).toEqual(['vendor.unreadable-answer']);
  });

  it('keeps phone numbers out of evidence and reasons', () => {
    const list = [from(shown(1)), from(shown(2, { mappingId: 'x' }), 'a2')];
    const text = JSON.stringify(findImported(list, [importRow(1), importRow(2), importRow(3)]));
    for (const index of [1, 2, 3]) expect(text).not.toContain(digits(index));
  });
});

describe('Sales_Q remove, read back', () => {
  const others = [readLead('a2', shown(2))];
  const message = 'Auf Wiedersehen';
  const look = (
    list: readonly SalesQLead[],
    text: string | null,
    row: DoubtfulRow<RemovePayload> = removal,
  ): string => said(findRemoved(list, [row], text)[0]);

  it('takes a lead for removed only if it was there before', () => {
    expect(look(others, null)).toBe('found');
    const { kept: _kept, ...unknown } = removal;
    expect(look(others, null, unknown)).toBe('vendor.unknown-before');
    expect(look([], null)).toBe('vendor.empty-answer');
  });

  it('never has a farewell sent again', () => {
    const there = (history: JsonObject[]) => [
      ...others,
      readLead('a1', { ...shown(1), chathistory: history }),
    ];
    expect(look(others, message)).toBe('found');
    expect(look(there([]), message)).toBe('vendor.still-there');
    const told = { timestamp: Math.floor(sentAt / 1000) + 2, body: message, direction: 'outgoing' };
    expect(look(there([told]), message)).toBe('vendor.farewell-sent');
  });

  it('is not sure of an archived lead', () => {
    expect(look([readLead('a1', shown(1, { Status: 'Archive' }))], null)).toBe('vendor.archived');
  });
});

describe('mmDial leads add, read back', () => {
  const look = async (answers: Readonly<Record<string, JsonObject>>, options: JsonObject = checks) =>
    said((await looking(addCase, (request) => answers[path(request)] ?? leads(), { options })).sightings[0]);

  it('asks the name of the function that the document has where the later one is unknown', async () => {
    const answers = { getleadbypexternalid: leads({ leadid: 7, leadid_external: ref(2) }) };
    const { sightings, received } = await looking(addCase, (request) =>
      path(request) === 'getleadbyexternalid' ? undefined : answers.getleadbypexternalid,
    );
    expect(sightings).toMatchObject([{ seen: 'found', vendorId: '7' }]);
    expect(received.map(path)).toEqual(['getleadbyexternalid', 'getleadbypexternalid']);
  });

  it('never adds a number again that is there, whoever added it', async () => {
    const there = (more: JsonObject) => look({ getleadbyphonenumber: leads({ leadid: 9, ...more }) });
    expect(await there({ leadid_external: 'theirs' })).toBe('vendor.other-lead');
    expect(await there({ leadid_external: '' })).toBe('vendor.other-lead');
    expect(await there({ leadid_external: ref(2) })).toBe('found');
    expect(await there({})).toBe('found');
    expect(await look({ getleadbyphonenumber: leads({ leadid: 9 }, { leadid: 8 }) })).toBe(
      'vendor.several-leads',
    );
    expect(await there({ country_phone_code: '43' })).toBe('absent');
  });

  it('needs every look-up whole for an absence', async () => {
    const cut = (name: string) =>
      looking(addCase, (request) => (path(request) === name ? '<html>' : leads())).then(({ sightings }) =>
        sightings.map(said),
      );
    expect(await cut('getleadbyphonenumber')).toEqual(['vendor.unreadable-answer']);
    const both = await looking(addCase, (request) => (/externalid/.test(path(request)) ? '<html>' : leads()));
    expect(both.sightings.map(said)).toEqual(['vendor.unreadable-answer']);
  });

  it('leaves it to a person where the duplicate check was off', async () => {
    expect(await look({}, { ...checks, doubletcheck_campaign: 'no' })).toBe('vendor.no-duplicate-check');
  });

  it('goes on after an answer that cannot be used, and keeps what it saw when mmDial goes down', async () => {
    const rows = [1, 2, 3].map((row) =>
      newLead(row, { phone: number(fictitious(2)), leadid_external: `k${row}` }),
    );
    const { sightings } = await looking(
      addCase,
      (request) => (argument(request, 'leadid') === 'k2' ? '<html>' : leads({ leadid: 1 })),
      { rows },
    );
    expect(sightings.map(({ row, seen }) => [row, seen])).toEqual([
      [1, 'found'],
      [2, 'found'],
      [3, 'found'],
    ]);
    const down = await looking(
      addCase,
      (request) => (argument(request, 'leadid') === 'k1' ? leads({ leadid: 1 }) : 'cut'),
      { rows },
    );
    expect(down.sightings.map(({ row, seen }) => [row, seen])).toEqual([
      [1, 'found'],
      [2, 'unclear'],
    ]);
  });
});

describe('mmDial leads edit, read back', () => {
  const look = async (answer: JsonObject, row: DoubtfulRow = edit, redial = false): Promise<string> =>
    said((await looking(editCase, () => answer, { rows: [row], options: { redial } })).sightings[0]);
  const redial: DoubtfulRow = { ...edit, payload: { leadid: '10001', data: { status: 'NEW2' }, form: {} } };
  const before = (status: string) => ({ lead: { leadid: 10001, status }, form: {} });

  it('does not guess at fields that are not shown, or a lead that is gone', async () => {
    expect(await look(lead({ notices: 'neu' }))).toBe('vendor.not-shown');
    expect(await look({ status: 'notfound' })).toBe('vendor.not-found');
  });

  it('never has status or rotation sent again', async () => {
    expect(await look(lead({ status: 'SALE' }), redial, true)).toBe('vendor.not-as-sent');
    expect(await look(lead({ status: 'NEW2' }), redial, true)).toBe('vendor.unknown-before');
    const stored = { ...redial, kept: before('NEW') };
    expect(await look(lead({ status: 'NEW2' }), stored, true)).toBe('found');
    expect(await look(lead({ status: 'NEW2' }), { ...redial, kept: before('NEW2') }, true)).toBe(
      'vendor.unknown-before',
    );
  });
});

describe('mmDial dnc remove, read back', () => {
  it('says that another notation is still listed', async () => {
    const each = cases['mmdial dnc remove'] as ReadBackCase;
    const { sightings } = await looking(each, (request) => ({
      status: argument(request, 'number') === '+491713920004' ? 'exists' : 'notfound',
    }));
    expect(sightings.map(said)).toEqual(['vendor.still-listed']);
  });
});

describe('Comunik8 add, probed', () => {
  const probe = async (row: Partial<DoubtfulRow>, answer: JsonObject = { cancelled: true }) => {
    const { sightings, received, warnings } = await looking(probeCase, () => answer, {
      rows: [{ ...delayed, ...row }],
    });
    return { said: said(sightings[0]), asked: received.length, warnings };
  };

  it('cancels only what was to be called late, while that delay runs, and never for a test', async () => {
    const payload = (more: JsonObject) => ({ payload: { ...delayed.payload, ...more } });
    expect(await probe(payload({ delays: 599 }))).toMatchObject({ said: 'probe.no-delay', asked: 0 });
    expect(await probe({ sentAt: Date.now() - 601_000 })).toMatchObject({ said: 'probe.too-late', asked: 0 });
    expect(await probe({ sentAt: Date.now() + 60_000 })).toMatchObject({ said: 'probe.too-late', asked: 0 });
    expect(await probe(payload({ test: true }))).toMatchObject({ said: 'probe.test', asked: 0 });
    expect(await probe({})).toMatchObject({ said: 'taken-back', asked: 1 });
  });

  it('calls a person who was called already found, loudly', async () => {
    const { said: what, warnings } = await probe({}, { cancelled: false, warning: 'already processed' });
    expect([what, warnings.length]).toEqual(['found', 1]);
  });

  it('concludes nothing from another refusal, and asks once', async () => {
    expect(await probe({}, { cancelled: false, warning: 'server error (save)' })).toMatchObject({
      said: 'vendor.save-failed',
      asked: 1,
    });
  });
});
