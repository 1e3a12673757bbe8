import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { HttpResult } from '../../src/core/http.js';
import type { Cleared, SealedObject } from '../../src/core/number.js';
import { readNumber } from '../../src/core/phone.js';
import { Secret } from '../../src/core/secret.js';
import type { Lead, OptionValues, PushOperation, VendorContext } from '../../src/core/vendor.js';
import { createHttp } from '../../src/http/client.js';
import { addNumbers, removeNumbers } from '../../src/vendors/mmdial/dnc.js';
import mmdial from '../../src/vendors/mmdial/index.js';
import { addLeads } from '../../src/vendors/mmdial/leads-add.js';
import { difference } from '../../src/vendors/mmdial/leads-difference.js';
import { editLeads } from '../../src/vendors/mmdial/leads-edit.js';
import { readLeads } from '../../src/vendors/mmdial/leads-get.js';
import { readStats } from '../../src/vendors/mmdial/leads.js';
import { likelyE164, nationalParts, notationsOf, possibleE164 } from '../../src/vendors/mmdial/notation.js';
import { readVerdict } from '../../src/vendors/mmdial/read.js';
import { vendorContract } from '../contract/vendor.js';
import { runOptionsOf } from '../support/options.js';
import { fictitious } from '../support/leads.js';
import { asE164, asWritten, cleared, number } from '../support/rows.js';
import { realClock } from '../support/sandboxed.js';
import { type Received, sendJson, VendorServer } from '../support/vendor-server.js';

