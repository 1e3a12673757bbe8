import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.js';
import type { Sandbox, SandboxOptions } from '../../src/rehearsal/host.js';
import calltouch from '../../src/vendors/calltouch/twin/index.js';
import { Journal } from '../../src/vendors/calltouch/twin/cabinet.js';
import { momentOf, writtenMoment } from '../../src/vendors/calltouch/twin/request.js';
import type { Reply } from '../server/support.js';
import { day, get, minute, newFolder, post, sandbox, standingClock } from '../server/support.js';

const start = Date.UTC(2026, 2, 2, 9);
const journal = new Journal(1, start);
const headers = { 'access-token': 'sandbox-calltouch-token', siteid: '4711' };

const fixture = (name: string): Json =>
  JSON.parse(
    readFileSync(new URL(`../../fixtures/vendors/calltouch/${name}`, import.meta.url), 'utf8'),
  ) as Json;

const open = (changes: Partial<SandboxOptions> = {}): Promise<Sandbox> =>
  sandbox({ twins: [calltouch], ...changes });

const send = (box: Sandbox, body: unknown, changes: Record<string, string> = {}): Promise<Reply> =>
  post(`${box.url}/calltouch/lead-service/v1/api/comment/lead/add`, body, { ...headers, ...changes });

const comment = (matching: Json, addComment: Json = 'spoke'): JsonObject => ({ matching, addComment });
const byCall = (callId: Json, more: JsonObject = {}): JsonObject => ({
  type: 'call',
  callParams: { callId, ...more },
});
const byRequest = (requestId: Json, more: JsonObject = {}): JsonObject => ({
  type: 'request',
  requestParams: { requestId, ...more },
});
const today = writtenMoment(start);
const inCalls = (more: JsonObject): JsonObject => ({
  type: 'callContact',
  callContactParams: { date: today, callTypeToMatch: 'nearest', searchDepth: 525_600, ...more },
});
const inRequests = (more: JsonObject): JsonObject => ({
  type: 'requestContact',
  requestContactParams: { date: today, requestTypeToMatch: 'nearestUniq', searchDepth: 525_600, ...more },
});

type Id = string | number;

interface Result extends JsonObject {
  readonly callInfo: { readonly callId: Id } | null;
  readonly requestInfo: { readonly requestId: Id } | null;
  readonly commented: boolean;
  readonly error: string | null;
}

async function results(box: Sandbox, ...comments: readonly Json[]): Promise<readonly Result[]> {
  const reply = await send(box, { comments });
  expect(reply.status).toBe(200);
  expect(reply.json['meta']).toEqual([]);
  return (reply.json['data'] as unknown as { comments: Result[] }).comments;
}

/** The id of what each line of matching finds, for itself. */
async function found(box: Sandbox, ...lines: readonly Json[]): Promise<(string | null)[]> {
  const list = await results(box, ...lines.map((line) => comment([line])));
  return list.map(({ callInfo, requestInfo, commented, error }) => {
    expect(commented).toBe(error === null);
    const id = callInfo?.callId ?? requestInfo?.requestId ?? null;
    return id === null ? null : String(id);
  });
}

async function violations(box: Sandbox, body: Json): Promise<[path: string, message: string][]> {
  const reply = await send(box, body);
  expect(reply.status).toBe(400);
  const { type, apiErrorData, validationErrorData } = reply.json['data'] as JsonObject;
  expect([reply.json['meta'], type, apiErrorData]).toEqual([[], 'validationError', null]);
  const list = (validationErrorData as unknown as { violations: { fieldPath: string; message: string }[] })
    .violations;
  return list.map(({ fieldPath, message }) => [fieldPath, message]);
}

async function counts(box: Sandbox): Promise<JsonObject> {
  const { json } = await get(box.url, { accept: 'application/json' });
  return (json['vendors'] as unknown as { counts: JsonObject }[])[0]?.counts ?? {};
}

const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

