import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { HttpResult } from '../../src/core/http.js';
import type { Json, JsonObject } from '../../src/core/json.js';
import { makeMapping } from '../../src/core/mapping.js';
import { mapRow, type MappedRow } from '../../src/core/map-row.js';
import type { Cleared } from '../../src/core/number.js';
import type { PhoneRule } from '../../src/core/phone.js';
import type { Compiled, OptionValues, PushOperation } from '../../src/core/vendor.js';
import { addLeads, readAdd } from '../../src/vendors/comunik8/add.js';
import { cancelLeads, readCancel } from '../../src/vendors/comunik8/cancel.js';
import type { LeadPayload } from '../../src/vendors/comunik8/client.js';
import comunik8 from '../../src/vendors/comunik8/index.js';
import { vendorContract } from '../contract/vendor.js';
import { runOptionsOf } from '../support/options.js';
import { asE164, asWritten, cleared, number } from '../support/rows.js';

/** libphonenumber's own example of a British mobile: the drama numbers of Ofcom are no valid numbers to it. */
const national = '07400123456';
const e164 = '+447400123456';

const ref = 'a'.repeat(24);
const mobile = number(e164, national);
const added = {
  email: 'eva@example.com',
  first_name: 'Eva',
  surname: 'M',
  mobile,
  type: 'motor-trade',
};
const addRow: Cleared<LeadPayload> = cleared(1, ref, added);
const testRow: Cleared<LeadPayload> = cleared(1, ref, { ...added, test: true });
const cancelRow: Cleared<LeadPayload> = cleared(1, ref, { mobile, type: 'motor-trade' });
const secrets = { key: 'CANARY-secret' };

vendorContract('Comunik8 add', {
  vendor: comunik8,
  operation: addLeads,
  rows: [addRow],
  secrets,
  yes: () => ({ saved: true, processed: true }),
  no: () => ({ saved: true, processed: false, error: 'Unknown Type' }),
});

vendorContract('Comunik8 add --test', {
  vendor: comunik8,
  operation: addLeads,
  options: { test: true },
  rows: [testRow],
  secrets,
  yes: () => ({ test: 'ok' }),
  no: () => ({ email: { 0: 'Email cannot be blank.' } }),
});

vendorContract('Comunik8 cancel', {
  vendor: comunik8,
  operation: cancelLeads,
  rows: [cancelRow],
  secrets,
  yes: () => ({ cancelled: true }),
  no: () => ({ cancelled: false, warning: 'not found' }),
});

const answer = (body: unknown, status = 200): HttpResult => ({
  kind: 'answer',
  status,
  headers: {},
  body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
});
const add = (body: unknown, status = 200, row = addRow) => readAdd(answer(body, status), row, 0);
const cancel = (body: unknown, status = 200) => readCancel(answer(body, status), cancelRow, 0);
const codeOf = ({ outcomes }: ReturnType<typeof add>): string => {
  const outcome = outcomes[0]?.outcome;
  return outcome && 'code' in outcome ? `${outcome.kind} ${outcome.code}` : (outcome?.kind ?? 'none');
};

interface Documented {
  readonly file: string;
  readonly operation: 'add' | 'add-test' | 'cancel';
  readonly status: number;
  readonly outcome: string;
  readonly code: string | null;
}
const folder = 'fixtures/vendors/comunik8';
const documented = JSON.parse(readFileSync(`${folder}/answers.json`, 'utf8')) as Documented[];

describe('every answer of the document', () => {
  it.each(documented)('$file to $operation with $status: $outcome $code', (expected) => {
    const text = readFileSync(`${folder}/${expected.file}`, 'utf8');
    const result =
      expected.operation === 'cancel'
        ? cancel(text, expected.status)
        : add(text, expected.status, expected.operation === 'add' ? addRow : testRow);
    expect(codeOf(result)).toBe([expected.outcome, expected.code].filter(Boolean).join(' '));
    expect(result.stop).toBeNull();
  });
});

describe('the answer to add', () => {
  it('believes only processed: true, and no contradiction', () => {
    expect(codeOf(add({ saved: true, processed: false, error: 'Blocked' }))).toBe(
      'rejected vendor.stored-but-refused',
    );
    expect(codeOf(add({ saved: true }))).toBe('in-doubt vendor.unknown-answer');
    expect(codeOf(add({ test: 'ok' }))).toBe('in-doubt vendor.unknown-answer');
    expect(codeOf(add({ saved: true, processed: true, error: 'x' }))).toMatch(/^in-doubt/);
    expect(codeOf(add({ saved: false, processed: true }))).toMatch(/^in-doubt/);
    expect(codeOf(add({ saved: true, processed: true }, 400))).toMatch(/^in-doubt/);
    expect(codeOf(add({ saved: true, processed: true }, 500))).toMatch(/^in-doubt/);
  });

  it('takes 400 with an object it does not know for a refusal, but not 404 and not HTML', () => {
    expect(codeOf(add({ oops: 1 }, 400))).toBe('rejected vendor.refused');
    expect(codeOf(add({ oops: 1 }, 404))).toBe('in-doubt vendor.unknown-answer');
    expect(codeOf(add('<html>', 400))).toBe('in-doubt vendor.unreadable-answer');
    expect(codeOf(add({ email: 'eva@example.com' }))).toBe('in-doubt vendor.unknown-answer');
  });

  it('names fields and texts, and repeats no number and no address', () => {
    const { outcomes } = add(
      { mobile: { 0: `${national} or +44 7400 123 456 of eva@example.com is bad` }, email: ['x', 'y'] },
      400,
    );
    const reason = JSON.stringify(outcomes);
    expect(reason).toMatch(/mobile: .* is bad; email: x y/);
    expect(reason).not.toMatch(/7400|123|eva@/);
  });
});

