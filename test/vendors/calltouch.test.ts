import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { HttpResult } from '../../src/core/http.js';
import type { Json, JsonObject } from '../../src/core/json.js';
import { makeMapping } from '../../src/core/mapping.js';
import { mapRow } from '../../src/core/map-row.js';
import type { Cleared } from '../../src/core/number.js';
import type { SendResult } from '../../src/core/outcome.js';
import type { Compiled, OptionValues } from '../../src/core/vendor.js';
import { readComments } from '../../src/vendors/calltouch/answers.js';
import { commentLeads } from '../../src/vendors/calltouch/comment.js';
import { readDate } from '../../src/vendors/calltouch/date.js';
import calltouch from '../../src/vendors/calltouch/index.js';
import type { CommentPayload } from '../../src/vendors/calltouch/matching.js';
import { vendorContract } from '../contract/vendor.js';
import { runOptionsOf } from '../support/options.js';
import { cleared } from '../support/rows.js';

const ref = (index: number): string => String(index).padStart(24, 'c');
const row = (index: number, callId = index): Cleared<CommentPayload> =>
  cleared(index, ref(index), { matching: [{ type: 'call', callParams: { callId } }], addComment: 'x' });
const rows = [row(1), row(2), row(3)];

const done = (callId: Json): JsonObject => ({
  callInfo: { callId, callReferenceId: null, sipCallId: null },
  requestInfo: null,
  commented: true,
  error: null,
});
const none: JsonObject = { callInfo: null, requestInfo: null, commented: false, error: 'Лид не найден' };
const results = (...comments: Json[]): JsonObject => ({ meta: [], data: { comments } });

vendorContract('Calltouch comment', {
  vendor: calltouch,
  operation: commentLeads,
  rows,
  secrets: { token: 'CANARY-secret' },
  yes: () => results(done(1), done('2'), done(3)),
  no: () => results(none, none, none),
});

const answer = (body: unknown, status = 200): HttpResult => ({
  kind: 'answer',
  status,
  headers: {},
  body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
});
const read = (body: unknown, status = 200, of = rows): SendResult =>
  readComments(answer(body, status), of, 0);
const codes = ({ outcomes }: SendResult): string[] =>
  outcomes.map(({ outcome }) => ('code' in outcome ? `${outcome.kind} ${outcome.code}` : outcome.kind));

interface Documented {
  readonly file: string;
  readonly status: number;
  readonly outcome: string;
  readonly code: string | null;
}
const folder = 'fixtures/vendors/calltouch';
const documented = JSON.parse(readFileSync(`${folder}/answers.json`, 'utf8')) as Documented[];

describe('every answer of the document', () => {
  const contact: Cleared<CommentPayload> = cleared(1, ref(1), {
    matching: [{ type: 'callContact', callContactParams: {} }],
    addComment: 'x',
  });
  it.each(documented)('$file with $status: $outcome $code', ({ file, status, outcome, code }) => {
    const result = read(readFileSync(`${folder}/${file}`, 'utf8'), status, [contact]);
    expect(codes(result)).toEqual([[outcome, code].filter(Boolean).join(' ')]);
    expect(result.stop?.cause ?? null).toBe(outcome === 'deferred' ? 'credentials' : null);
  });

  it('gives the vendor id and what was found', () => {
    const [call, request] = ['comment-on-call', 'comment-on-request'].map(
      (name) => read(readFileSync(`${folder}/${name}.json`, 'utf8'), 200, [contact]).outcomes[0]?.outcome,
    );
    expect(call).toMatchObject({
      vendorId: 'call:12692441',
      detail: { callInfo: { callReferenceId: 'test321' }, requestInfo: null },
    });
    expect(request).toMatchObject({ vendorId: 'request:2002' });
  });
});

describe('results of several comments', () => {
  it('are taken in the order of the request', () => {
    expect(codes(read(results(done(1), none, done('3'))))).toEqual([
      'delivered',
      'rejected vendor.not-found',
      'delivered',
    ]);
  });

  it('prove nothing where their number differs', () => {
    for (const list of [[], [done(1)], [done(1), done(2), done(3), done(4)]])
      expect(codes(read(results(...list)))).toEqual(Array(3).fill('in-doubt vendor.count-mismatch'));
  });

  it('are checked against the ids of the rows: out of order, only a row that finds its own id is sure', () => {
    expect(codes(read(results(done(2), done(1), none)))).toEqual([
      'in-doubt vendor.foreign-id',
      'in-doubt vendor.foreign-id',
      'in-doubt vendor.results-out-of-order',
    ]);
    expect(codes(read(results(done(1), done(9), none)))).toEqual([
      'delivered',
      'in-doubt vendor.foreign-id',
      'in-doubt vendor.results-out-of-order',
    ]);
  });

  it('know a call by any of its three ids', () => {
    const named = { ...done(77), callInfo: { callId: 77, callReferenceId: '1', sipCallId: null } };
    expect(codes(read(results(named), 200, [row(1)]))).toEqual(['delivered']);
  });

  it('need a plain commented: true with a status of success', () => {
    const odd = (more: JsonObject): string[] => codes(read(results({ ...done(1), ...more }), 200, [row(1)]));
    expect(odd({ commented: 'yes' })).toEqual(['in-doubt vendor.unknown-answer']);
    expect(odd({ error: 'x' })).toEqual(['in-doubt vendor.contradictory-answer']);
    expect(codes(read(results(done(1)), 400, [row(1)]))).toEqual(['in-doubt vendor.contradictory-answer']);
    expect(codes(read(results(null), 200, [row(1)]))).toEqual(['in-doubt vendor.unknown-answer']);
    expect(codes(read(results(none), 404, [row(1)]))).toEqual(['rejected vendor.not-found']);
  });
});