describe('an answer', () => {
  it('has the forms of the document, one result a comment, in their order', async () => {
    const list = await results(
      await open(),
      comment([byRequest(2002)]),
      comment([byCall(9)]),
      comment([byCall(1001)]),
    );
    expect(list).toEqual([
      {
        callInfo: null,
        requestInfo: { requestId: 2002, requestNumber: journal.byId('request', '2002')?.reference },
        commented: true,
        error: null,
      },
      (fixture('not-found.json') as { data: { comments: Json[] } }).data.comments[0],
      {
        callInfo: {
          callId: '1001',
          callReferenceId: expect.stringMatching(/^pbx-/) as string,
          sipCallId: expect.stringMatching(/^sip-/) as string,
        },
        requestInfo: null,
        commented: true,
        error: null,
      },
    ]);
  });

  it('has ids as numbers and as strings', async () => {
    const list = await results(await open(), ...[1000, 1001].map((id) => comment([byCall(id)])));
    expect(list.map(({ callInfo }) => callInfo?.callId)).toEqual([1000, '1001']);
  });

  it("finds nothing for the document's own request, which is a good one", async () => {
    const reply = await send(await open(), fixture('comment-request.json'));
    expect(reply).toMatchObject({ status: 200, json: fixture('not-found.json') as JsonObject });
  });
});

describe('matching', () => {
  it('by id takes numbers and digits, and keeps calls and requests apart', async () => {
    const box = await open();
    const lines = [
      byCall(1500),
      byCall('1500'),
      byRequest('2500'),
      byCall(2500),
      byRequest(1500),
      byCall('x'),
    ];
    expect(await found(box, ...lines)).toEqual(['1500', '1500', '2500', null, null, null]);
  });

  it('by phone takes any notation', async () => {
    const box = await open();
    const { id, phone } = journal.byId('call', '1650') ?? { id: 0, phone: '' };
    const rest = phone.slice(1);
    const spellings = [
      phone,
      `+${phone}`,
      `8${rest}`,
      rest,
      `8 (${rest.slice(0, 3)}) ${rest.slice(3, 6)}-${rest.slice(6)}`,
    ];
    const lines = spellings.map((spelling) => inCalls({ phones: ['79000000000', spelling] }));
    expect(await found(box, ...lines)).toEqual(times(5, String(id)));
    expect(await found(box, inCalls({ phones: ['79000000000'] }))).toEqual([null]);
  });

  it('looks no farther from the date than searchDepth', async () => {
    const box = await open();
    const { id, phone, at } = journal.byId('call', '1650') ?? { id: 0, phone: '', at: 0 };
    const look = (from: number, searchDepth: number): Json =>
      inCalls({ phones: [phone], date: writtenMoment(from), searchDepth });
    const lines = [look(at, 1), look(at - minute, 1), look(at + minute, 1)];
    expect(await found(box, ...lines)).toEqual(times(3, String(id)));
    expect(await found(box, look(at + minute + 1000, 1), look(at - minute - 1000, 1))).toEqual([null, null]);
    expect(await found(box, look(at + day, 1440), look(at + day, 1439))).toEqual([String(id), null]);
  });

  it('takes the call nearest to the date', async () => {
    const box = await open();
    const [first, second] = [journal.byId('call', '1001'), journal.byId('call', '1701')];
    expect(first?.phone).toBe(second?.phone);
    const phones = [first?.phone ?? ''];
    const lines = [first, second].map((call) => inCalls({ phones, date: writtenMoment(call?.at ?? 0) }));
    expect(await found(box, ...lines)).toEqual(['1001', '1701']);
  });

  it('of requests looks at phones first, then at e-mails', async () => {
    const box = await open();
    const [one, other] = [journal.byId('request', '2310'), journal.byId('request', '2320')];
    const emails = [other?.email?.toUpperCase() ?? ''];
    const lines = [
      inRequests({ phones: [one?.phone ?? ''], emails }),
      inRequests({ phones: ['79000000000'], emails }),
      inRequests({ emails }),
      inRequests({ phones: [], emails }),
      inRequests({ phones: [one?.phone ?? ''], emails: [] }),
    ];
    expect(await found(box, ...lines)).toEqual(['2310', '2320', '2320', '2320', '2310']);
  });

  it('goes on to the next line, and stops at the first that fits', async () => {
    const box = await open();
    const list = await results(
      box,
      comment([byCall(1), byRequest(2006), byCall(1004)]),
      comment([byCall(1), inCalls({ phones: ['1'] })]),
    );
    expect(
      list.map(({ requestInfo, callInfo, commented }) => [requestInfo?.requestId, callInfo, commented]),
    ).toEqual([
      [2006, null, true],
      [undefined, null, false],
    ]);
    expect(await counts(box)).toMatchObject({ comments: 1, 'leads not found': 1 });
  });

  it('asks for tags: all with and, one with or', async () => {
    const box = await open();
    // 1002 has новый and vip, 1000 has none.
    const ask = (id: number, tags: Json, tagsLogic?: string): Json =>
      byCall(id, { tags, ...(tagsLogic ? { tagsLogic } : {}) });
    expect(
      await found(
        box,
        ask(1002, ['vip', 'новый'], 'and'),
        ask(1002, ['vip', 'повторный'], 'and'),
        ask(1002, ['vip', 'повторный'], 'or'),
        ask(1002, ['повторный']),
        ask(1000, ['vip']),
        ask(1000, []),
      ),
    ).toEqual(['1002', null, '1002', null, null, '1000']);
    const [next] = await results(box, comment([ask(1000, ['vip']), byCall(1006, { tags: ['vip'] })]));
    expect(next?.callInfo?.callId).toBe(1006);
    const [tags] = await results(box, comment([ask(1000, ['vip'])]));
    expect(tags?.error).toMatch(/тегов/);
  });

  it('finds every call and request by phone with the depth the help names', async () => {
    const box = await open();
    const depth = 91 * 1440;
    const lines = Array.from({ length: 100 }, (_, number) => {
      const entry = journal.byId('request', String(2000 + number * 10));
      return inRequests({ phones: [entry?.phone ?? ''], searchDepth: depth });
    });
    expect(await found(box, ...lines)).not.toContain(null);
  });
});