describe('the answer to a test', () => {
  it('passes on test ok alone', () => {
    expect(add({ test: 'ok' }, 200, testRow).outcomes[0]?.outcome).toMatchObject({ note: 'test ok' });
    for (const body of [{ test: 'OK!' }, { test: true }, { test: 'ok', email: 'x' }])
      expect(codeOf(add(body, 200, testRow))).toMatch(/^in-doubt/);
    expect(codeOf(add({ test: 'ok' }, 400, testRow))).toMatch(/^rejected vendor\.(refused|field-error)/);
  });

  it('raises an alarm where the flag was ignored: the lead is live, and the hint takes it back', () => {
    const { outcomes, stop } = add({ saved: true, processed: true }, 200, testRow);
    expect(outcomes[0]?.outcome).toMatchObject({
      kind: 'delivered',
      note: expect.stringMatching(/live/) as string,
    });
    expect(stop).toMatchObject({ cause: 'alarm', code: 'vendor.test-ignored' });
    expect(stop?.hint).toContain(`salesq comunik8 cancel --mobile ${national} --type motor-trade`);
    expect(`${stop?.message}${JSON.stringify(outcomes)}`).not.toContain('7400');
    expect(add({ saved: true, processed: false, error: 'Existing Contact' }, 200, testRow).stop?.cause).toBe(
      'alarm',
    );
  });
});

describe('the answer to cancel', () => {
  it('repairs the printed refusal that is no JSON, and says so; nothing else', () => {
    const { outcomes } = cancel('{\n "cancelled": false,\n "warning": server error (call group)\n}');
    expect(outcomes[0]?.outcome).toMatchObject({
      code: 'vendor.unknown-type',
      reason: expect.stringMatching(/repaired/) as string,
    });
    expect(codeOf(cancel('{"cancelled": false, "warning": server error (call gr'))).toMatch(/^in-doubt/);
    expect(codeOf(cancel('{"cancelled": true, "warning": hm}'))).toMatch(/^in-doubt/);
    expect(codeOf(cancel('{"cancelled": tr'))).toMatch(/^in-doubt/);
  });

  it('takes a whole refusal at any status, and a success only with 2xx', () => {
    expect(codeOf(cancel({ cancelled: false, warning: 'server error (save)' }, 500))).toBe(
      'rejected vendor.save-failed',
    );
    expect(codeOf(cancel({ cancelled: false, error: 'Not Found' }))).toBe('rejected vendor.not-found');
    expect(codeOf(cancel({ cancelled: false, warning: 'new words' }))).toBe('rejected vendor.not-cancelled');
    expect(codeOf(cancel({ cancelled: true }, 500))).toMatch(/^in-doubt/);
    expect(codeOf(cancel({ cancelled: true, warning: 'not found' }))).toMatch(/^in-doubt/);
  });
});

const british: PhoneRule = { format: 'auto', country: 'GB' };

const mapped = (operation: PushOperation, cells: JsonObject, phone = british, set = {}): MappedRow => {
  const columns = Object.keys(cells);
  const { fields, freeColumn } = operation;
  const mapping = makeMapping({ columns, fields, freeColumn, mapFile: null, set, phone });
  return mapRow(mapping, { row: 1, line: 2, columns, values: Object.values(cells), broken: null }, phone);
};
const compile = (
  operation: PushOperation,
  cells: JsonObject,
  options: OptionValues = { type: 'motor-trade' },
  phone = british,
): Compiled => {
  const { lead, problems } = mapped(operation, cells, phone);
  expect(problems).toEqual([]);
  return operation.compile(lead, options);
};
const person: JsonObject = {
  Email: 'eva@example.com',
  Vorname: 'Eva',
  Nachname: 'M',
  Mobile: '07400 123456',
};

