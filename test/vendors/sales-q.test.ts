import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { HttpResult } from '../../src/core/http.js';
import { checkDataPointName, importLeads, readImport } from '../../src/vendors/sales-q/import.js';
import salesQ from '../../src/vendors/sales-q/index.js';
import { readUpdate } from '../../src/vendors/sales-q/update.js';
import { readRemove, removeLeads } from '../../src/vendors/sales-q/remove.js';
import { checkScript, scriptAsSent } from '../../src/vendors/sales-q/script.js';
import { vendorContract } from '../contract/vendor.js';
import { digits, fictitious } from '../support/leads.js';
import { cleared, number } from '../support/rows.js';
import type { Received } from '../support/vendor-server.js';

const ref = (index: number): string => String(index).padStart(24, 'a');
const row = (index: number) =>
  cleared(index, ref(index), { Phone: number(fictitious(index)), mappingId: ref(index) });
const rows = [row(1), row(2), row(3)];

const entries = ({ body }: Received): { Phone: string; id: string; mappingId: string }[] => {
  const { leads } = JSON.parse(body) as { leads: { Phone: string; mappingId: string }[] };
  return leads.map(({ Phone, mappingId }) => ({ Phone, id: `id-${Phone}`, mappingId }));
};

vendorContract('Sales_Q import', {
  vendor: salesQ,
  operation: importLeads,
  rows,
  secrets: { token: 'CANARY-secret' },
  yes: (request) => ({ imported: true, log: 'imported the leads', ids: entries(request).reverse() }),
  no: () => ({ response: false, log: 'leads are not parser-compliant' }),
});

const removal = cleared(1, ref(1), { id: '5b929a13e7c7543ce399ea13' });

vendorContract('Sales_Q remove', {
  vendor: salesQ,
  operation: removeLeads,
  rows: [removal],
  secrets: { token: 'CANARY-secret' },
  yes: () => ({
    response: true,
    log: 'Object deleted',
    obj: { id: '5b929a13e7c7543ce399ea13', Phone: digits(1) },
  }),
  no: () => ({ response: false, log: 'no such lead' }),
});

const answer = (body: unknown, status = 200): HttpResult => ({
  kind: 'answer',
  status,
  headers: {},
  body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
});

const outcomesOf = (body: unknown, status = 200): string[] =>
  readImport(answer(body, status), rows, 0).outcomes.map(({ outcome }) =>
    'code' in outcome ? outcome.code : outcome.kind,
  );

it('sends fifty leads a request, and more where that is asked for', () => {
  expect(importLeads.limits).toEqual({ usual: 50, items: 1_000, bytes: 90_000 });
});

describe('the answer to import', () => {
  const ids = rows.map(({ ref: mappingId, payload }) => ({
    Phone: payload.Phone.digits(),
    id: `id-${mappingId}`,
    mappingId,
  }));

  it('takes the flag of the sample and that of the table, as text too', () => {
    for (const flag of [{ imported: true }, { response: true }, { imported: 'true' }, {}]) {
      expect(outcomesOf({ ...flag, ids })).toEqual(['delivered', 'delivered', 'delivered']);
    }
  });

  it('matches by mappingId, then by the digits of the phone, in any order', () => {
    const byPhone = ids.map(({ Phone, id }) => ({ phone: `+${Phone}`, id })).reverse();
    const { outcomes } = readImport(answer({ imported: true, ids: byPhone }), rows, 0);
    expect(outcomes.map(({ outcome }) => (outcome.kind === 'delivered' ? outcome.vendorId : null))).toEqual(
      ids.map(({ id }) => id),
    );
  });

  it('leaves rows without an id of their own in doubt', () => {
    expect(outcomesOf({ imported: true })).toEqual(['vendor.no-id', 'vendor.no-id', 'vendor.no-id']);
    expect(outcomesOf({ imported: true, ids: ids.slice(0, 2) })).toEqual([
      'delivered',
      'delivered',
      'vendor.no-id',
    ]);
    expect(
      outcomesOf({ imported: true, ids: ids.map((entry) => ({ ...entry, mappingId: 'foreign' })) }),
    ).toEqual(['vendor.no-id', 'vendor.no-id', 'vendor.no-id']);
    expect(outcomesOf({ imported: true, ids: ids.map((entry) => ({ ...entry, id: 'same' })) })).toEqual([
      'vendor.duplicate-id',
      'vendor.duplicate-id',
      'vendor.duplicate-id',
    ]);
  });

  it('believes no contradiction', () => {
    expect(outcomesOf({ imported: true, response: false, ids })[0]).toBe('vendor.contradictory-answer');
    expect(outcomesOf({ imported: true, ids }, 400)[0]).toBe('vendor.contradictory-answer');
  });

  it('rejects on a documented refusal, whatever the status below 500', () => {
    expect(outcomesOf({ response: false, log: 'x' }, 400)[0]).toBe('vendor.refused');
    expect(outcomesOf({ imported: false }, 200)[0]).toBe('vendor.refused');
    expect(outcomesOf({ response: false, log: 'x' }, 500)[0]).toBe('vendor.server-error');
  });

  it('takes a refusal that speaks of the token as refused credentials', () => {
    const result = readImport(answer({ response: false, log: 'token unknown' }), rows, 0);
    expect(result.stop?.cause).toBe('credentials');
    expect(result.outcomes[0]?.outcome.kind).toBe('deferred');
  });
});