describe('validation', () => {
  it('answers the blank comment as the document does', async () => {
    const reply = await send(await open(), { comments: [comment([byCall(1000)], '')] });
    expect(reply).toMatchObject({ status: 400, json: fixture('validation-error.json') as JsonObject });
  });

  it('refuses the whole request and names all that is wrong in it', async () => {
    const box = await open();
    const body = {
      comments: [
        comment([byCall(1000)]),
        comment([], ' '),
        comment([byCall(1000), inCalls({ searchDepth: 0 })]),
        comment([byRequest(2000, { tags: ['a', 'b'] })], 5),
      ],
    };
    expect((await violations(box, body)).map(([path]) => path)).toEqual([
      'comments[1].matching',
      'comments[1].addComment',
      'comments[2].matching[1].callContactParams.phones',
      'comments[2].matching[1].callContactParams.searchDepth',
      'comments[3].matching[0].requestParams.tagsLogic',
      'comments[3].addComment',
    ]);
    expect(await counts(box)).toMatchObject({ comments: 0, 'requests refused': 1, 'requests taken': 0 });
  });

  const call = { phones: ['79480000001'] };
  it.each<[string, Json, string]>([
    ['no type', {}, 'type'],
    ['a type of its own', { type: 'leadContact', leadContactParams: {} }, 'type'],
    ['no object', 'call', ''],
    ['no parameters', { type: 'call' }, 'callParams'],
    ['parameters of another type', { type: 'call', requestParams: { requestId: 1 } }, 'callParams'],
    ['no call id', { type: 'call', callParams: {} }, 'callParams.callId'],
    ['a blank request id', byRequest(''), 'requestParams.requestId'],
    ['a broken call id', byCall(1.5), 'callParams.callId'],
    ['a call id of no kind', byCall(true), 'callParams.callId'],
    ['tags that are no list', byCall(1, { tags: 'vip' }), 'callParams.tags'],
    ['a tag that is a number', byCall(1, { tags: [1] }), 'callParams.tags[0]'],
    ['another logic', byCall(1, { tags: ['a', 'b'], tagsLogic: 'AND' }), 'callParams.tagsLogic'],
    ['no phones', inCalls({}), 'callContactParams.phones'],
    ['e-mails alone for a call', inCalls({ emails: ['a@b.c'] }), 'callContactParams.phones'],
    ['an empty list of phones', inCalls({ phones: [] }), 'callContactParams.phones'],
    ['one phone, no list', inCalls({ phones: '79480000001' }), 'callContactParams.phones'],
    ['a phone that is a number', inCalls({ phones: [79480000001] }), 'callContactParams.phones[0]'],
    ['a phone without digits', inCalls({ phones: ['x'] }), 'callContactParams.phones[0]'],
    ['neither phones nor e-mails', inRequests({}), 'requestContactParams.phones'],
    ['both empty', inRequests({ phones: [], emails: [] }), 'requestContactParams.phones'],
    ['a broken e-mail', inRequests({ emails: ['a@b.c', 'a@b'] }), 'requestContactParams.emails[1]'],
    ['no date', inCalls({ ...call, date: null }), 'callContactParams.date'],
    ['an ISO date', inCalls({ ...call, date: '2026-03-02 12:00:00' }), 'callContactParams.date'],
    ['the month first', inCalls({ ...call, date: '03-25-2026 12:00:00' }), 'callContactParams.date'],
    ['a day that is none', inCalls({ ...call, date: '30-02-2026 12:00:00' }), 'callContactParams.date'],
    ['a date without time', inCalls({ ...call, date: '02-03-2026' }), 'callContactParams.date'],
    ['no type to match', inCalls({ ...call, callTypeToMatch: null }), 'callContactParams.callTypeToMatch'],
    [
      'the other type to match',
      inRequests({ ...call, requestTypeToMatch: null, callTypeToMatch: 'nearest' }),
      'requestContactParams.requestTypeToMatch',
    ],
    ['no depth', inCalls({ ...call, searchDepth: null }), 'callContactParams.searchDepth'],
    ['a depth in text', inCalls({ ...call, searchDepth: '120' }), 'callContactParams.searchDepth'],
    ['a depth in parts', inCalls({ ...call, searchDepth: 1.5 }), 'callContactParams.searchDepth'],
    ['too great a depth', inCalls({ ...call, searchDepth: 525_601 }), 'callContactParams.searchDepth'],
  ])('refuses %s', async (_name, line, path) => {
    const where = `comments[0].matching[1]${path === '' ? '' : `.${path}`}`;
    const list = await violations(await open(), { comments: [comment([byCall(1000), line])] });
    expect(list.map(([fieldPath]) => fieldPath)).toEqual([where]);
  });

  it.each<[string, Json, string]>([
    ['no comments', {}, 'comments'],
    ['another root', { leads: [comment([byCall(1000)])] }, 'comments'],
    ['comments that are no list', { comments: {} }, 'comments'],
    ['an empty list', { comments: [] }, 'comments'],
    ['101 comments', { comments: times(101, comment([byCall(1000)])) }, 'comments'],
    ['a comment that is text', { comments: ['a'] }, 'comments[0]'],
    ['an object for matching', { comments: [comment(byCall(1000))] }, 'comments[0].matching'],
    ['21 lines of matching', { comments: [comment(times(21, byCall(1)))] }, 'comments[0].matching'],
    ['a list', [], ''],
  ])('refuses %s', async (_name, body, path) => {
    expect((await violations(await open(), body))[0]?.[0]).toBe(path);
  });

  it('takes as much as is allowed', async () => {
    const lead = comment([...times(19, byCall(1)), byCall(1000)]);
    const list = await results(await open(), ...times(100, lead));
    expect(list.filter(({ commented }) => commented)).toHaveLength(100);
  });

  it('refuses what is no JSON', async () => {
    const box = await open();
    for (const body of ['', '{"comments":[', '{"comments":[],}'])
      expect((await send(box, body)).status).toBe(400);
  });
});