describe('a refused request', () => {
  const violations = (...list: Json[]): JsonObject => ({
    meta: [],
    data: { type: 'validationError', apiErrorData: null, validationErrorData: { violations: list } },
  });
  const blank = (place: number): JsonObject => ({
    fieldPath: `comments[${place}].addComment`,
    message: 'This value should not be blank.',
  });

  it('rejects the rows it names and sends the others again at once', () => {
    const result = read(violations(blank(1), { ...blank(1), message: 'Too short' }), 400);
    expect(codes(result)).toEqual([
      'deferred vendor.batch-refused',
      'rejected vendor.field-error',
      'deferred vendor.batch-refused',
    ]);
    expect(result.outcomes[0]?.outcome).toMatchObject({ retryAfterMs: 0 });
    expect(result.outcomes[1]?.outcome).toMatchObject({
      reason: expect.stringMatching(
        /addComment: This value should not be blank\.; addComment: Too short/,
      ) as string,
    });
    expect(result.stop).toBeNull();
  });

  it('rejects all where it names none', () => {
    for (const list of [[], [{ fieldPath: 'comments', message: 'x' }], [blank(7)], ['odd']])
      expect(codes(read(violations(...list)))).toEqual(Array(3).fill('rejected vendor.field-error'));
  });

  it('is in doubt with words no document shows, and with an error of the server', () => {
    for (const body of [
      { message: 'Internal error' },
      { meta: [], data: { message: 'Попробуйте позже' } },
      { meta: [], data: { type: 'apiError', apiErrorData: { message: 'x' } } },
    ])
      expect(codes(read(body))[0]).toMatch(/^in-doubt/);
    expect(codes(read(violations(blank(0)), 500))[0]).toBe('in-doubt vendor.server-error');
  });
});

const readOptions = (raw: OptionValues = {}, values?: JsonObject): Promise<OptionValues> =>
  runOptionsOf(commentLeads, raw, { siteId: '4711', ...values });

const compile = async (cells: JsonObject, raw: OptionValues = {}): Promise<Compiled> => {
  const columns = Object.keys(cells);
  const phone = { format: 'auto', country: null } as const;
  const mapping = makeMapping({
    columns,
    fields: commentLeads.fields,
    freeColumn: undefined,
    mapFile: null,
    set: {},
    phone,
  });
  const input = { row: 1, line: 2, columns, values: Object.values(cells), broken: null };
  const { lead, problems } = mapRow(mapping, input, phone);
  expect(problems).toEqual([]);
  return commentLeads.compile(lead, await readOptions(raw));
};
const full: JsonObject = {
  callId: '2',
  requestId: 'form-9',
  phone: '79157771122; +7 (915) 888-11-22',
  email: 'name@server.com|b@c.d',
  date: '2020-10-01T12:00:00',
  tags: 'тег1,тег2',
  tagsLogic: 'and',
  comment: 'Комментарий',
};