describe('the number sent', () => {
  it.each([
    ['07400 123456', e164, national],
    ['(07400) 123-456', e164, national],
    ['+44 7400 123456', e164, e164],
    ['+44 (0)7400 123456', e164, e164],
    ['0044 7400 123456', e164, '00447400123456'],
    ['447400123456', e164, '447400123456'],
    ['7400123456', e164, national, { format: 'national', country: 'GB' }],
    ['+4407400123456', e164, e164],
    ['2025550123', '+12025550123', '2025550123', { format: 'auto', country: 'US' }],
  ] as const)('%s is %s and goes out as %s', (Mobile, key, sent, rule: PhoneRule = british) => {
    for (const operation of [addLeads, cancelLeads]) {
      const cells = operation === addLeads ? { ...person, Mobile } : { Mobile };
      const { mobile: given } = compile(operation, cells, undefined, rule).payload;
      expect([asE164(given), asWritten(given)]).toEqual([key, sent]);
    }
  });

  it('is E.164 where it is the same for every row', () => {
    const { lead } = mapped(cancelLeads, {}, british, { mobile: '07400 123456' });
    expect(asWritten(cancelLeads.compile(lead, { type: 'x' }).payload['mobile'])).toBe(e164);
  });

  it('is the same in add and cancel', () => {
    for (const Mobile of ['07400 123456', '+44 7400 123456', 447400123456] as Json[]) {
      const one = asWritten(compile(addLeads, { ...person, Mobile }).payload['mobile']);
      expect(one).toMatch(/7400123456$/);
      expect(asWritten(compile(cancelLeads, { Mobile }).payload['mobile'])).toBe(one);
    }
  });

  it('of a second phone is in the notation of the input, and one that cannot be read is refused', () => {
    const german: PhoneRule = { format: 'auto', country: 'DE' };
    const cells = { ...person, Mobile: '+44 7400 123456' };
    const { other_phone } = compile(addLeads, { ...cells, other_phone: '0171 3920001' }, {}, german).payload;
    expect([asE164(other_phone), asWritten(other_phone)]).toEqual(['+491713920001', '0171 3920001']);
    expect(other_phone).toMatchObject({ dials: true });
    expect(mapped(addLeads, { ...cells, other_phone: 'ask Eva' }, german).problems).toMatchObject([
      { state: 'invalid', problem: { code: 'phone.letters', column: 'other_phone' } },
    ]);
  });
});

describe('the payload of add', () => {
  it('sends the sample of the document as the document prints it', () => {
    const sample = JSON.parse(readFileSync(`${folder}/add-request.json`, 'utf8')) as JsonObject;
    const { data, ...rest } = sample;
    const cells = { ...rest, ...(JSON.parse(data as string) as JsonObject) };
    expect(asWritten(compile(addLeads, cells).payload)).toEqual(sample);
    expect(asWritten(compile(addLeads, sample).payload)).toEqual(sample);
  });

  it('prefers the row to the option, and the option to the profile', async () => {
    const read = (raw: OptionValues) => runOptionsOf(addLeads, raw, { type: 'from-profile' });
    expect(await read({})).toEqual({ type: 'from-profile' });
    expect(await read({ type: 'x', subtype: 's', delay: '600', test: true })).toEqual({
      type: 'x',
      subtype: 's',
      delays: 600,
      test: true,
    });
    await expect(read({ delay: '10m' })).rejects.toMatchObject({ exit: 2 });
    const options = { type: 'x', subtype: 's', delays: 600 };
    const own = { ...person, type: 'own', subtype: 'mine', delays: '0' };
    expect(compile(addLeads, own, options).payload).toMatchObject({
      type: 'own',
      subtype: 'mine',
      delays: 0,
    });
    expect(compile(addLeads, person, options).payload).toMatchObject(options);
    expect(compile(addLeads, person, {}).problems).toMatchObject([{ code: 'field.missing', column: 'type' }]);
  });

  it('sends data as a string with one level of escaping, and leaves it out when empty', () => {
    const { payload } = compile(addLeads, { ...person, data: '{"a":"\\"x\\""}', Ort: 'Köln', leer: '' });
    expect(payload['data']).toBe('{"a":"\\"x\\"","Ort":"Köln"}');
    const sent = asWritten(payload);
    expect(JSON.parse(JSON.stringify(sent))).toEqual(sent);
    expect(compile(addLeads, { ...person, data: { a: [1] } }).payload['data']).toBe('{"a":[1]}');
    expect(compile(addLeads, { ...person, data: '{}' }).payload).not.toHaveProperty('data');
    expect(compile(addLeads, person).payload).not.toHaveProperty('test');
    expect(compile(addLeads, person, { type: 'x', test: true }).payload['test']).toBe(true);
  });

  it('refuses data that is no object, says two things, or delays below zero', () => {
    const codes = (cells: JsonObject) =>
      compile(addLeads, { ...person, ...cells }).problems.map(({ code }) => code);
    expect(codes({ data: '[1]' })).toEqual(['field.bad-data']);
    expect(codes({ data: '{"Ort":"A"}', Ort: 'B' })).toEqual(['field.collision']);
    expect(codes({ data: '{"Ort":"A"}', Ort: 'A' })).toEqual([]);
    expect(codes({ delays: '-1' })).toEqual(['field.bad-delays']);
  });

  it('keeps a column called __proto__ as data', () => {
    const { payload } = compile(addLeads, { ...person, ...(JSON.parse('{"__proto__":"x"}') as JsonObject) });
    expect(payload['data']).toBe('{"__proto__":"x"}');
  });
});