describe('access', () => {
  it.each([{ 'access-token': 'wrong' }, { 'access-token': '' }, { 'access-token': 'wrong', siteid: '1' }])(
    'is refused with %j',
    async (changes) => {
      const box = await open();
      const reply = await send(box, { comments: [comment([byCall(1000)])] }, changes);
      expect(reply).toMatchObject({ status: 401, json: fixture('wrong-token.json') as JsonObject });
      expect(await counts(box)).toMatchObject({ comments: 0 });
    },
  );

  it('is refused for another cabinet', async () => {
    const box = await open();
    const reply = await send(box, { comments: [comment([byCall(1000)])] }, { siteid: '4712' });
    expect(reply).toMatchObject({ status: 403, json: fixture('no-access.json') as JsonObject });
    expect(await counts(box)).toMatchObject({ comments: 0 });
  });

  it('leaves no token in the list of requests', async () => {
    const box = await open();
    await send(box, { comments: [comment([byCall(1000)])] });
    expect((await get(`${box.url}/_sandbox/requests`)).text).not.toContain('sandbox-calltouch-token');
  });

  it('is by POST', async () => {
    const box = await open();
    const url = `${box.url}/calltouch/lead-service/v1/api/comment/lead/add`;
    expect((await get(url, headers)).status).toBe(404);
    expect((await post(`${box.url}/calltouch/lead-service/v1/api/tag/lead/add`, {}, headers)).status).toBe(
      404,
    );
  });
});