describe('the payload of a comment', () => {
  it('has an entry for each way the row has columns for, in the order of --match', async () => {
    const tags = { tags: ['тег1', 'тег2'], tagsLogic: 'and' };
    const contact = { phones: ['79157771122', '+7 (915) 888-11-22'], date: '01-10-2020 12:00:00', ...tags };
    const { payload, problems } = await compile(full, {
      match: 'requestContact,call,request,callContact',
      searchDepth: '120',
    });
    expect(problems).toEqual([]);
    expect(payload).toEqual({
      matching: [
        {
          type: 'requestContact',
          requestContactParams: {
            emails: ['name@server.com', 'b@c.d'],
            ...contact,
            requestTypeToMatch: 'nearestUniq',
            searchDepth: 120,
          },
        },
        { type: 'call', callParams: { callId: 2, ...tags } },
        { type: 'request', requestParams: { requestId: 'form-9', ...tags } },
        {
          type: 'callContact',
          callContactParams: { ...contact, callTypeToMatch: 'nearest', searchDepth: 120 },
        },
      ],
      addComment: 'Комментарий',
    });
  });

  it('sends ids as numbers where nothing is lost by it', async () => {
    const idOf = async (callId: Json): Promise<unknown> =>
      ((await compile({ callId, comment: 'x' })).payload['matching'] as JsonObject[])[0]?.['callParams'];
    expect(await idOf('9007199254740991')).toEqual({ callId: 9007199254740991 });
    expect(await idOf('9007199254740993')).toEqual({ callId: '9007199254740993' });
    expect(await idOf('007')).toEqual({ callId: '007' });
    expect(await idOf(12)).toEqual({ callId: 12 });
  });

  it('takes lists as they are in JSON', async () => {
    const { payload } = await compile({
      phones: ['79157771122', 79157771123],
      date: '2020-10-01',
      comment: 'x',
      tags: ['a, b'],
    });
    expect(payload['matching']).toMatchObject([
      {
        callContactParams: {
          phones: ['79157771122', '79157771123'],
          tags: ['a, b'],
          date: '01-10-2020 00:00:00',
        },
      },
      { type: 'requestContact' },
    ]);
  });

  it('says what is missing', async () => {
    const of = async (cells: JsonObject, raw?: OptionValues): Promise<string[]> =>
      (await compile(cells, raw)).problems.map(({ code }) => code);
    expect(await of({ callId: '1' })).toEqual(['field.missing']);
    expect(await of({ callId: '1' }, { comment: 'for all' })).toEqual([]);
    expect(await of({ phone: '79157771122', comment: 'x' })).toEqual(['match.none']);
    expect(await of({ callId: '1', comment: 'x' }, { match: 'request' })).toEqual(['match.none']);
    expect(await of({ email: 'a@b.c', date: '2020-10-01', comment: 'x' }, { match: 'callContact' })).toEqual([
      'match.none',
    ]);
    expect(await of({ phone: '79157771122', date: '01/10/2020', comment: 'x' })).toEqual(['date.ambiguous']);
    expect(await of({ callId: '1', tags: 'a;b', comment: 'x' })).toEqual(['field.missing']);
    expect(await of({ callId: '1', tags: 'a', tagsLogic: 'xor', comment: 'x' })).toEqual(['field.bad-value']);
    expect(await of({ phone: '7,9158E+10', date: '2020-10-01', comment: 'x' })).toEqual(['phone.scientific']);
    expect(await of({ email: 'nobody', date: '2020-10-01', comment: 'x' })).toEqual(['field.bad-email']);
  });

  it('refuses options that cannot be meant', async () => {
    for (const raw of [
      { match: 'call,lead' },
      { match: '' },
      { searchDepth: '0' },
      { searchDepth: '525601' },
      { callType: 'near est' },
      { match: Array(21).fill('call').join(',') },
    ])
      await expect(Promise.resolve().then(() => readOptions(raw))).rejects.toMatchObject({ exit: 2 });
    await expect(readOptions({}, { timezone: 'Mars/Base' })).rejects.toMatchObject({ exit: 6 });
    expect(await readOptions({}, { timezone: 'Asia/Omsk' })).toMatchObject({
      zone: 'Asia/Omsk',
      searchDepth: 1440,
    });
    expect(commentLeads.describe?.(await readOptions({}, { timezone: 'Asia/Omsk' }))[0]).toContain(
      'Asia/Omsk',
    );
  });
});

describe('dates', () => {
  const moscow = 'Europe/Moscow';
  it.each([
    ['2020-10-01T12:00:00', '01-10-2020 12:00:00'],
    ['2020-10-01 12:00', '01-10-2020 12:00:00'],
    ['2020-10-01', '01-10-2020 00:00:00'],
    ['2020-10-01T12:00:00Z', '01-10-2020 15:00:00'],
    ['2020-12-31T22:30:00.250+00:00', '01-01-2021 01:30:00'],
    ['2020-10-01T12:00:00+0500', '01-10-2020 10:00:00'],
    ['2020-10-01T12:00:00-03', '01-10-2020 18:00:00'],
    ['2012-07-01T12:00:00Z', '01-07-2012 16:00:00'],
    ['01-10-2020 12:00:00', '01-10-2020 12:00:00'],
    ['01.10.2020 12:00', '01-10-2020 12:00:00'],
  ])('%s is %s in Moscow', (text, expected) => {
    expect(readDate(text, moscow)).toEqual({ ok: true, text: expected });
  });

  it('follow summer time', () => {
    expect(readDate('2024-03-31T00:59:59Z', 'Europe/Berlin')).toMatchObject({ text: '31-03-2024 01:59:59' });
    expect(readDate('2024-03-31T01:00:00Z', 'Europe/Berlin')).toMatchObject({ text: '31-03-2024 03:00:00' });
    expect(readDate('2024-06-01T22:00:00Z', 'Europe/Berlin')).toMatchObject({ text: '02-06-2024 00:00:00' });
  });

  it.each([
    ['01/10/2020', 'date.ambiguous'],
    ['2020/10/01 12:00', 'date.ambiguous'],
    ['2020-02-30', 'date.invalid'],
    ['2020-10-01T25:00:00', 'date.invalid'],
    ['45000.5', 'date.invalid'],
    ['yesterday', 'date.invalid'],
    ['2020-13-01', 'date.invalid'],
  ])('%s is refused: %s', (text, code) => {
    expect(readDate(text, moscow)).toMatchObject({ ok: false, problem: { code } });
  });
});
