import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import { Desk } from '../support/program.js';
import { openSandbox, sandboxEnv } from '../support/sandboxed.js';
import { type Answering, sendJson, VendorServer } from '../support/vendor-server.js';

interface Body {
  readonly comments: readonly { readonly matching: readonly unknown[]; readonly addComment: string }[];
}

const env = { TEST_TOKEN: 'CANARY-token-0001' };
const config = (url: string): string =>
  [
    'profiles:',
    '  acme:',
    '    vendors:',
    `      calltouch: { url: "${url}", token: "env:TEST_TOKEN", siteId: 4711, rate: 1000/s }`,
    '',
  ].join('\n');

const commentAll: Answering = ({ body }, response) => {
  const comments = (JSON.parse(body) as Body).comments.map((_comment, index) => ({
    callInfo: { callId: String(index + 1), callReferenceId: null, sipCallId: null },
    requestInfo: null,
    commented: true,
    error: null,
  }));
  sendJson(response, { meta: [], data: { comments } });
};

const contacts = (count: number): string =>
  [
    'phone,date,comment',
    ...Array.from(
      { length: count },
      (_, index) => `7915777${String(index).padStart(4, '0')},2020-10-01T09:00:00Z,note ${index}`,
    ),
    '',
  ].join('\n');

let desk: Desk;
let vendor: VendorServer;
beforeEach(async () => {
  desk = await Desk.open();
  vendor = await VendorServer.start(commentAll);
  await desk.write('.salesqrc', config(vendor.url));
});
afterEach(async () => {
  await vendor.close();
  await desk.close();
});

const push = (...args: string[]) => desk.json<PushSummary>(['calltouch', 'comment', ...args], { env });

describe('Calltouch on the wire', () => {
  it('comments as the document says: token and site in headers, a list of leads with their matching', async () => {
    await desk.write(
      'notes.csv',
      'callId;phones;date;tags;addComment\n1;+7 (915) 888-11-22;2020-10-01T09:00:00Z;тег;"Перезвонить, ""срочно"""\n',
    );
    const { code, document } = await push(
      'notes.csv',
      '--match',
      'call,callContact',
      '--search-depth',
      '120',
    );
    expect(code).toBe(0);
    expect(document.counts).toMatchObject({ rows: 1, delivered: 1 });
    const [request] = vendor.received;
    expect(request).toMatchObject({ method: 'POST', url: '/lead-service/v1/api/comment/lead/add' });
    expect(request?.headers).toMatchObject({
      'access-token': env.TEST_TOKEN,
      siteid: '4711',
      'content-type': 'application/json',
    });
    const tags = { tags: ['тег'] };
    expect(JSON.parse(request?.body ?? '')).toEqual({
      comments: [
        {
          matching: [
            { type: 'call', callParams: { callId: 1, ...tags } },
            {
              type: 'callContact',
              callContactParams: {
                phones: ['+7 (915) 888-11-22'],
                date: '01-10-2020 12:00:00',
                ...tags,
                callTypeToMatch: 'nearest',
                searchDepth: 120,
              },
            },
          ],
          addComment: 'Перезвонить, "срочно"',
        },
      ],
    });
  });

  it('sends batches of 50, up to 100 where asked, and the same file only once', async () => {
    await desk.write('many.csv', contacts(120));
    expect((await push('many.csv')).document.counts.delivered).toBe(120);
    expect(vendor.bodies<Body>().map(({ comments }) => comments.length)).toEqual([50, 50, 20]);
    await push('many.csv');
    expect(vendor.received).toHaveLength(3);
    await desk.write('more.csv', contacts(130).replaceAll('note', 'remark'));
    await push('more.csv', '--batch-size', '500');
    expect(
      vendor
        .bodies<Body>()
        .slice(3)
        .map(({ comments }) => comments.length),
    ).toEqual([100, 30]);
  });

  it('sets the rows a validation error names aside and sends the rest at once', async () => {
    vendor.answer = (request, response, socket) => {
      const at = (JSON.parse(request.body) as Body).comments.findIndex(
        ({ addComment }) => addComment === 'note 1',
      );
      if (at < 0) return commentAll(request, response, socket);
      const violations = [{ fieldPath: `comments[${at}].addComment`, message: 'Too rude.' }];
      const data = { type: 'validationError', apiErrorData: null, validationErrorData: { violations } };
      return sendJson(response, { meta: [], data }, 400);
    };
    await desk.write('notes.csv', contacts(3));
    const { code, document } = await push('notes.csv');
    expect(code).toBe(3);
    expect(document.counts).toMatchObject({ delivered: 2, rejected: 1 });
    expect(vendor.received).toHaveLength(2);
  });

  it.each([{ message: 'Access token не найден' }, { meta: [], data: { message: 'Ошибка доступа' } }])(
    'stops with 4 on %j, and every row stays ready',
    async (body) => {
      vendor.answer = (_request, response) => sendJson(response, body);
      await desk.write('notes.csv', contacts(3));
      const { code, document } = await push('notes.csv', '--batch-size', '1');
      expect(code).toBe(4);
      expect(document.counts.ready).toBe(3);
      expect(vendor.received).toHaveLength(1);
    },
  );

  it('shows the zone before anything is sent', async () => {
    await desk.write('notes.csv', contacts(1));
    const result = await desk.run(['calltouch', 'comment', 'notes.csv', '--dry-run', '-o', 'table'], { env });
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('Europe/Moscow');
    expect(vendor.received).toHaveLength(0);
  });

  it('never repeats a comment whose answer was lost', async () => {
    vendor.answer = (_request, _response, socket) => void socket.destroy();
    await desk.write('notes.csv', contacts(2));
    expect((await push('notes.csv')).code).toBe(7);
    await push('notes.csv');
    expect(vendor.received).toHaveLength(1);
  });
});

describe('Calltouch on the sandbox', () => {
  it('answers each row for itself', async () => {
    const sandbox = await openSandbox();
    try {
      const today = new Date().toISOString();
      const lines = [
        'callId,phone,date,comment',
        '1000,,,by id',
        `,+7 948 000-00-01,${today},by phone`,
        '999999999,,,nobody',
        ',,,nothing to find it by',
        '',
      ];
      await desk.write('notes.csv', lines.join('\n'));
      const { document } = await desk.json<PushSummary>(
        ['calltouch', 'comment', 'notes.csv', '--search-depth', '131040'],
        { env: sandboxEnv(sandbox) },
      );
      expect(document.counts).toMatchObject({ rows: 4, delivered: 2, rejected: 1, invalid: 1 });
    } finally {
      await sandbox.close();
    }
  });
});