const phone = fictitious(10);
const secrets = { password: 'CANARY-secret' };
const values = { username: 'ops', countryCode: 49 };
const path = ({ url }: Received): string => url.replace(/^\//, '').replace(/\?.*$/, '');
const argument = ({ url }: Received, name: string): string | null =>
  new URL(url, 'http://x').searchParams.get(name);

const row = <P extends SealedObject>(payload: P): Cleared<P> => cleared(1, 'a'.repeat(24), payload);

const stats = (counts: Record<string, number>) => ({ lead_stats: { formaterror_types: [], ...counts } });

const listing = row({ number: number(phone, '01713920010') });
const newLead = row({
  data: { phone: number(phone), last_name: 'Groß', leadid_external: 'k1' },
  form: { Tarif: 'A' },
});
const edit = row({ leadid: '10001', data: { notices: 'neu' }, form: {} });
const addOptions = {
  campaign: '12',
  list: '34',
  countryCode: '49',
  invalidcheck: 'yes',
  doubletcheck_global: 'yes',
  doubletcheck_campaign: 'yes',
};
const leadAnswer = (notices: string, more = {}) => ({
  status: 'found',
  lead_data: { leadid: 10001, phone: '01713920010', last_name: 'Groß', notices, last_edit: notices, ...more },
  formdata: [],
});

vendorContract('mmDial dnc add', {
  vendor: mmdial,
  operation: addNumbers,
  rows: [listing],
  secrets,
  values,
  yes: () => ({ status: 'ok', message: 'added' }),
  no: () => ({ status: 'error', message: 'no' }),
  aside: (request) => (path(request) === 'dnccheck' ? { status: 'exists' } : undefined),
});

vendorContract('mmDial dnc remove', {
  vendor: mmdial,
  operation: removeNumbers,
  rows: [listing],
  secrets,
  values,
  yes: () => ({ status: 'ok', message: '' }),
  no: () => ({ status: 'error', message: 'no' }),
  aside: (request) => (path(request) === 'dnccheck' ? { status: 'notfound' } : undefined),
});

vendorContract('mmDial leads add', {
  vendor: mmdial,
  operation: addLeads,
  options: addOptions,
  rows: [newLead],
  secrets,
  values,
  yes: () => stats({ success: 1 }),
  no: () => stats({ invaliderror: 1 }),
});

vendorContract('mmDial leads edit', {
  vendor: mmdial,
  operation: editLeads,
  options: { campaign: '12', redial: false },
  rows: [edit],
  secrets,
  values,
  yes: () => ({ status: 'ok' }),
  no: () => ({ status: 'error', reason: 'no' }),
  aside: (request, applied) =>
    path(request) === 'getleadbyid' ? leadAnswer(applied ? 'neu' : 'alt') : undefined,
});

/** A server that answers each function in its own way; the last answer of a list stays. */
async function sending(
  operation: PushOperation,
  rows: readonly Cleared[],
  answers: Readonly<Record<string, (request: Received) => unknown>>,
  options: OptionValues = {},
  times = 1,
) {
  const server = await VendorServer.start((request, response) =>
    sendJson(response, answers[path(request)]?.(request) ?? {}, answers[path(request)] ? 200 : 404),
  );
  const context: VendorContext = {
    settings: {
      url: server.url,
      perSecond: null,
      concurrency: null,
      timeoutMs: 2_000,
      account: null,
      secrets: { password: new Secret('pä:ss') },
      values,
    },
    http: createHttp(),
    clock: realClock,
    signal: new AbortController().signal,
    warn: () => undefined,
  };
  const sender = await operation.open(context, options);
  let result = await sender.send(rows);
  for (let count = 1; count < times; count += 1) result = await sender.send(rows);
  await server.close();
  return { outcome: result.outcomes[0]?.outcome, stop: result.stop, received: server.received };
}

interface Fixture {
  readonly file: string;
  readonly function: string;
  readonly status: number;
  readonly contentType: string;
  readonly outcome: string | null;
  readonly code: string | null;
}

const folder = 'fixtures/vendors/mmdial';
const fixtures = JSON.parse(readFileSync(`${folder}/answers.json`, 'utf8')) as Fixture[];
type Pushed = readonly [PushOperation, Cleared, OptionValues];
const added: Pushed = [addLeads, newLead, addOptions];
const operations: Readonly<Record<string, Pushed>> = {
  dncadd: [addNumbers, listing, {}],
  dncdel: [removeNumbers, listing, {}],
  addlead: added,
  editlead: [editLeads, edit, { campaign: '12', redial: false }],
};

describe('the answers of the fixtures', () => {
  it.each(fixtures.filter(({ outcome }) => outcome !== null))('$file is $outcome', async (fixture) => {
    const [operation, pushed, options] = operations[fixture.function] ?? added;
    let asked = false;
    const server = await VendorServer.start((request, response) => {
      if (path(request) === 'dnccheck')
        return sendJson(response, { status: fixture.function === 'dncdel' ? 'notfound' : 'exists' });
      if (path(request) === 'getleadbyid')
        return sendJson(response, leadAnswer(asked && fixture.outcome === 'delivered' ? 'neu' : 'alt'));
      asked = true;
      response.writeHead(fixture.status, { 'content-type': fixture.contentType });
      response.end(readFileSync(`${folder}/${fixture.file}`));
    });
    const context: VendorContext = {
      settings: {
        url: server.url,
        perSecond: null,
        concurrency: null,
        timeoutMs: 2_000,
        account: null,
        secrets: {},
        values,
      },
      http: createHttp(),
      clock: realClock,
      signal: new AbortController().signal,
      warn: () => undefined,
    };
    const { outcomes } = await (await operation.open(context, options)).send([pushed]);
    await server.close();
    const outcome = outcomes[0]?.outcome;
    expect(outcome?.kind).toBe(fixture.outcome);
    if (fixture.code !== null) expect(outcome).toMatchObject({ code: fixture.code });
  });
});

describe('dnc add', () => {
  const exists = (request: Received) => ({
    status: argument(request, 'number') === '+491713920010' ? 'exists' : 'notfound',
  });

  it('is believed only when dnccheck finds the number, and says in which notations', async () => {
    const ok = { dncadd: () => ({ status: 'ok' }) };
    const lost = await sending(addNumbers, [listing], { ...ok, dnccheck: () => ({ status: 'notfound' }) });
    expect(lost.outcome).toMatchObject({ kind: 'in-doubt', code: 'vendor.not-listed' });
    const other = await sending(addNumbers, [listing], { ...ok, dnccheck: exists });
    expect(other.outcome).toMatchObject({
      kind: 'delivered',
      note: 'listed as +49…; not found as 0…, 49…, 0049…; mmDial keeps another notation than was sent',
    });
    expect(other.received.map((request) => [path(request), argument(request, 'number')])).toEqual([
      ['dncadd', '01713920010'],
      ['dnccheck', '01713920010'],
      ['dnccheck', '491713920010'],
      ['dnccheck', '00491713920010'],
      ['dnccheck', '+491713920010'],
    ]);
  });

  it('takes a doublet of its own second try for its first one', async () => {
    const answers = { dncadd: () => ({ status: 'doublet' }), dnccheck: () => ({ status: 'exists' }) };
    expect((await sending(addNumbers, [listing], answers)).outcome).toMatchObject({
      kind: 'already',
      code: 'vendor.doublet',
    });
    expect((await sending(addNumbers, [listing], answers, {}, 2)).outcome?.kind).toBe('delivered');
  });

  it('sends a number as it was given, without what only parts it', () => {
    const sent = (text: string): unknown => {
      const read = readNumber(text, { format: 'auto', country: 'DE' }, false);
      if (!read.ok) return read.problem.code;
      const { payload } = addNumbers.compile({ row: 1, fields: { number: read.value }, free: {} }, {});
      expect(asE164(payload)).toEqual({ number: phone });
      return asWritten(payload);
    };
    expect(sent('+49 171 3920010')).toEqual({ number: '+491713920010' });
    expect(sent('0171/392-00.10')).toEqual({ number: '01713920010' });
    expect(sent('0049 (171) 3920010')).toEqual({ number: '00491713920010' });
    expect(sent('+49 (0)171 3920010')).toEqual({ number: phone });
    expect(sent('0171-3920010 (Büro)')).toBe('phone.letters');
  });
});

describe('dnc remove', () => {
  it('is done when no notation is listed any more', async () => {
    const still = (request: Received) => ({
      status: argument(request, 'number') === '491713920010' ? 'exists' : 'notfound',
    });
    const ok = { dncdel: () => ({ status: 'ok' }) };
    expect((await sending(removeNumbers, [listing], { ...ok, dnccheck: still })).outcome).toMatchObject({
      kind: 'rejected',
      code: 'vendor.still-listed',
    });
    const all = await sending(removeNumbers, [listing], { ...ok, dnccheck: () => ({ status: 'exists' }) });
    expect(all.outcome).toMatchObject({ kind: 'in-doubt', code: 'vendor.still-listed' });
  });

  it('asks, and needs a reason', async () => {
    expect(removeNumbers.asks?.({})).toMatch(/may be called again/);
    await expect(runOptionsOf(removeNumbers)).rejects.toMatchObject({ code: 'usage.no-reason', exit: 2 });
    expect(await runOptionsOf(removeNumbers, { reason: ' ok ' })).toEqual({ reason: 'ok' });
    await expect(runOptionsOf(removeNumbers, { reason: 'x'.repeat(201) })).rejects.toMatchObject({
      code: 'usage.bad-value',
      message: '--reason takes at most 200 characters',
    });
  });
});

describe('leads add', () => {
  const lead = (fields: Lead['fields'], free: Lead['free'] = {}): Lead => ({ row: 1, fields, free });

  it('takes what a flag says, else the profile, else what mmDial expects', async () => {
    const profile = { campaign: 12, list: 34, countryCode: 43 };
    expect(await runOptionsOf(addLeads, {}, profile)).toEqual({ ...addOptions, countryCode: '43' });
    expect(
      await runOptionsOf(
        addLeads,
        { campaign: '99', countryCode: '41', globalCheck: false },
        { ...profile, campaign: null },
      ),
    ).toEqual({
      ...addOptions,
      campaign: '99',
      onlyCountry: '41',
      countryCode: '41',
      doubletcheck_global: 'no',
    });
    await expect(runOptionsOf(addLeads, {}, { list: 34 })).rejects.toMatchObject({
      code: 'config.missing-setting',
      exit: 6,
      hint: 'Give --campaign, or set campaign in the profile',
    });
    await expect(runOptionsOf(addLeads, { list: 'x' }, profile)).rejects.toMatchObject({
      code: 'usage.bad-value',
      message: '--list takes a number',
    });
  });

  it('sends all three checks, PHP arrays, national numbers, and our own key', async () => {
    const { received } = await sending(
      addLeads,
      [newLead],
      { addlead: () => stats({ success: 1 }) },
      addOptions,
    );
    const [request] = received;
    expect(request).toMatchObject({ method: 'POST', url: '/addlead' });
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded; charset=utf-8');
    expect(request?.headers.authorization).toBe(`Basic ${Buffer.from('ops:pä:ss').toString('base64')}`);
    expect(request?.body).toBe(
      'campaign_id=12&list_id=34&country_phone_code=49&invalidcheck=yes&doubletcheck_global=yes&doubletcheck_campaign=yes' +
        '&leaddata%5Bphone%5D=01713920010&leaddata%5Blast_name%5D=Gro%C3%9F&leaddata%5Bleadid_external%5D=k1&formfields%5BTarif%5D=A',
    );
  });

  it('takes free columns as form fields, but no names PHP would cut and no lists', () => {
    const { payload, problems } = addLeads.compile(
      lead({ phone: number(phone) }, { Tarif: 7, Liste: [1], leer: null, __proto__x: 'a' }),
      addOptions,
    );
    expect(asE164(payload)).toEqual({ data: { phone }, form: { Tarif: '7', __proto__x: 'a' } });
    expect(problems.map(({ code }) => code)).toEqual(['field.nested']);
    for (const name of ['a[b]', ' ', 'x\u0000', 'y'.repeat(201)])
      expect(addLeads.freeColumn?.(name)?.code).toBe('field.forbidden-name');
    expect(addLeads.freeColumn?.('Zähler-Nr. (alt)')).toBeNull();
  });

  it('refuses numbers of two countries, which one country code cannot carry', () => {
    const { problems } = addLeads.compile(
      lead({ phone: number(phone), alt_phone: number('+436601234567') }),
      addOptions,
    );
    expect(problems.map(({ code }) => code)).toEqual(['phone.two-countries']);
  });

  it('reads lead_stats as counts of one lead and believes no contradiction', () => {
    const read = (counts: unknown): string => {
      const outcome = readStats({ lead_stats: counts } as never);
      return 'code' in outcome ? outcome.code : outcome.kind;
    };
    expect(read({ success: '1', error: '0' })).toBe('delivered');
    expect(read({ success: 2 })).toBe('vendor.contradictory-answer');
    expect(read({ success: 1, doubleterror: 1 })).toBe('vendor.contradictory-answer');
    expect(read({ success: 'yes' })).toBe('vendor.unknown-answer');
    expect(read({ success: -1 })).toBe('vendor.unknown-answer');
    expect(read([])).toBe('vendor.unknown-answer');
  });
});

describe('leads edit', () => {
  const options = { campaign: '12', redial: false };
  const editing = (after: () => unknown, edited: unknown = { status: 'ok' }) => {
    let done = false;
    return sending(
      editLeads,
      [edit],
      {
        getleadbyid: () => (done ? after() : leadAnswer('alt')),
        editlead: () => ((done = true), edited),
      },
      options,
    );
  };

  it('sends only the columns named, and tells which fields changed', async () => {
    const { outcome, stop, received } = await editing(() => leadAnswer('neu'));
    expect(outcome).toMatchObject({
      kind: 'delivered',
      note: 'changed: notices',
      detail: { before: { notices: 'alt' }, after: { notices: 'neu' } },
    });
    expect(stop).toBeNull();
    expect(received[1]).toMatchObject({
      method: 'POST',
      url: '/editlead?campaign_id=12&leadid=10001',
      body: 'leaddata%5Bnotices%5D=neu',
    });
  });

  it('stops with an alarm where a field that was not sent changed', async () => {
    const { outcome, stop } = await editing(() => leadAnswer('neu', { last_name: '' }));
    expect(outcome?.kind).toBe('delivered');
    expect(stop).toMatchObject({ cause: 'alarm', code: 'vendor.side-effect' });
    expect(stop?.message).toContain('last_name');
  });

  it('doubts a yes the lead does not show, and believes the lead where the answer says nothing', async () => {
    expect((await editing(() => leadAnswer('alt'))).outcome).toMatchObject({ code: 'vendor.not-changed' });
    expect((await editing(() => leadAnswer('neu'), [])).outcome?.kind).toBe('delivered');
    expect((await editing(() => leadAnswer('alt'), [])).outcome?.kind).toBe('in-doubt');
    expect((await editing(() => ({ status: 'notfound' }))).outcome).toMatchObject({
      code: 'vendor.not-verified',
    });
  });

  it.each([
    ['of another country than the lead', '49', '+436641234567', 'phone.other-country'],
    ['of the country of the lead', '43', '+436641234567', undefined],
    ['of another country, where the lead shows none', '', '+436641234567', 'phone.other-country'],
    ['of the usual country, where the lead shows none', '', '+491713920010', undefined],
  ])('a number %s', async (_what, code, e164, refused) => {
    const own = cleared(1, 'r', { leadid: '10001', data: { alt_phone: number(e164) }, form: {} });
    const { outcome, received } = await sending(
      editLeads,
      [own],
      {
        getleadbyid: () => leadAnswer('alt', { country_phone_code: code }),
        editlead: () => ({ status: 'ok' }),
      },
      options,
    );
    if (refused === undefined) expect(outcome).not.toMatchObject({ code: 'phone.other-country' });
    else expect(outcome).toMatchObject({ kind: 'rejected', code: refused });
    expect(received.map(path).includes('editlead')).toBe(refused === undefined);
  });

  it('writes nothing where the lead is not there', async () => {
    const { outcome, received } = await sending(
      editLeads,
      [edit],
      { getleadbyid: () => ({ status: 'notfound' }) },
      options,
    );
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'vendor.not-found' });
    expect(received.map(path)).toEqual(['getleadbyid']);
  });

  it('takes a table with status or rotation as reaching the person, and no such JSON row without --redial', () => {
    const withStatus = editLeads.withFields?.(options, ['leadid', 'status']) ?? {};
    expect(editLeads.reaches(withStatus)).toBe('by-id');
    expect(editLeads.afterLoss(withStatus)).toBe('never');
    expect(editLeads.reaches(editLeads.withFields?.(options, ['leadid', 'notices']) ?? {})).toBe('nobody');
    const json = editLeads.withFields?.(options, null) ?? {};
    const compiled = editLeads.compile({ row: 1, fields: { leadid: '1', status: 'NEW' }, free: {} }, json);
    expect(compiled.problems.map(({ code }) => code)).toEqual(['field.needs-redial']);
  });

  it('lets status change by itself, but not be lost', () => {
    const known = (status: string) => new Map([['status', status]]);
    expect(difference(known('NEW'), known('SALE'), new Map()).harmed).toEqual([]);
    expect(difference(known('NEW'), known(''), new Map()).harmed).toEqual(['status']);
  });
});