describe('the answer to remove', () => {
  it('takes obj as an object and as a list, and doubts a foreign id', () => {
    const read = (obj: unknown): string | undefined =>
      readRemove(answer({ response: true, obj }), [removal], 0).outcomes[0]?.outcome.kind;
    expect(read({ id: removal.payload.id })).toBe('delivered');
    expect(read([{ id: removal.payload.id }])).toBe('delivered');
    expect(read({ id: 'another' })).toBe('in-doubt');
  });
});

describe('the answer to update', () => {
  const lead = {
    Phone: digits(1),
    Vorname: 'Eva',
    Status: 'Open',
    'Wann kontaktieren': 'morgens',
    Comment: 'nicht vor 8 Uhr',
    state: 2,
    id: ref(1),
    chathistory: [{ timestamp: 1533908873, body: 'Hallo', type: 'chat', direction: 'outgoing' }],
  };

  it('reads leads keyed by id, with their data points and chat', () => {
    expect(readUpdate(answer({ [ref(1)]: lead }))).toMatchObject([
      {
        id: ref(1),
        phone: fictitious(1),
        status: 'Open',
        state: '2',
        comment: 'nicht vor 8 Uhr',
        data: { Vorname: 'Eva', 'Wann kontaktieren': 'morgens' },
        chat: [{ at: '2018-08-10T13:47:53.000Z', direction: 'outgoing', type: 'chat', body: 'Hallo' }],
      },
    ]);
  });

  it('reads the other shapes the tables allow', () => {
    expect(readUpdate(answer([lead]))).toHaveLength(1);
    expect(readUpdate(answer({ [ref(1)]: [lead] }))).toHaveLength(1);
    expect(readUpdate(answer({}))).toEqual([]);
    const late = {
      ...lead,
      chathistory: [{ timestamp: 1533908873000, body: '', type: 'image', direction: 'incoming' }],
    };
    expect(readUpdate(answer({ [ref(1)]: late }))).toMatchObject([
      { chat: [{ at: '2018-08-10T13:47:53.000Z' }] },
    ]);
  });

  it('never takes a failure for "no leads"', () => {
    for (const body of [
      { response: false, log: 'x' },
      { log: 'x' },
      '',
      '<html>',
      'null',
      { imported: false },
    ]) {
      expect(readUpdate(answer(body))).toMatchObject({ error: { exit: 5 } });
    }
    expect(readUpdate(answer({}, 401))).toMatchObject({ error: { exit: 4 } });
    expect(readUpdate(answer({}, 503))).toMatchObject({ again: true });
  });
});

describe('names of data points', () => {
  it("lets the document's own through and refuses what it forbids", () => {
    for (const name of ['Anrede', 'Wann kontaktieren', 'Straße', 'Alter_2', 'E-Mail'])
      expect(checkDataPointName(name)).toBeNull();
    for (const name of ['a.b', '$x', 'Straße/Nr', '{x}', 'a"b', ' a', 'a\u0000']) {
      expect(checkDataPointName(name)?.code).toBe('field.forbidden-name');
    }
    for (const name of ['id', 'Status', 'state', 'Comment', 'chathistory', 'phone']) {
      expect(checkDataPointName(name)?.code).toBe('field.reserved-name');
    }
  });
});

describe('scripts', () => {
  const element = (state: string, next: unknown, dataconnect?: string): Record<string, unknown> => ({
    content: 'x',
    state,
    next,
    ...(dataconnect === undefined ? {} : { dataconnect }),
  });
  const codes = (script: unknown): string[] => checkScript(script as never).map(({ code }) => code);

  it('accepts the sample of the document', () => {
    const sample = JSON.parse(readFileSync('fixtures/vendors/sales-q/import-request.json', 'utf8')) as {
      leads: { script?: unknown }[];
    };
    expect(codes(sample.leads.find(({ script }) => script)?.script)).toEqual([]);
  });

  it('finds what would break a chat or write to a person without end', () => {
    expect(codes([])).toEqual(['script.not-a-list']);
    expect(codes([element('2', '2')])).toEqual(['script.no-start']);
    expect(codes([element('1', '9')])).toEqual(['script.dangling-next']);
    expect(codes([element('1', '1'), element('1', '1')])).toEqual(['script.duplicate-state']);
    expect(codes([element('1', '2'), element('2', '1')])).toEqual(['script.endless']);
    expect(codes([element('1', '2', 'a'), element('2', '1')])).toEqual([]);
    expect(codes([element('1', [{ answer: 'A', next: '1' }])])).toEqual(['script.no-dataconnect']);
  });

  it('sends states as text, or as numbers if the profile says so', () => {
    const script = [element('1', 2), element('2', [{ answer: 'A', next: 1 }], 'x')];
    expect(scriptAsSent(script as never, false)).toMatchObject([
      { state: '1', next: '2' },
      { next: [{ next: '1' }] },
    ]);
    expect(scriptAsSent(script as never, true)).toMatchObject([
      { state: 1, next: 2 },
      { next: [{ next: 1 }] },
    ]);
  });
});