it('writes a comment twice when it comes twice, and reaches nobody', async () => {
  const box = await open();
  const lead = comment([byCall(1000)]);
  await results(box, lead, lead, comment([byCall(1000)], 'another'));
  await results(box, lead);
  expect(await counts(box)).toMatchObject({
    'requests taken': 2,
    comments: 4,
    'leads with a comment': 1,
    'comments written twice': 2,
  });
  expect(box.contacts().persons).toEqual([]);
});

it('keeps journal and comments over a restart, whatever the time', async () => {
  const stateFile = join(await newFolder(), 'state.json');
  const clock = standingClock();
  const first = await open({ stateFile, clock });
  await results(first, comment([byCall(1000)]));
  first.advance(200 * day);
  await first.close();
  const next = await open({ stateFile, clock, seed: 2 });
  const { phone, at } = journal.byId('call', '1650') ?? { phone: '', at: 0 };
  const line = inCalls({ phones: [phone], date: writtenMoment(at), searchDepth: 1 });
  expect(await found(next, line)).toEqual(['1650']);
  await results(next, comment([byCall(1000)]));
  expect(await counts(next)).toMatchObject({ comments: 3, 'comments written twice': 1 });
});

it('has another journal for another seed', () => {
  const other = new Journal(2, start);
  expect(other.byId('call', '1000')?.at).not.toBe(journal.byId('call', '1000')?.at);
  expect(new Journal(1, start).byId('call', '1000')).toEqual(journal.byId('call', '1000'));
});

it('reads dates as written in Moscow', () => {
  expect(momentOf('01-10-2020 12:00:00')).toBe(Date.UTC(2020, 9, 1, 9));
  expect(writtenMoment(Date.UTC(2020, 11, 31, 21))).toBe('01-01-2021 00:00:00');
});

it('lists only answers that are there', () => {
  const answers = fixture('answers.json') as unknown as { file: string }[];
  expect(answers.length).toBeGreaterThan(8);
  for (const { file } of answers) expect(fixture(file)).toBeTypeOf('object');
});