describe('numbers', () => {
  it('are split by country code and sent as they are dialled at home', async () => {
    expect(notationsOf(phone, '49')).toEqual([
      '01713920010',
      '491713920010',
      '00491713920010',
      '+491713920010',
    ]);
    expect(notationsOf('+436601234567', '49')).toEqual(['436601234567', '00436601234567', '+436601234567']);
    expect(await nationalParts(phone)).toEqual({ code: '49', phone: '01713920010' });
    expect(await nationalParts('+390612345678')).toEqual({ code: '39', phone: '0612345678' });
    expect(await nationalParts('+12125550123')).toEqual({ code: '1', phone: '2125550123' });
  });

  it('of unknown notation are read as mmDial would have them', () => {
    for (const text of ['01713920010', '0049 171 3920010', '491713920010', '1713920010', phone])
      expect(likelyE164(text, '49')).toBe(phone);
    expect(likelyE164('', '49')).toBeNull();
  });

  it('of unknown country are read in every way they can be meant', () => {
    expect(possibleE164('0664 1234567', ['49', '43'])).toContain('+436641234567');
    expect(possibleE164('436641234567', ['49'])).toContain('+436641234567');
    expect(possibleE164('0612345678', ['39'])).toContain('+390612345678');
    expect(possibleE164('+43 664 1234567', ['49'])).toEqual(['+436641234567']);
    expect(possibleE164('0043 664 1234567', ['49'])).toEqual(['+436641234567']);
    expect(possibleE164('12', ['49', '43'])).toEqual([]);
  });
});

describe('reads', () => {
  const answer = (status: number): HttpResult => ({
    kind: 'answer',
    status,
    headers: {},
    body: new Uint8Array(),
  });

  it('pair leads with their forms, one or many, PHP arrays included', () => {
    const file = (name: string) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as never;
    expect(readLeads(file('lead-found.json'))?.leads).toMatchObject([{ form: { Kundennummer: '471100' } }]);
    expect(readLeads(file('leads-by-phone.json'))).toMatchObject({
      leads: [{ form: { Kundennummer: '471100' } }, { form: {} }],
      odd: false,
    });
    expect(readLeads(file('leads-by-external-old-name.json'))?.leads).toHaveLength(1);
    expect(readLeads(file('leads-none.json'))?.leads).toEqual([]);
    expect(readLeads(file('lead-error.json'))).toBeNull();
  });

  it('tell passing faults from those that stay', () => {
    expect(readVerdict(answer(503), 0)).toMatchObject({ ok: false, again: true });
    expect(readVerdict(answer(401), 0)).toMatchObject({ ok: false, again: false, error: { exit: 4 } });
    expect(readVerdict(answer(404), 0)).toMatchObject({ error: { code: 'vendor.unknown-function' } });
    expect(readVerdict({ kind: 'lost', code: 'net.reset', reason: '', status: null }, 0)).toMatchObject({
      again: true,
    });
  });
});
